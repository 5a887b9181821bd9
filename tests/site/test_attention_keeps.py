"""The attention visualizer from sentence to sentence: a chosen word stays, and it says why no other will do."""

import re

import pytest
from open_explorable import explorable

pytestmark = pytest.mark.site
NAME = "explore.attention-visualizer"


def choose(page, figure, title):
    page.get_by_role("radio", name=title).check()
    page.wait_for_selector(".explorable-stage:not([aria-busy])")
    return figure.locator("button.ex-word[aria-pressed=true]").text_content()


def test_a_chosen_word_stays_where_it_stands_and_else_the_place(browser, address):
    with explorable(browser, address, NAME) as (page, figure, troubles):
        words = figure.locator("button.ex-word")
        last = words.last.text_content()
        assert choose(page, figure, "Mary and John") == words.last.text_content(), "nothing chosen: the last word"
        assert choose(page, figure, re.compile("Trophy.*large")) == last
        figure.get_by_role("button", name=re.compile("^it, word")).click()
        figure.locator(".ex-head").nth(31).click()
        heads = figure.locator(".ex-head[aria-pressed=true]").get_attribute("aria-label").split(":")[0]
        assert choose(page, figure, re.compile("Trophy.*small")) == "it"
        assert figure.locator(".ex-head[aria-pressed=true]").get_attribute("aria-label").startswith(f"{heads}:")
        place = figure.locator("button.ex-word[aria-pressed=true]").get_attribute("aria-label")
        other = choose(page, figure, "The keys")
        assert other == words.nth(min(int(re.search(r"word (\d+)", place)[1]), words.count()) - 1).text_content()
        figure.get_by_role("button", name=re.compile("^the, word")).first.click()
        assert choose(page, figure, "Mary and John") == "the"
        assert troubles == []


def test_it_says_why_a_readers_own_sentence_cannot_be_put_in(browser, address):
    with explorable(browser, address, NAME) as (_, figure, _troubles):
        said = figure.locator(".ex-bar").text_content()
        assert re.search(r"sentence of your own cannot be put in.* whose 13\d million parameters", said)
        assert figure.locator("input[type=text], textarea").count() == 0
