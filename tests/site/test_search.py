"""The search page: what it finds is shown with a passage, be it a chapter or the page of a result."""

import pytest
from open_explorable import until

import pages

pytestmark = pytest.mark.site
# Results that are found as pages, by their words; one that is found by its id alone says what it is instead.
TOLD = """[...document.querySelectorAll("#search-results li:not(:has(> span)):has(a[href*='results/'])")]
  .map(one => one.querySelector("p.context")?.textContent ?? "")"""


def test_pages_of_results_are_shown_with_a_passage_and_no_error(browser, address):
    with pages.opened(browser, address, "search.html?q=flip", 1280, "light") as (page, troubles):
        until(page, "/Search finished/.test(document.querySelector('.search-summary')?.textContent)")
        until(page, f"(all => all.length > 10 && all.every(one => /flip/i.test(one)))({TOLD})")
        assert troubles == []


@pytest.mark.parametrize(("asked", "answers"), [
    ("unseen addresses", "What can be done without a lookup"), ("distrust", "Glossary")])
def test_words_of_readers_lead_to_the_page_that_answers(browser, address, asked, answers):
    with pages.opened(browser, address, f"search.html?q={asked}", 1280, "light") as (page, troubles):
        until(page, "/Search finished/.test(document.querySelector('.search-summary')?.textContent)")
        assert answers in page.locator("#search-results li > a").all_inner_texts()[:8]
        assert troubles == []
