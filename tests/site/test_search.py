"""The search page: what it finds is shown with a passage, be it a chapter or the page of a result."""

import pytest
from open_explorable import until

import pages

pytestmark = pytest.mark.site
TOLD = """[...document.querySelectorAll("#search-results li:has(a[href*='results/'])")]
  .every(one => one.querySelector("p.context"))"""


def test_pages_of_results_are_shown_with_a_passage_and_no_error(browser, address):
    with pages.opened(browser, address, "search.html?q=flip.large-32.addressed", 1280, "light") as (page, troubles):
        until(page, "/Search finished/.test(document.querySelector('.search-summary')?.textContent)")
        hit = page.locator("#search-results li", has=page.locator("a[href*='results/flip.large-32.addressed/']"))
        hit.locator("p.context", has_text="addressed").wait_for()
        until(page, TOLD)
        assert troubles == []
