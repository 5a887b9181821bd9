"""Executed chapters in their cache: what was changed there is never published, and executed again."""

import json
import os
import shutil
import sqlite3

import pytest

CHAPTERS = ["book/numbers", "book/trained", "book/words"]


@pytest.fixture(scope="module")
def built(cold):
    return cold[0]


@pytest.fixture
def book(built, tmp_path):
    """A copy whose pages are read again, as they are after an edit of prose."""
    copy = built.copy(tmp_path / "book")
    shutil.rmtree(copy.path / "_build" / ".doctrees")
    return copy


def entries(book):
    """The cached notebooks, by a word that each of them has."""
    found = list((book.path / "_build" / ".jupyter_cache" / "executed").glob("*/base.ipynb"))
    return {word: path for word in ("halve", "slope", "word") for path in found if word in path.read_text("utf-8")}


def test_damaged_swapped_and_unsealed_notebooks_are_executed_again(book):
    cached = entries(book)
    halve, slope, word = cached["halve"], cached["slope"], cached["word"]
    halve.write_text(halve.read_text("utf-8").replace("eight is 4.0", "eight is 5.0"), "utf-8")
    first, second = slope.read_bytes(), word.read_bytes()
    slope.write_bytes(second)
    word.write_bytes(first)
    swapped = book.build()
    assert swapped.ok, swapped.log
    assert swapped.executed == CHAPTERS
    assert "eight is 4.0" in swapped.page("book/numbers")
    assert "said: word!" in swapped.page("book/words")
    assert "slope: 2.0" in swapped.page("book/trained")
    assert book.build().executed == []


def test_folders_that_are_swapped_with_their_seals_are_found(book):
    cached = entries(book)
    one, other = cached["halve"].parent, cached["slope"].parent
    one.rename(one.with_name("aside"))
    other.rename(one)
    one.with_name("aside").rename(other)
    built = book.build()
    assert built.executed == ["book/numbers", "book/trained"]
    assert "eight is 4.0" in built.page("book/numbers")


@pytest.mark.parametrize("content", [b"{}", b"\0" * 100, b"", None, b"pipe"],
                         ids=["object", "NUL", "empty", "lost", "pipe"])
def test_what_is_no_notebook_is_thrown_away(book, content):
    path = entries(book)["halve"]
    path.unlink()
    if content == b"pipe":
        os.mkfifo(path)
    elif content is not None:
        path.write_bytes(content)
    built = book.build()
    assert built.ok, built.log
    assert built.executed == ["book/numbers"]


@pytest.mark.parametrize("content", [b"garbage" * 1000, b"", None], ids=["garbage", "empty", "lost"])
def test_a_database_that_is_none_is_thrown_away(book, content):
    path = book.path / "_build" / ".jupyter_cache" / "global.db"
    path.unlink()
    if content is not None:
        path.write_bytes(content)
    built = book.build()
    assert built.ok, built.log
    assert built.executed == CHAPTERS


def test_a_locked_database_is_said_on_one_line(book):
    connection = sqlite3.connect(book.path / "_build" / ".jupyter_cache" / "global.db")
    connection.execute("BEGIN EXCLUSIVE")
    built = book.build()
    connection.rollback()
    connection.close()
    assert not built.ok
    assert "global.db to be free, got a database that another process has locked" in built.log


def test_a_damaged_executed_page_is_written_again(built, tmp_path):
    book = built.copy(tmp_path / "book")
    path = book.path / "_build/executed/book/numbers.ipynb"
    text = path.read_text("utf-8")
    path.write_text(text.replace("4.0", "5.0"), "utf-8")
    assert book.build().ok
    assert path.read_text("utf-8") == text
    path.write_text(json.dumps({}), "utf-8")
    assert book.build().ok
    assert path.read_text("utf-8") == text


def test_pages_can_be_named_to_run_again(built, tmp_path):
    book = built.copy(tmp_path / "book")
    again = book.build(BOOK_RERUN="numbers, book/words.md")
    assert again.ok, again.log
    assert again.executed == ["book/numbers", "book/words"]
    assert book.build().executed == []
    wrong = book.build(BOOK_RERUN="ch06/depth")
    assert not wrong.ok
    assert ("expected RERUN to name pages with cells, got 'ch06/depth', and it is none; there are book/numbers, "
            "book/trained, book/words") in wrong.log
    assert "got 'index'" in book.build(BOOK_RERUN="index").log, "a page without cells has nothing to run"
