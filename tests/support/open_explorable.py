"""An explorable of the built book in a real browser: where it is, how to open it, and how to reach its controls."""

import contextlib
import json

import pytest

import pages

PLACES = {"explore.softmax-by-hand": "book/ch06/lookup.html", "explore.pointer-machine": "book/ch06/layers.html",
          "explore.patch-bench": "book/ch07/trace.html", "explore.attention-visualizer": "book/ch06/looking.html",
          "explore.train-pointer": "book/ch06/train.html"}
CLOSE = 1e-4


@contextlib.contextmanager
def explorable(browser, address, name, *, width=1280, scheme="light", state=""):
    """Open the page of an explorable and wait until it runs; gives the page, the explorable and what went wrong."""
    anchor = name.replace(".", "-")
    hashed = f"{PLACES[name]}#{anchor}{'?' if state else ''}{state}"
    with pages.opened(browser, address, hashed, width, scheme) as (page, troubles):
        figure = page.locator(f"figure#{anchor}")
        figure.scroll_into_view_if_needed()
        page.wait_for_selector(f"figure#{anchor}.is-live .explorable-stage:not([aria-busy])")
        yield page, figure, troubles


def turn(page, figure, state):
    """Bring an open explorable to another state, as a link on its page would, and wait until it has begun anew."""
    page.wait_for_timeout(300)  # for the address to follow what was clicked before
    foot = figure.locator(".ex-foot")  # what an explorable adds last when it begins
    foot.evaluate("foot => foot.remove()")
    page.evaluate("hash => { window.location.hash = hash; }", f"{figure.get_attribute('id')}?{state}")
    foot.wait_for()


def references(site, name):
    return json.loads((site / "explore" / name / "references.json").read_text("utf8"))


def until(page, expression):
    """Wait for a script's answer; the pages' Content-Security-Policy forbids Playwright's own way, which is `eval`."""
    for _ in range(300):
        if page.evaluate(expression):
            return
        page.wait_for_timeout(100)
    pytest.fail(f"expected {expression} to come true")


def tab_to(page, selector):
    """Press Tab until the focus is on what the selector names."""
    for _ in range(150):
        page.keyboard.press("Tab")
        if page.evaluate("(selector) => document.activeElement.matches(selector)", selector):
            return
    pytest.fail(f"expected Tab to reach {selector}")


def start_at(page, figure):
    """Put the focus before the explorable, where Tab would bring it."""
    page.evaluate("""(figure) => {
      const all = [...document.querySelectorAll("a[href], button")];
      all.filter((one) => one.compareDocumentPosition(figure) === Node.DOCUMENT_POSITION_FOLLOWING
        && one.checkVisibility()).at(-1).focus();
    }""", figure.element_handle())
