"""Training in the page, in a real browser: PyTorch's gradients, a keyboard, the address, and workers that end."""

import contextlib
import re

import pytest
import visits
from gradient_case import CASE
from open_explorable import CLOSE, explorable, references, start_at, tab_to, until

import pages

pytestmark = pytest.mark.site
NAME, SOON = "explore.train-pointer", 90_000  # milliseconds that a busy machine may need
# Four cells and two heads are learned by almost anything, in little time.
PLACES = {"fetches": "book/glossary.html#term-fetch", "gathers": "book/glossary.html#term-gather-and-select",
          "between fetching and gathering": "book/ch07/algorithms.html#fetch-or-gather-and-select"}
QUICK = "cells=4&layers=2&heads=4&positions=learned&scale=0.02&seeds=2&first=1"


def stage(page) -> dict[str, str]:
    return page.evaluate("({...document.querySelector('.explorable-stage').dataset})")


def step(page) -> int:
    return int(stage(page).get("step", -1))


def wait_for(page, condition, what):
    """Wait until a page is as it should be, without a time that a busy machine could miss for no fault of the page."""
    for _ in range(SOON // 100):
        if condition():
            return
        page.wait_for_timeout(100)
    pytest.fail(f"expected {what}, got {stage(page)}")


@contextlib.contextmanager
def training(browser, address, **more):
    """The page with two seeds in training, past their first steps."""
    state = f"{QUICK}&predict=2&go=1"
    with explorable(browser, address, NAME, state=state, **more) as (page, figure, troubles):
        wait_for(page, lambda: step(page) >= 20, "a training that is under way")
        yield page, figure, troubles


def test_the_browser_computes_pytorchs_gradients(browser, address, site):
    expected = references(site, NAME)
    with explorable(browser, address, NAME) as (page, _, troubles):
        found = page.evaluate(f"given => ({CASE})(...given)", [f"{address}/_static/explore", expected])
        assert troubles == []
    assert found["loss"] == pytest.approx(expected["loss"], rel=CLOSE * 1e-4)
    assert found["norms"] == pytest.approx(expected["norms"], rel=CLOSE * 1e-4, abs=1e-12)


@pytest.mark.slow
def test_a_training_solves_the_task_says_so_and_compares_with_the_prediction(browser, address, site):
    with training(browser, address) as (page, figure, troubles):
        wait_for(page, lambda: stage(page)["done"] == "true", "the end of the training")
        said = figure.locator(".ex-verdict").text_content()
        assert said.startswith("2 of 2 seeds solved it, the first after ") and "as you predicted" in said
        until(page, "/2 of 2 seeds solved it/.test(document.querySelector('.ex-live').textContent)")
        assert figure.locator(".ex-seed.is-solved").count() == 2
        assert figure.locator(".ex-end").count() == 2 and figure.locator(".ex-curve.is-yours").count() == 1
        assert re.search(r"\d+\s?% of the weight", figure.locator(".ex-seed").first.text_content())
        for story in figure.locator(".ex-seed-story").all():
            link = story.locator("a")
            place = PLACES[link.text_content()]
            assert link.get_attribute("href") == f"{address}/{place}"
        for place in PLACES.values():
            name, _, anchor = place.partition("#")
            assert f'id="{anchor}"' in (site / name).read_text("utf8")
        assert len(page.workers) == 2 and troubles == []


@pytest.mark.slow
def test_a_keyboard_trains_pauses_steps_goes_back_and_questions(browser, address):
    with explorable(browser, address, NAME, state=QUICK) as (page, figure, troubles):
        start_at(page, figure)
        tab_to(page, ".ex-train-form .ex-main")
        page.keyboard.press("Enter")
        assert "Predict first" in figure.locator(".ex-note").text_content() and page.workers == []
        assert page.evaluate("document.activeElement.closest('.ex-predict') !== null"), "the focus is where to predict"
        page.keyboard.press("ArrowRight")
        tab_to(page, ".ex-train-form .ex-main")
        page.keyboard.press("Enter")
        wait_for(page, lambda: step(page) >= 40, "a training that is under way")
        assert figure.locator(".ex-predict input").first.is_disabled(), "a prediction stays"
        train = figure.locator(".ex-train-form .ex-main")
        assert train.evaluate("one => one === document.activeElement"), "the focus stays on what was pressed"
        assert (train.text_content(), train.get_attribute("aria-disabled")) == ("Training\u00a0…", "true")
        began = step(page)
        page.keyboard.press("Enter")
        assert step(page) >= began, "what trains is not begun anew"
        tab_to(page, ".ex-toggle")
        page.keyboard.press("Enter")
        assert figure.locator(".ex-toggle").text_content() == "Go on"
        assert (train.text_content(), train.get_attribute("aria-disabled")) == ("Train 2 seeds", "false")
        page.wait_for_timeout(1500)
        halted = step(page)
        page.keyboard.press("Tab")
        page.keyboard.press("Enter")
        wait_for(page, lambda: step(page) > halted, "one step more")
        assert step(page) <= halted + 11, "of two seeds one may have halted a measurement later"
        tab_to(page, ".ex-transport .ex-slider input")
        page.keyboard.press("Home")
        assert "0 of" in figure.locator(".ex-seed-state").first.text_content(), "the maps are those of the start"
        tab_to(page, ".ex-rewind button")
        assert page.evaluate("document.activeElement.textContent") == "Go back to step 0 and train on"
        page.keyboard.press("Enter")
        wait_for(page, lambda: stage(page)["done"] == "true", "the end of a training that began anew")
        tab_to(page, ".ex-question")
        page.keyboard.press("Enter")
        page.wait_for_selector(".ex-questioned .ex-memory button")
        assert figure.locator(".ex-questioned .ex-memory button").count() == 4
        tab_to(page, ".ex-questioned .ex-test .ex-main")
        page.keyboard.press("Enter")
        until(page, "/^Flipping cell 1 changes/.test(document.querySelector('.ex-questioned .ex-found').textContent)")
        assert troubles == []


def test_an_address_opens_the_same_training(browser, address):
    with explorable(browser, address, NAME, state="cells=16&heads=2&positions=learned&scale=1&seeds=4&predict=3") as (
            page, figure, _):
        checked = figure.locator("input:checked").evaluate_all("all => all.map((one) => one.value)")
        assert checked == ["16", "2", "2", "learned", "1", "4", "3"]
        assert "step" not in stage(page), "it trains when it is asked to"
        figure.get_by_role("radio", name="4", exact=True).first.check()
        until(page, "/cells=4&/.test(location.hash) && !/predict/.test(location.hash)")
    with explorable(browser, address, NAME) as (page, figure, _):
        page.evaluate("navigator.clipboard.writeText = (text) => { window.copied = text; }")
        said = figure.locator(".ex-train-form .ex-quiet").text_content()
        figure.get_by_role("button", name="Copy link to this state").click()
        until(page, "window.copied")
        assert re.search(r"seeds=3&first=(\d+)$", page.evaluate("window.copied"))[1] in said
    with training(browser, address) as (page, figure, _):
        link = page.url
        assert "go=1" in link and "predict=2" in link
        curve = "document.querySelector('.ex-curve.is-seed-1').getAttribute('d').split('L').slice(0, 3).join()"
        first = page.evaluate(curve)
    with explorable(browser, address, NAME, state=link.partition("?")[2]) as (page, _, _):
        wait_for(page, lambda: step(page) >= 20, "a training that is under way")
        assert page.evaluate(curve) == first, "a seed trains as it did"


@pytest.mark.parametrize("way", ["pagehide", "another page", "another choice"])
def test_workers_end_when_the_page_is_left_or_something_else_is_chosen(browser, address, way):
    with training(browser, address) as (page, figure, _):
        assert len(page.workers) == 2
        if way == "pagehide":
            page.evaluate("window.dispatchEvent(new PageTransitionEvent('pagehide', { persisted: true }))")
        elif way == "another page":
            page.goto(f"{address}/book/glossary.html")
        else:
            figure.get_by_role("radio", name="one layer").check()
        wait_for_no_workers(page)
        if way != "another page":
            assert "step" not in stage(page) and figure.locator(".ex-seed").count() == 0


def wait_for_no_workers(page):
    for _ in range(SOON // 100):
        if not page.workers:
            return
        page.wait_for_timeout(100)
    pytest.fail(f"expected no workers, got {len(page.workers)}")


@pytest.mark.parametrize("width", pages.WIDTHS)
def test_a_training_is_accessible_and_fits(browser, address, width):
    wide, violations = {}, {}
    with training(browser, address, width=width) as (page, figure, troubles):
        figure.locator(".ex-toggle").click()
        figure.locator(".ex-transport .ex-slider input").press("Home")
        figure.locator(".ex-question").first.click()
        page.wait_for_selector(".ex-questioned .ex-memory button")
        for scheme in pages.SCHEMES:
            page.emulate_media(color_scheme=scheme)
            page.evaluate(visits.PAINTED)
            assert page.evaluate(visits.THEME) == scheme
            wide[scheme] = page.evaluate(
                "document.documentElement.scrollWidth - document.documentElement.clientWidth")
            assert troubles == []
            violations[scheme] = visits.faults(page, "#explore-train-pointer")
            troubles.clear()  # axe fetches style sheets anew, some from where they are not
    assert wide == {scheme: 0 for scheme in pages.SCHEMES}, "the page scrolls sideways"
    assert violations == {scheme: [] for scheme in pages.SCHEMES}


def test_the_front_page_trains_in_small_and_leads_on_with_its_settings(browser, address):
    hashed = f"book/intro.html#explore-train-pointer?{QUICK}&predict=1&go=1"
    with pages.opened(browser, address, hashed, 390, "dark") as (page, troubles):
        page.wait_for_selector("#explore-train-pointer.is-live")
        wait_for(page, lambda: step(page) >= 20, "a training that is under way")
        assert page.locator(".ex-question").count() == 0 and page.locator(".ex-seed").count() == 2
        page.locator(".ex-further a").click()
        page.wait_for_url("**/book/ch06/train.html#explore-train-pointer?*")
        page.wait_for_selector("#explore-train-pointer.is-live")
        assert "cells=4" in page.url and troubles == []


def test_the_front_page_has_its_figure_without_scripts(browser, address):
    context = browser.new_context(java_script_enabled=False)
    try:
        page = context.new_page()
        page.goto(f"{address}/book/intro.html")
        art = page.locator("#explore-train-pointer > .exhibit-frame > svg.exhibit-art")
        assert art.is_visible() and art.get_attribute("aria-label")
    finally:
        context.close()
