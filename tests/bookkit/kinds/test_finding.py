"""Findings: a figure of another page with a sentence and the way there, and what is a fault."""

import re

import pytest
from toybook import article, build, dead_links, text

PAGE = "book/index"
ALT = ":alt: A line that ends at {r}`coin.heads.share`.\n"
FINDING = (f":::{{finding}} fig.coin-runs\n{ALT}\n"
           "**It falls.** Heads came {r}`coin.heads.share` of the time: {doc}`ch01/draw`.\n:::\n")
LINK = "{doc}`ch01/draw`"


@pytest.fixture(scope="module")
def found(judged, tmp_path_factory):
    """The book of results with a finding on its first page, and its strict build."""
    book = judged[0].copy(tmp_path_factory.mktemp("finding") / "book")
    book.write(f"{PAGE}.md", f"{book.read(f'{PAGE}.md')}\n{FINDING}")
    built = build(book, BOOK_STRICT="1")
    assert built.ok and built.executed == [], built.log
    return book, built


def test_it_shows_the_picture_what_was_found_and_the_way_there(found):
    html = article(found[1], PAGE)
    box = html[html.index('<div class="finding docutils container" id="finding-fig-coin-runs">'):]
    assert box.count("<svg") == 1 and 'aria-label="A line that ends at 50%."' in box
    assert "Heads came 50% of the time" in text(box) and 'href="ch01/draw.html"' in box
    assert "<figcaption" not in html and "Fig. 1" not in text(html), "it has a number on its own page"
    assert "Fig. 1 Runs of the coin" in text(article(found[1], "book/ch01/draw"))


def test_its_picture_can_be_downloaded(found):
    html = article(found[1], PAGE)
    for kind in ("svg", "pdf", "png", "csv"):
        assert f'href="../figures/fig.coin-runs.{kind}"' in html
    assert dead_links(found[1].html, f"{PAGE}.html") == []


def test_no_id_is_on_a_page_twice_where_an_exhibit_shows_the_figure_too(found, tmp_path):
    book = found[0].copy(tmp_path / "book")
    book.write("book/ch01/draw.md", f"{book.read('book/ch01/draw.md')}\n{FINDING.replace('ch01/draw', 'before')}")
    built = build(book)
    assert built.ok, built.log
    ids = re.findall(r'\sid="([^"]+)"', built.page("book/ch01/draw"))
    assert article(built, "book/ch01/draw").count("<svg") == 2 and len(ids) == len(set(ids))


def test_a_figure_may_have_no_other_place(found, tmp_path):
    book = found[0].copy(tmp_path / "book")
    drawn = book.read("book/ch01/draw.md")
    book.write("book/ch01/draw.md", drawn[:drawn.index(":::{exhibit}")] + drawn[drawn.index("Nobody weighed"):])
    book.edit("book/ch01/before.md", "{numref}`fig.coin-runs`", "nothing")
    built = build(book, BOOK_STRICT="1")
    assert built.ok, built.log
    assert "<svg" in article(built, PAGE) and "<svg" not in article(built, "book/ch01/draw")


def test_other_formats_get_a_file_that_they_can_use(found, tmp_path):
    book = found[0].copy(tmp_path / "book")
    built = build(book, builder="latex")
    assert built.ok, built.log
    tex = next((book.path / "_build" / "latex").glob("*.tex")).read_text("utf-8")
    assert re.search(r"\\sphinxincludegraphics\{\{[0-9a-f]+\}\.pdf\}.*?It falls\.", tex, re.DOTALL)


def test_faults_fail_the_build_with_page_and_line(found, tmp_path):
    book = found[0].copy(tmp_path / "book")
    line = book.read(f"{PAGE}.md").split("\n").index(":::{finding} fig.coin-runs") + 1
    for old, new, fault in (
            (ALT, "", "the finding 'fig.coin-runs' needs alternative text"),
            (LINK, "nowhere", "the finding 'fig.coin-runs' needs a link in its text to the page that has it in full"),
            (FINDING[FINDING.index("**"):], ":::\n", "the finding 'fig.coin-runs' needs a sentence"),
            ("{finding} fig.coin-runs", "{finding} fig.coin-rums",
             "no page publishes the figure 'fig.coin-rums'; the nearest are fig.coin-runs")):
        with book.edited(f"{PAGE}.md", old, new):
            built = build(book, BOOK_STRICT="1")
            assert not built.ok and f"{PAGE}.md:{line}: {fault}" in built.log, built.log
