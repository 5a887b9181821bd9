"""A new kind of output is one file: this one declares notes, and the book reads, checks, shows and releases them."""

import json
from dataclasses import dataclass

import pytest
from docutils import nodes
from toybook import article, build, text

from bookkit.parts.entries import Place
from bookkit.results import kind as kinds
from bookkit.results.faults import at
from bookkit.results.kind import Kind

CELL = """from toy.publish import Shown
Shown({"text/plain": "a note"}, {"book.note": {"id": "note.coin", "text": "TEXT"}})"""


@dataclass(frozen=True, kw_only=True)
class Note:
    id: str
    place: Place
    text: str


class NoteKind(Kind):
    name, key = "note", "book.note"

    def read(self, output):
        if not output.given["text"]:
            raise ValueError("expected a text, got none")
        return Note(id=output.given["id"], place=output.place, text=output.given["text"])

    def render(self, given):
        return [nodes.paragraph("", f"Note: {given['text']}")]

    def faults(self, found):
        return [at(one.place, "a note shouts") for one in found.domain.outputs("note") if one.text.isupper()]

    def freeze(self, found, folder):
        return [{"id": one.id, "page": one.place.docname, "text": one.text} for one in found.domain.outputs("note")]


@pytest.fixture
def noted(make_book, monkeypatch):
    """A function from the text of a note to the build of a book in which a cell publishes it."""
    book = make_book("results")
    monkeypatch.setitem(kinds._KINDS, "note", NoteKind())
    before = book.read("book/ch01/measure.md")

    def made(said):
        book.write("book/ch01/measure.md", before.replace("```{code-cell}",
                                                          f"```{{code-cell}}\n{CELL.replace('TEXT', said)}\n```\n\n"
                                                          "```{code-cell}", 1))
        return build(book)

    return made


def test_a_kind_is_read_shown_and_released(noted):
    built = noted("It is round.")
    assert built.ok, built.log
    assert "Note: It is round." in text(article(built, "book/ch01/measure"))
    frozen = json.loads((built.html.parent / "release" / "results.json").read_text("utf-8"))
    assert frozen["notes"] == [{"id": "note.coin", "page": "book/ch01/measure", "text": "It is round."}]


def test_a_kind_is_checked_at_the_line_that_names_it(noted):
    for said, fault in (("LOUD", "a note shouts"), ("", "the cell published something that is no book.note: "
                                                        "expected a text, got none")):
        built = noted(said)
        assert not built.ok
        assert f"{fault}" in built.log and "book/ch01/measure.md:" in built.log
