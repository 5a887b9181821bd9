"""Head counts of published models, and where they were published."""

import re
from pathlib import Path

from deref.sections.ch06.heads import head_counts

BOOK = Path(__file__).parents[4] / "book"


def test_the_page_gives_the_published_configurations_as_stored():
    page = (BOOK / "ch06" / "heads.md").read_text("utf8")
    rows = [[re.sub(r"\{typed\}`([^<`]*?)\s*<[^`]*`", r"\1", cell).strip() for cell in line.strip("|\n ").split("|")]
            for line in page.splitlines() if re.search(r"^\|.*\{cite\}", line)]
    stored = [[one.model, *(str(x or "not public") for x in (one.layers, one.heads, one.shared)),
               f"{{cite}}`{one.source}`"] for one in head_counts.PUBLISHED]
    assert rows == stored


def test_every_source_of_a_configuration_is_in_the_bibliography():
    entries = set(re.findall(r"^@\w+\{([^,]+),", (BOOK / "references.bib").read_text("utf8"), re.MULTILINE))
    assert {one.source for one in head_counts.PUBLISHED} <= entries


def test_classes_of_models_are_told_by_their_names():
    assert "Falcon 7B" in [one.model for one in head_counts.of_class(6.5, 7.5)]
    assert [one.model for one in head_counts.of_class(100, 200)] == ["GPT-3 175B"]
    assert head_counts.heads_of("GPT-4") == 0
