"""The front page: its pictures can be read in their columns, and a desk's first screen has the machine on it."""

import json

import pytest

import pages

pytestmark = pytest.mark.site
FRONT = "book/intro.html"
TYPE = """() => [...document.querySelectorAll(".finding svg text")].map(text => {
  const drawing = text.closest("svg");
  const scale = drawing.getBoundingClientRect().width / drawing.viewBox.baseVal.width;
  return [text.textContent, parseFloat(getComputedStyle(text).fontSize) * scale];
})"""
SMALLEST = 11  # pixels


@pytest.mark.parametrize("width", pages.WIDTHS)
def test_words_on_its_pictures_are_large_enough(browser, address, width):
    with pages.opened(browser, address, FRONT, width, "light") as (page, _):
        words = page.evaluate(TYPE)
        assert len(words) > 20
        assert [(text, size) for text, size in words if size < SMALLEST] == []


def test_no_picture_scrolls_inside_itself_on_a_phone(browser, address):
    with pages.opened(browser, address, FRONT, 390, "light") as (page, _):
        beyond = page.eval_on_selector_all(".finding .exhibit-frame", """all => all.map(
          e => e.scrollWidth - e.clientWidth)""")
        assert beyond and max(beyond) <= 0


def test_each_finding_leads_to_the_page_that_has_it_in_full(browser, address):
    with pages.opened(browser, address, FRONT, 1280, "light") as (page, _):
        links = page.eval_on_selector_all(".finding", """all => all.map(
          e => [...e.querySelectorAll("a.internal[href*='ch0']")].length)""")
        assert len(links) >= 3 and min(links) >= 1


def test_the_machine_begins_on_the_first_screen_of_a_desk(browser, address):
    with pages.opened(browser, address, FRONT, 1280, "light") as (page, _):
        top = page.locator(".front-machine .explorable").bounding_box()["y"]
        assert 0 < top < page.viewport_size["height"] / 2


def test_the_strip_says_how_many_verdicts_are_of_claims_of_the_sources(browser, address, site):
    claims = json.loads((site / "claims" / "index.json").read_text("utf8"))["claims"]
    of = {verdict: [claim["source"] for claim in claims if claim["verdict"] == verdict]
          for verdict in {claim["verdict"] for claim in claims}}
    with pages.opened(browser, address, FRONT, 1280, "light") as (page, _):
        lines = page.eval_on_selector_all(".verdict-strip li", "all => all.map(e => e.textContent)")
    for verdict, sources in of.items():
        theirs = sum(source != "ours" for source in sources)
        said = f"{verdict} {len(sources)}" + (f" ({theirs} of the sources)" if 0 < theirs < len(sources) else "")
        assert [line for line in lines if line.startswith(f"{said} ")], (said, lines)
