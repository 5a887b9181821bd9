"""Chapters run again when, and only when, something that their outputs depend on has changed."""

import shutil

import emulated
import pytest

ALL = ["book/numbers", "book/trained", "book/words"]


@pytest.fixture(scope="module")
def book(cold, tmp_path_factory):
    """The miniature book, built cold; every test puts back what it edits, which must itself run nothing."""
    assert cold[1].executed == ALL
    shared = cold[0].copy(tmp_path_factory.mktemp("stamp") / "book")
    built = shared.build()  # at another path everything is read again
    assert (built.ok, built.executed) == (True, []), built.log
    return shared


def test_an_unchanged_book_runs_nothing_and_rewrites_nothing(book):
    built = book.build()
    assert built.ok
    assert built.executed == []
    assert "0 added, 0 changed, 0 removed" in built.log


@pytest.mark.parametrize(("file", "old", "new", "chapters", "shown"), [
    pytest.param("numbers.py", "/ 2", "/ 4", ["book/numbers"], "eight is 2.0", id="through the front door"),
    pytest.param("marks.py", '"!"', '"?"', ["book/words"], "said: word?", id="imported by an import"),
    pytest.param("sections/slope.py", "SLOPE = 2.0", "SLOPE = 3.0", ["book/trained"], "slope: 3.0", id="a run"),
])
def test_an_edited_module_runs_exactly_the_chapters_that_import_it(book, file, old, new, chapters, shown):
    with book.edited(f"code/mini/{file}", old, new):
        built = book.build()
        assert built.ok, built.log
        assert built.executed == chapters
        assert shown in built.page(chapters[0])
    reverted = book.build()
    assert reverted.executed == [], "a module put back finds the old outputs"
    assert reverted.ok
    assert shown not in reverted.page(chapters[0])


def test_a_front_door_that_works_otherwise_runs_every_chapter(book):
    with book.edited("code/mini/__init__.py", "    if name", "    assert name\n    if name"):
        assert book.build().executed == ALL
    assert book.build().executed == []


def test_a_name_that_moves_to_another_module_runs_its_chapters(book):
    moved = "def halve(number):\n    return number / 16\n"
    book.write("code/mini/other.py", moved)
    with book.edited("code/mini/__init__.py", "mini.numbers", "mini.other"):
        built = book.build()
        assert built.executed == ["book/numbers"]
        assert "eight is 0.5" in built.page("book/numbers")
    assert book.build().executed == []


@pytest.mark.parametrize(("file", "old", "new"), [
    ("numbers.py", "  # exact in binary", "  # no rounding"),
    ("numbers.py", '"""Divide by two."""', '"""Take\n    a half."""'),
    ("marks.py", "\n\ndef end", "\n\n\n\ndef end"),
])
def test_comments_docstrings_and_layout_run_nothing(book, file, old, new):
    with book.edited(f"code/mini/{file}", old, new):
        built = book.build()
        assert built.ok
        assert built.executed == []
        assert "0 added, 0 changed, 0 removed" in built.log


def test_prose_runs_nothing_and_is_rewritten(book):
    book.build()
    with book.edited("book/numbers.md", "Half of eight", "One half of eight"):
        built = book.build()
        assert built.executed == []
        assert "0 added, 1 changed, 0 removed" in built.log
        assert "One half of eight" in built.page("book/numbers")
        assert "eight is 4.0" in built.page("book/numbers")


def test_an_edited_cell_runs_its_chapter(book):
    with book.edited("book/numbers.md", "halve(8)", "halve(10)"):
        built = book.build()
        assert built.executed == ["book/numbers"]
        assert "eight is 5.0" in built.page("book/numbers")


def test_an_environment_switch_runs_the_chapters_whose_code_names_it(book):
    book.build()
    loud = book.build(MINI_LOUD="1")
    assert loud.executed == ["book/words"]
    assert "said: WORD!" in loud.page("book/words")
    quiet = book.build()
    assert quiet.executed == []
    assert "said: word!" in quiet.page("book/words")


def test_another_version_of_a_library_runs_every_chapter(book):
    book.write("site/miniature_library-1.0.dist-info/METADATA",
               "Metadata-Version: 2.1\nName: miniature-library\nVersion: 1.0\n")
    assert book.build(cli=True, PYTHONPATH=str(book.path / "site")).executed == ALL
    assert book.build().executed == []


def test_outputs_survive_a_deleted_site_and_deleted_pages(book):
    for folder in ("html", ".doctrees", "executed"):
        shutil.rmtree(book.path / "_build" / folder)
    built = book.build()
    assert built.executed == []
    assert "eight is 4.0" in built.page("book/numbers")
    assert "eight is 4.0" in book.read("_build/executed/book/numbers.ipynb")


def test_warnings_name_the_line_of_the_file(book):
    lines = book.read("book/words.md").split("\n")
    at = lines.index("The second cell runs in the same kernel, and tells where and how.")
    with book.edited("book/words.md", lines[at], "See {ref}`nowhere`."):
        built = book.build()
        assert f"book/words.md:{at + 1}: WARNING: undefined label: 'nowhere'" in built.log
        assert built.executed == []


def test_a_module_that_is_not_python_fails_the_build_with_its_line(book):
    with book.edited("code/mini/marks.py", 'return "!"', 'return "!'):
        built = book.build()
    assert not built.ok
    assert "marks.py:6: unterminated string literal" in built.log


def test_an_exact_build_keeps_its_outputs_apart_and_gives_kernels_its_settings(book):
    if reason := emulated.unable():
        pytest.skip(reason)
    cell = 'import os\nprint("by", os.environ.get("MKL_CBWR"), "half of eight is", halve(8))'
    with book.edited("book/numbers.md", 'print("half of eight is", halve(8))', cell):
        assert "by None half of eight" in book.build().page("book/numbers")
        built = book.build(BOOK_EXACT="1")
        assert built.executed == ALL
        assert "by COMPATIBLE half of eight" in built.page("book/numbers")
        for switch in ("0", "1"):
            assert book.build(BOOK_EXACT=switch).executed == []
        built = book.build()
        assert (built.executed, "by None half of eight" in built.page("book/numbers")) == ([], True)
