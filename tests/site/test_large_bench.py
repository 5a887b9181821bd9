"""The patch bench with the large model: a keyboard fetches it, its long runs scroll by themselves, and all fits."""

import pytest
import visits
from open_explorable import explorable, start_at, tab_to, until

pytestmark = pytest.mark.site
NAME = "explore.patch-bench"


def test_a_keyboard_fetches_the_large_model_and_patches_it(browser, address):
    with explorable(browser, address, NAME) as (page, figure, troubles):
        start_at(page, figure)
        tab_to(page, ".ex-bar input")
        page.keyboard.press("ArrowLeft")  # the last of the models
        until(page, "document.querySelectorAll('button.ex-place').length === 111")
        tab_to(page, "button.ex-place")
        for _ in range(20):
            page.keyboard.press("ArrowRight")
        assert page.evaluate("document.activeElement.dataset.place") == "0.20"
        page.keyboard.press("Enter")
        until(page, "/large-32, patched: cell 20 in the embedding\\. Recovery 1\\.000/"
                    ".test(document.querySelector('.ex-live').textContent)")
        box = page.evaluate("document.activeElement.getBoundingClientRect().toJSON()")
        assert box["left"] >= 0 and box["right"] <= 1280, "the focused place is in view"
        assert troubles == []


@pytest.mark.parametrize(("width", "scheme"), [(390, "dark"), (1280, "light")])
def test_the_large_bench_is_accessible_and_fits(browser, address, width, scheme):
    with explorable(browser, address, NAME, width=width, scheme=scheme, state="model=large-32&patches=1.20") as (
            page, figure, troubles):
        lefts = figure.locator(".ex-scroll").evaluate_all("boxes => boxes.map((box) => box.scrollLeft)")
        assert len(lefts) == 2 and len(set(lefts)) == 1 and lefts[0] > 0, "both runs show the addressed cell"
        wide = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        did = list(troubles)
        assert visits.faults(page, f"#{NAME.replace('.', '-')}") == []
        assert (wide, did) == (0, [])
