"""Every written page and a sample of the generated ones in a real browser: narrow and wide, light and dark, on paper.

A page is visited once, and everything that the tests below ask is seen in that visit (see `visits`).
"""

import pytest
import visits
import yaml

import pages

pytestmark = pytest.mark.site
# Without a built book there would be no pages to test, and silence would look like success.
SAMPLE = pages.sample() or ["book/intro.html"]
KINDS = pages.kinds() or ["book/intro.html"]
HEAVIEST = 1_500_000  # bytes, compressed


def each(names):
    """Pages, the tests of each in one process."""
    return pytest.mark.parametrize("name", [
        pytest.param(name, marks=pytest.mark.xdist_group(f"visit {name}")) for name in names])


@each(SAMPLE)
def test_page_is_quiet(visited, name):
    assert visited(name).troubles == []


@each(SAMPLE)
def test_page_follows_the_reader_s_colours(visited, name):
    shown = {look: seen.theme for look, seen in visited(name).looks.items()}
    assert shown == {(width, scheme): scheme for width, scheme in pages.LOOKS} or set(shown.values()) == {""}


@each(SAMPLE)
def test_page_fits(visited, name):
    wide = {look: seen.overflowing for look, seen in visited(name).looks.items() if seen.overflowing}
    assert wide == {}, "the page scrolls sideways"


@each(SAMPLE)
def test_figures_are_read_without_scrolling_them(visited, name):
    looks = visited(name).looks.values()
    assert {figure for seen in looks for figure in seen.scrolled} == set()
    assert {words for seen in looks for words in seen.small} == set()


@each(SAMPLE)
def test_page_is_accessible(visited, name):
    assert {look: found for look, found in visited(name).violations.items() if found} == {}


@each(SAMPLE)
def test_page_prints_without_losing_anything(visited, name):
    assert visited(name).printed == visits.Print(cut_off=[], hidden=[], menu="none")


@each(SAMPLE)
def test_page_is_light(visited, address, name):
    sizes = visited(name).sizes
    assert f"{address}/{name}" in sizes
    assert sum(sizes.values()) <= HEAVIEST, sorted(sizes.items(), key=lambda item: -item[1])


@pytest.mark.parametrize(("width", "scheme"), [look for look in pages.LOOKS if look != visits.LOADED])
def test_a_page_of_each_kind_may_be_opened_in_another_look(browser, address, width, scheme):
    themes, wide = {}, {}
    with pages.visitor(browser, address, width, scheme) as (page, troubles):
        for name in KINDS:
            page.goto(f"{address}/{name}", wait_until="load")
            themes[name], wide[name] = page.evaluate(visits.THEME), page.evaluate(visits.OVERFLOWING)
            page.evaluate("localStorage.clear(); sessionStorage.clear()")  # the next page is the reader's first too
    assert {name: theme for name, theme in themes.items() if theme not in ("", scheme)} == {}
    assert {name: found for name, found in wide.items() if found} == {}, "the page scrolls sideways"
    assert troubles == []


def test_entrance_leads_to_the_front_page(browser, address):
    front = yaml.safe_load((pages.ROOT / "_toc.yml").read_text("utf8"))["root"]
    page = browser.new_page()
    try:
        page.goto(f"{address}/index.html")
        page.wait_for_url(f"{address}/{front}.html")
    finally:
        page.close()
