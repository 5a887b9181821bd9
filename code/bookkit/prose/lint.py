"""Numbers typed by hand where a result belongs.

The book may not state what its own build did not find, so prose takes its numbers from results. The lint reads what a
person typed (no code, mathematics, citations or quotations) and reports decimals, percentages and multiples. Counts
("three layers", "10 seeds") are settings of an experiment and pass. What is right to type is marked with the reason:
the role {typed}`text <reason>`, the role {typed}`<reason>` for its whole paragraph, or the directive {typed}.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from docutils import nodes

from bookkit.parts.nodes import Described, TypedBlock, TypedMark
from bookkit.prose import alt
from bookkit.prose.prose import Source, blocks, line_of, lint_text, place_in_block

NUMBER_WORD = (r"(?:one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|fifteen|twenty|thirty|forty|fifty|"
               r"sixty|seventy|eighty|ninety|hundred|thousand)")
_DIGITS = r"\d[\d,]*(?:\.\d+)?"
_KINDS = {
    "percentage": rf"(?:{_DIGITS}|\b{NUMBER_WORD}(?:-\w+)?)[\s-]?(?:%|per\s?cent(?:age)?\b)",
    "multiple": rf"{_DIGITS}[\s-]?(?:times\b|fold\b|[x×](?!\s?\d|\w))|(?<!\d)(?<!\d\s)×\s?{_DIGITS}"
                rf"|\b{NUMBER_WORD}\s+times\s+(?:as|more|less|fewer|the|\w+er)\b|\b{NUMBER_WORD}-?fold\b",
    "decimal": r"(?<![\w.])(?<![A-Za-z]-)(?:\d[\d,]*)?\.\d+(?:e[+-]?\d+)?(?!\.?\d|\w)|(?<![\w.])\d+e[+-]?\d+\b",
}
_TYPED = re.compile("|".join(f"(?P<{kind}>{pattern})" for kind, pattern in _KINDS.items()), re.IGNORECASE)
_REASON = re.compile(r"\w\S*\s+\S*\w")


@dataclass(frozen=True)
class Found:
    """A typed number: what it is, its text, and where in the given text it begins."""

    kind: str
    text: str
    start: int


def typed_numbers(text: str) -> Iterator[Found]:
    """Find the decimals, percentages and multiples in a text."""
    for match in _TYPED.finditer(text):
        shown = match[0].strip()
        yield Found(match.lastgroup or "", shown, match.start() + match[0].index(shown))


def check(document: nodes.document) -> Iterator[tuple[int | None, str]]:
    """Lint one page.

    Args:
        document: the page, after its transforms.

    Yields:
        Source line and message for each number typed by hand.
    """
    source = Source(document)
    for block in blocks(document):
        text = lint_text(block)
        for found in typed_numbers(text):
            yield source.nearest(line_of(block, found.start, text), found.text), _message(found)
    for art in document.findall(Described):
        for found in typed_numbers(alt.lint_text(art["alt"])):
            yield source.nearest(line_of(art), found.text), f"{_message(found)} (in the alt text)"


def check_reasons(document: nodes.document) -> Iterator[tuple[int | None, str]]:
    """Line and message for each exemption whose reason is missing or a single word."""
    for mark in document.findall(lambda node: isinstance(node, (TypedMark, TypedBlock))):
        if not _REASON.search(mark["reason"]):
            yield place_in_block(mark) if isinstance(mark, TypedMark) else line_of(mark), _unreasoned(mark["reason"])
    for art in document.findall(Described):
        for reason in alt.reasons(art["alt"]):
            if not _REASON.search(reason):
                yield line_of(art), _unreasoned(reason)


def _unreasoned(reason: str) -> str:
    return f"an exemption from the lint gives its reason in a few words, {{typed}}`text <reason>`; got {reason!r}"


def _message(found: Found) -> str:
    return (f"{found.text!r} is a {found.kind} typed by hand; cite a result with {{r}}`id`, "
            "or say with {typed}`text <reason>` why it is right to type it")
