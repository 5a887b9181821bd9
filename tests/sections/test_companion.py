"""The companion page: no empty line, every claim of the book, and parts of the sweep and pages that there are."""

import re
from pathlib import Path

import pytest
import yaml

from deref import experiment, sweep
from deref.ledger import ledger
from evidence.results import registry

PROJECT = Path(__file__).parents[2]
TEXT = (PROJECT / "book" / "companion.md").read_text("utf-8")
HEADS = ("| in the textbook", "| ---")
ROWS = [line for line in TEXT.splitlines() if line.startswith("| ") and not line.startswith(HEADS)]


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.split("|")[1].strip())
def test_no_line_is_empty(row):
    cells = [cell.strip() for cell in row.strip().strip("|").split("|")]
    assert len(cells) == 6
    assert all(cells)
    verdict, page, computed = cells[3:]
    assert "{verdict}`" in verdict or "no claim" in verdict
    assert "{doc}`" in page
    assert computed == "every build" or computed.startswith("`")


def test_every_claim_of_the_book_is_on_it():
    named = re.findall(r"\{verdict\}`([^`]+)`", TEXT)
    known = {claim.id for claim in ledger()}
    assert set(named) <= known
    assert {one for one in known if one.startswith("f.")} <= set(named)


def test_what_it_cites_is_declared():
    experiment.load_all()
    cited = re.findall(r"\{r\}`([^`]+)`", TEXT)
    assert set(cited) - set(registry.ids()) == set()


def test_parts_and_pages_are_there():
    sweep.load_all()
    parts = {one.part for one in sweep.chosen("book")}
    assert {part for row in ROWS for part in re.findall(r"`([a-z0-9-]+)`", row.split("|")[6])} <= parts
    toc = (PROJECT / "_toc.yml").read_text("utf-8")
    for page in re.findall(r"\{doc\}`([^`]+)`", TEXT):
        assert f"file: book/{page}\n" in toc, page
    first = yaml.safe_load(toc)["parts"][0]["chapters"]
    assert [one["file"] for one in first] == ["book/companion", "book/ch06/index", "book/ch07/index"]
    assert "{doc}`Look up a table of the textbook <companion>`" in (PROJECT / "book" / "intro.md").read_text("utf-8")


def test_every_part_is_named_by_the_list_of_parts():
    sweep.load_all()
    remedies = (PROJECT / "book" / "ch06" / "remedies.md").read_text("utf-8")
    listed = remedies[remedies.index("(book-parts)="):]
    assert {one.part for one in sweep.chosen("book")} == set(
        re.findall(r"--part ([a-z0-9-]+)", listed)) | set(re.findall(r", `([a-z0-9-]+)`", listed))
