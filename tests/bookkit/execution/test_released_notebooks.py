"""Releases freeze executed chapters; fast builds show them, say so, and leave full builds alone."""

import json
import shutil

import pytest

from bookkit.execution import executed_notebooks, released_notebooks
from evidence.archive import notebooks

ALL = ["book/numbers", "book/trained", "book/words"]
PAGES = [*ALL, "book/index", "genindex", "search"]
BANNER = "A fast build, for editing prose: outputs come from release 0.1.0, none from this build."


def freeze(book, version):
    """Keep the chapters of a book's last build as those of a release; returns their names."""
    chapters = executed_notebooks.chapters(book.path / "_build")
    notebooks.keep(book.path / "records", version, chapters)
    return list(chapters)


def rewrite(book, version, old, new):
    """Release one chapter with another text in it."""
    kept = notebooks.newest(book.path / "records")
    chapters = {name: kept.read(name) for name in kept.pages}
    text = json.dumps(chapters["book/numbers"])
    assert old in text
    chapters["book/numbers"] = json.loads(text.replace(old, new))
    notebooks.keep(book.path / "records", version, chapters)


@pytest.fixture(scope="module")
def released(cold, tmp_path_factory):
    """A book that was built and released as 0.1.0, and nothing else: no cache, no pages, no runs."""
    book = cold[0].copy(tmp_path_factory.mktemp("released") / "book")
    assert freeze(book, "0.1.0") == ALL
    shutil.move(book.path / "_build", book.path.with_name("full_build"))
    return book


@pytest.fixture
def book(released, tmp_path):
    """A private copy of it."""
    return released.copy(tmp_path / "book")


@pytest.fixture
def built_book(released, book):
    """The same, with what the full build left."""
    shutil.copytree(released.path.with_name("full_build"), book.path / "_build")
    return book


def test_a_release_holds_complete_executed_chapters(released):
    kept = notebooks.newest(released.path / "records")
    notebook = kept.read("book/numbers")
    assert [cell["cell_type"] for cell in notebook["cells"]] == ["markdown", "code"]
    assert notebook["cells"][1]["outputs"][0]["text"] == "half of eight is 4.0\n"
    assert sorted(kept.pages) == ALL, "pages without code have nothing to freeze"


def test_a_fast_build_shows_the_release_and_runs_nothing(book):
    book.edit("code/mini/numbers.py", "/ 2", "/ 4")
    built = book.build(cli=True, BOOK_FAST="1", warnings_are_errors=True)
    assert built.returncode == 0, built.log
    assert built.executed == []
    assert "training" not in built.log
    assert "eight is 4.0" in built.page("book/numbers")
    assert "slope: 2.0" in built.page("book/trained")
    assert not (book.path / ".runs").exists()
    for page in PAGES:
        assert BANNER in built.page(page), page
    text = built.page("book/words")
    assert text.index("<h1>Words") < text.index(BANNER) < text.index("said: word!")


def test_changed_cells_and_new_chapters_say_so(book):
    book.edit("book/words.md", 'say("word")', 'say("other")')
    book.edit("_toc.yml", "  - file: book/words", "  - file: book/words\n  - file: book/new")
    book.write("book/new.md", book.read("book/numbers.md"))
    built = book.build(BOOK_FAST="1", warnings_are_errors=True)
    assert built.ok, built.log
    note = "<em>changed since release 0.1.0; <code"
    words = built.page("book/words")
    assert words.count(note) == 1
    assert "said:" not in words[words.index(note):]
    assert "threads: 1" in words, "the cell after it is still the released one"
    assert built.page("book/new").count(note) == 1
    assert "book/words: 1 of 2 cells changed since release 0.1.0" in built.log


