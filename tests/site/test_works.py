"""Cited works: whoever rests on a label or tabs to it is told whose work it is; a finger is led to the list."""

import pytest

pytestmark = pytest.mark.site
PAGE = "book/ch06/leaks.html"
SAID = "On Randomized One-Round Communication Complexity"


@pytest.fixture
def label(browser, address):
    """A function that opens a page, and gives the label of a work and its tooltip."""
    contexts = []

    def opened(**options):
        contexts.append(browser.new_context(viewport={"width": 1000, "height": 700}, **options))
        page = contexts[-1].new_page()
        page.goto(f"{address}/{PAGE}")
        cite = page.locator(".cited-work").first
        return page, cite.locator("a"), cite.locator(".result-tip")

    yield opened
    for context in contexts:
        context.close()


@pytest.mark.parametrize("scripts", [True, False])
def test_a_label_explains_itself_to_the_mouse_and_to_the_keyboard(label, scripts):
    page, link, tip = label(java_script_enabled=scripts)
    assert not tip.is_visible()
    link.hover()
    assert tip.is_visible() and tip.inner_text().startswith(SAID)
    assert "Ilan Kremer, Noam Nisan and Dana Ron" in tip.inner_text()
    page.mouse.move(0, 0)
    assert not tip.is_visible()
    link.focus()
    page.keyboard.press("Shift+Tab")
    page.keyboard.press("Tab")
    assert tip.is_visible()


def test_a_finger_follows_the_label(label):
    page, link, _ = label(has_touch=True, is_mobile=True)
    link.tap()
    page.wait_for_url("**/bibliography.html#*")
