"""The front page: its pictures can be read in their columns, and a desk's first screen has the machine, which runs."""

import contextlib
import json

import pytest
from open_explorable import until

import pages
from weight import unvisited

pytestmark = pytest.mark.site
FRONT = "book/intro.html"
TYPE = """() => [...document.querySelectorAll(".finding svg text")].map(text => {
  const drawing = text.closest("svg");
  const scale = drawing.getBoundingClientRect().width / drawing.viewBox.baseVal.width;
  return [text.textContent, parseFloat(getComputedStyle(text).fontSize) * scale];
})"""
SMALLEST = 11  # pixels
SCROLL_BAR = 15  # pixels
ENDS = """() => Object.fromEntries([".front-thesis", ".front-ways a", ".front-machine .explorable-stage",
  ".finding svg", ".finding > p:not(.exhibit-files)"].map(
  name => [name, [...document.querySelectorAll(name)].map(e => e.getBoundingClientRect().bottom)]))"""
STEP = "Number(document.querySelector('.explorable-stage').dataset.step ?? -1)"


@contextlib.contextmanager
def moving(browser, address):
    """The front page of a reader who minds no motion, and its machine."""
    context = browser.new_context(viewport={"width": 1280, "height": 800}, reduced_motion="no-preference")
    try:
        page = context.new_page()
        page.goto(f"{address}/{FRONT}")
        yield page, page.locator(".front-machine")
    finally:
        context.close()


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


def test_a_desk_s_first_screen_has_sentence_machine_findings_and_ways_in(browser, address):
    with pages.opened(browser, address, FRONT, 1280, "light") as (page, _):
        page.wait_for_selector(".front-machine .is-live")
        # A fast build says so above everything; a reader's scroll bar takes some of the width.
        page.evaluate(f"""document.querySelectorAll("article .admonition").forEach(e => e.remove());
          document.body.style.width = "{1280 - SCROLL_BAR}px" """)
        ends = page.evaluate(ENDS)
    assert {name: len(found) for name, found in ends.items()} == {
        ".front-thesis": 1, ".front-ways a": 3, ".front-machine .explorable-stage": 1, ".finding svg": 4,
        ".finding > p:not(.exhibit-files)": 4}
    assert {name: found for name, found in ends.items() if max(found) > 800} == {}


def test_a_seed_trains_unasked_and_another_begins_when_it_is_predicted(browser, address):
    with moving(browser, address) as (page, machine):
        until(page, f"{STEP} > 20")
        (example,) = machine.locator(".ex-seed-name").all_text_contents()
        assert machine.locator(".ex-predict input:checked").count() == 0
        machine.get_by_role("radio", name="2", exact=True).check()
        machine.get_by_role("button", name="Train 3 seeds").click()
        until(page, "document.querySelectorAll('.ex-seed').length === 3")
        assert example not in machine.locator(".ex-seed-name").all_text_contents()


def test_the_example_can_be_halted(browser, address):
    with moving(browser, address) as (page, machine):
        until(page, f"{STEP} > 20")
        machine.get_by_role("button", name="Pause").click()
        page.wait_for_timeout(1500)
        halted = page.evaluate(STEP)
        page.wait_for_timeout(1000)
        assert page.evaluate(STEP) == halted
        machine.get_by_role("button", name="Go on").click()
        until(page, f"{STEP} > {halted}")


def test_nothing_moves_for_a_reader_who_asked_for_that_until_it_is_told_to(browser, address):
    with pages.opened(browser, address, FRONT, 1280, "light") as (page, _):
        machine = page.locator(".front-machine")
        begin = machine.get_by_role("button", name="Watch one seed")
        begin.wait_for()
        page.wait_for_timeout(500)
        assert page.workers == [] and machine.locator(".ex-seed").count() == 0
        begin.click()
        until(page, f"{STEP} > 20")


def test_the_list_of_chapters_opens_at_a_button_and_stands_open_without_scripts(browser, address):
    with pages.opened(browser, address, FRONT, 1280, "light") as (page, _):
        chapters = page.locator("#pst-primary-sidebar")
        assert not chapters.is_visible()
        page.locator(".primary-toggle").click()
        chapters.locator("a", has_text="Companion").wait_for()
    with unvisited(browser, scripts=False) as page:
        page.goto(f"{address}/{FRONT}")
        assert page.locator("#pst-primary-sidebar").is_visible()


def test_the_strip_says_how_many_verdicts_are_of_claims_of_the_sources(browser, address, site):
    claims = json.loads((site / "claims" / "index.json").read_text("utf8"))["claims"]
    of = {verdict: [claim["source"] for claim in claims if claim["verdict"] == verdict]
          for verdict in {claim["verdict"] for claim in claims}}
    with pages.opened(browser, address, FRONT, 1280, "light") as (page, _):
        lines = page.eval_on_selector_all(".verdict-strip li", "all => all.map(e => e.textContent)")
    for verdict, sources in of.items():
        theirs = sum(source != "ours" for source in sources)
        count = {0: "none", len(sources): "all"}.get(theirs, theirs)
        said = f"{verdict} {len(sources)}, {count} from the sources"
        assert [line for line in lines if line.startswith(f"{said} ")], (said, lines)