def test_equal_cells_keep_their_order():
    def notebook(*cells):
        made = released_notebooks.nbformat.v4.new_notebook()
        for source, output in cells:
            outputs = [released_notebooks.nbformat.v4.new_output("stream", text=output)] if output else []
            made.cells.append(released_notebooks.nbformat.v4.new_code_cell(source, outputs=outputs))
        return made

    now = notebook(("next(x)", ""), ("new", ""), ("next(x)", ""), ("next(x)", ""))
    assert released_notebooks.fill(now, notebook(("next(x)", "1"), ("gone", "9"), ("next(x)", "2")), "0.1.0") == 2
    first, new, second, third = (cell.outputs[0] for cell in now.cells)
    assert (first["text"], second["text"]) == ("1", "2")
    assert new == third
    assert new["data"]["text/plain"] == "changed since release 0.1.0; make book executes it"


def test_prose_is_edited_in_fast_builds(book):
    book.build(BOOK_FAST="1")
    book.edit("book/numbers.md", "Half of eight", "One half of eight")
    built = book.build(BOOK_FAST="1")
    assert "0 added, 1 changed, 0 removed" in built.log
    assert "One half of eight" in built.page("book/numbers")
    assert "eight is 4.0" in built.page("book/numbers")
    assert BANNER in built.page("book/numbers")


def test_a_full_build_after_a_fast_one_executes_everything_it_never_did(book):
    book.edit("code/mini/numbers.py", "/ 2", "/ 4")
    book.build(BOOK_FAST="1")
    built = book.build()
    assert built.ok, built.log
    assert built.executed == ALL
    assert "eight is 2.0" in built.page("book/numbers")
    for page in PAGES:
        assert BANNER not in built.page(page), page


def test_full_and_fast_builds_keep_their_outputs_apart(built_book):
    cell = ("book/numbers.md", "halve(8)", "halve(20)")
    with built_book.edited(*cell):
        assert "changed since release" in built_book.build(BOOK_FAST="1").page("book/numbers")
        full = built_book.build()
        assert full.executed == ["book/numbers"], "what the cache holds from full builds is still good"
        assert "eight is 10.0" in full.page("book/numbers")
        fast = built_book.build(BOOK_FAST="1")
        assert "eight is" not in fast.page("book/numbers").split('class="cell_output')[1]
        assert BANNER in fast.page("book/words")
    assert built_book.build().executed == []


def test_without_a_release_a_fast_build_says_so(make_book):
    built = make_book("fresh").build(cli=True, BOOK_FAST="1")
    assert built.returncode == 1
    assert "BOOK_FAST=1 shows the outputs of the newest release, and there is none under" in built.log


def test_another_release_reaches_pages_that_did_not_change(book):
    book.build(BOOK_FAST="1")
    rewrite(book, "0.1.0", "eight is 4.0", "eight is four")
    assert "eight is four" in book.build(BOOK_FAST="1").page("book/numbers")
    rewrite(book, "0.2.0", "eight is four", "eight is IV")
    built = book.build(BOOK_FAST="1")
    assert "eight is IV" in built.page("book/numbers")
    assert BANNER.replace("0.1.0", "0.2.0") in built.page("book/index")


def test_chapters_that_are_damaged_stop_a_fast_build_in_one_line(book):
    records = book.path / "records"
    kept = notebooks.newest(records)
    (records / "objects" / f"{kept.pages['book/numbers']}.xz").write_bytes(b"nothing")
    built = book.build(BOOK_FAST="1")
    assert not built.ok
    assert "to be a file compressed by xz" in built.log and "Traceback" not in built.log


def test_only_full_builds_that_succeeded_are_released(built_book):
    build = built_book.path / "_build"
    built_book.build(BOOK_FAST="1")
    with pytest.raises(ValueError, match="expected a full build that succeeded, got none"):
        executed_notebooks.chapters(build)
    with built_book.edited("book/numbers.md", "halve(8)", "halve('8')"):
        assert not built_book.build().ok
    with pytest.raises(ValueError, match="expected a full build that succeeded, got none"):
        executed_notebooks.chapters(build)
    assert built_book.build().executed == []
    assert list(executed_notebooks.chapters(build)) == ALL


def test_a_chapter_that_left_the_book_is_not_released(built_book):
    built_book.edit("_toc.yml", "  - file: book/words\n", "")
    assert built_book.build().ok
    assert freeze(built_book, "0.2.0") == ["book/numbers", "book/trained"]
