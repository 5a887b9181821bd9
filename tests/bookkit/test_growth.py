"""What a build costs: each thing is found once, an unchanged book is left alone, and work grows as the book does."""

import shutil

import pytest
from toybook import build

MANY = """
```{{code-cell}}
:tags: [remove-output]

for number in range({count}):
    display(flips(f"coin.many.n{{number}}"))
```
"""
FEW = 20
# What is derived from all pages, and asked for by many of them.
ONCE = ("results.catalogue._collected", "results.verdicts._judged", "authoring.passages._of_claims",
        "pages.refresh._digests")


def published(book, count):
    """The book with so many more results, each cited by a sentence; and the steps of a whole and an unchanged build."""
    book.write("book/ch01/measure.md", book.read("book/ch01/measure.md") + MANY.format(count=count))
    book.write("book/ch01/quiet.md", book.read("book/ch01/quiet.md") + "".join(
        f"\n\nIt fell {{r}}`coin.many.n{number}` times." for number in range(count)))
    built = build(book, counted=True)
    assert built.ok, built.log
    unchanged = build(book, counted=True)
    assert unchanged.ok and "no targets are out of date" in unchanged.log, unchanged.log
    return built, unchanged


@pytest.fixture(scope="module")
def books(make_shared_book):
    """Builds of books with no, some, and twice as many results more."""
    assert build(make_shared_book("results")).ok  # what it imports is not counted in the first of these alone
    return [published(make_shared_book("results"), count) for count in (0, FEW, 2 * FEW)]


@pytest.mark.parametrize("which", [0, 1], ids=["from nothing", "unchanged"])
def test_twice_the_results_take_twice_the_steps(books, which):
    none, some, twice = (builds[which].lines for builds in books)
    assert twice - none <= 2.2 * (some - none), (none, some, twice)


@pytest.mark.parametrize("which", [0, 1], ids=["from nothing", "unchanged"])
def test_what_all_pages_share_is_found_once(books, which):
    calls = books[2][which].calls
    assert {name: calls[f"bookkit.{name}"] for name in ONCE} == dict.fromkeys(ONCE, 1)


def test_an_unchanged_book_renders_and_writes_nothing_again(books):
    built, unchanged = books[1]
    made = {f"bookkit.{name}": times for name, times in {
        "pages.result_page.Sheets.of": FEW + 2, "pages.exports._write": 1, "metadata.crate.write": 1}.items()}
    assert {name: built.calls[name] for name in made} == made
    assert made.keys() & unchanged.calls.keys() == set()


def test_an_unchanged_book_parses_no_code(books):
    built, unchanged = books[1]
    assert built.calls["bookkit.execution.stamp._stamp"] == len(list((built.html / "book").rglob("*.html")))
    assert "bookkit.execution.stamp._stamp" not in unchanged.calls


def test_what_is_deleted_from_a_site_is_written_again(judged, tmp_path):
    book = judged[0].copy(tmp_path / "book")
    site = build(book).html
    gone = [site / name for name in ("results/coin.heads.share/record.json", "ro-crate-metadata.json")]
    before = [path.read_bytes() for path in gone]
    for path in gone:
        path.unlink()
    assert build(book).ok
    assert [path.read_bytes() for path in gone] == before


def test_an_edit_renders_the_page_of_a_result_only_where_it_says_something_of_it(make_shared_book):
    book = make_shared_book("results")
    assert build(book).ok
    page, result = "book/ch01/quiet.md", "results/coin.heads.share/index.html"
    book.write(page, book.read(page).replace("\n\n", "\n\nNothing is cited here.\n\n", 1))
    edited = build(book, counted=True)
    assert edited.ok and "Nothing is cited here." in (edited.html / "book/ch01/quiet.html").read_text()
    assert "bookkit.pages.result_page.Sheets.of" not in edited.calls
    book.write(page, book.read(page) + "\n\nIt is {checked}`a share|coin.heads.share < 2`, said anew.\n")
    cited = build(book)
    assert cited.ok and ", said anew." in (cited.html / result).read_text()


def test_figures_keep_their_numbers_where_no_page_is_read(make_shared_book):
    book = make_shared_book("results")
    before = build(book)
    pages = {path: path.read_text() for path in (before.html / "book").rglob("*.html") if "Fig. " in path.read_text()}
    assert pages
    shutil.rmtree(before.html)
    assert build(book).ok
    assert {path: path.read_text() for path in pages} == pages
