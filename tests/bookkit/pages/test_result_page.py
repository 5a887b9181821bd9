"""The page of a result as a reader meets it: the number once, the ways on beside it, long lists folded."""

import re

import pytest
from bs4 import BeautifulSoup
from toybook import article, build, text

from bookkit.pages.result_page import USES
from bookkit.parts.fold import SHOWN
from bookkit.parts.identifiers import breakable

LARGEST = 12_000
SHARE, COUNT = "results/coin.heads.share/index", "results/coin.flips.count/index"


@pytest.fixture(scope="module")
def built(make_shared_book):
    book = make_shared_book("results")
    book.write("book/ch01/quiet.md", book.read("book/ch01/quiet.md") + "\n".join(
        f"\nRemark {chr(ord('a') + i)} is about {{r}}`coin.heads.share`." for i in range(SHOWN)))
    made = build(book, warnings_are_errors=True)
    assert made.ok, made.log
    return made


@pytest.fixture
def page(built):
    """A function from the name of a page to its content, parsed."""
    return lambda name: BeautifulSoup(article(built, name), "html.parser")


def test_the_interval_is_said_once_before_the_text_and_ways_to_check_and_cite_beside_it(page):
    found = page(SHARE)
    head = found.find("p", class_="bookkit-value")
    assert "40.0% to 60.0%" in head.get_text()
    assert found.find("dl").get_text().count("40.0%") == 0
    ways = head.find_next_sibling("p").find_all("a")
    assert [(way.get_text(), found.find(id=way["href"][1:]).get_text()) for way in ways] == [
        ("Check it", "Compute it again"), ("Cite this result", "Cite it")]


def test_where_one_copies_a_citation_it_says_whether_the_address_will_stay(page):
    said = page(SHARE).find(id="cite").find_next_sibling("p").get_text()
    assert said == "No release has this result yet: a later build may change it, and its address need not stay."


def test_a_number_without_a_count_leaves_what_it_rests_on_to_its_method(built, page):
    facts = page(COUNT).find("dl")
    assert [name.get_text() for name in facts.find_all("dt")] == ["Id", "Method", "Unit"]
    assert "Rests on" in [name.get_text() for name in page(SHARE).find("dl").find_all("dt")]
    assert "Flips of the coin coin.flips.count 100 no interval — new" in text(article(built, "results/index"))
    bib = (built.html / "results" / "coin.flips.count" / "record.bib").read_text("utf-8")
    assert "Result coin.flips.count, commit" in bib


def test_figures_are_called_by_their_numbers(page):
    (link,) = [found for found in page(SHARE).find_all("a") if "draw.html#fig-coin-runs" in found["href"]]
    assert link.get_text() == "Fig. 1 in Draw"
    assert link.parent.get_text() == "Fig. 1 in Draw: Runs of the coin behind 50% heads."


def test_of_a_long_list_the_first_are_quoted_and_of_the_rest_it_is_said_where_they_are(page):
    assert len(page(SHARE).find("ul", class_="bookkit-uses").find_all("li")) == USES
    more = page(SHARE).find("p", class_="bookkit-more")
    counts = {link.get_text(): link["href"] for link in more.find_all("a")}
    assert more.get_text().startswith("More sentences: ") and f"{SHOWN} in Quiet" in more.get_text(), more.get_text()
    assert counts["Quiet"].startswith("../../book/ch01/quiet.html#r-coin_heads_share")
    assert not page(COUNT).find("p", class_="bookkit-more")
    assert page(COUNT).find("ul", class_="bookkit-uses").li


def test_pages_of_results_are_light_and_have_no_list_of_chapters(built):
    for name in (SHARE, COUNT):
        whole = built.page(name)
        assert len(whole.encode()) < LARGEST
        found = BeautifulSoup(whole, "html.parser")
        assert [nav["aria-label"] for nav in found.find_all("nav")] == ["Book"]
        assert [len(found.find_all(one)) for one in ("main", "h1", "article")] == [1, 1, 1]
        assert not found.find_all("script", src=re.compile("searchtools|theme|mathjax", re.IGNORECASE))
        assert found.find("script", type="application/ld+json") and found.find("meta", attrs={"name": "citation_title"})
    assert "toctree" in built.page("results/index"), "the index is a page among the others"


@pytest.mark.parametrize("name", ["results/index", "book/results", SHARE])
def test_ids_break_after_their_dots_and_read_as_they_are(page, name):
    codes = [code for code in page(name).find_all("code") if code.get_text() == "coin.heads.share"]
    assert codes
    for code in codes:
        assert re.sub("<[^w][^>]*>|</[^w][^>]*>", "", code.decode_contents()).replace("<wbr/>", "|") == \
            "coin.|heads.|share"


def test_what_is_no_part_of_an_id_is_escaped():
    assert breakable("a.<b>.c") == "a.<wbr>&lt;b&gt;.<wbr>c"


def test_the_function_is_shown_with_its_place_beside_the_cell(built, page):
    found = page(SHARE)
    shown = found.find("div", class_="bookkit-function")
    assert shown.get_text().strip() == (
        'def heads():\n    return result("coin.heads.share", "Share of heads", SHARE, (0.4, 0.6), 100, ".1%", "a")')
    assert shown.find("span", class_="k"), "highlighted as the theme does it"
    said = shown.find_previous_sibling("p").get_text()
    assert said == "The function heads computes it (code/toy/coin.py, lines 8 to 9):"
    assert "publishes it" in shown.find_next_sibling("p").get_text()
    assert "heads in toy.coin" in found.find("table", class_="bookkit-provenance").get_text()
