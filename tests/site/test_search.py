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


@pytest.mark.parametrize(("asked", "said", "first"), [
    # words of a question are not looked for
    ("why does attention weight mislead", "Search finished, found",
     "Chapter 7: Attention weight is not information flow"),
    # of pages with one of the words those come first that have it in their title
    ("pointer zebra quasar", "No page has all of these words; pages with some of them:", "A task that needs a pointer"),
    ("zebra quasar", "Nothing was found. Try other words, or fewer.", None)])
def test_where_no_page_has_all_words_those_with_most_of_them_are_listed(browser, address, asked, said, first):
    with pages.opened(browser, address, f"search.html?q={asked}", 390, "light") as (page, troubles):
        until(page, "/finished|No page|Nothing/.test(document.querySelector('.search-summary')?.textContent)")
        assert page.locator(".search-summary").inner_text().startswith(said)
        titles = page.locator("#search-results li > a").all_inner_texts()
        assert first is None or titles[0] == first
        assert (titles == []) == said.startswith("Nothing"), titles
        assert troubles == []
