"""Every written page and a sample of the generated ones in a real browser, narrow and wide, light and dark."""

import pytest
import yaml
from axe_playwright_python.sync_playwright import Axe

import pages

pytestmark = pytest.mark.site
# Without a built book there would be no pages to test, and silence would look like success.
PAGES = pages.sample() or ["book/intro.html"]
OVERFLOWING = """() => {
  const width = document.documentElement.clientWidth;
  if (document.documentElement.scrollWidth <= width) return [];
  return [...document.querySelectorAll("body *")]
    .filter(e => e.getBoundingClientRect().right > width + 1)
    .map(e => `${e.tagName}.${e.className} reaches ${Math.round(e.getBoundingClientRect().right)} of ${width} px`)
    .slice(0, 8);
}"""
# What a sheet of A4 is wide at 96 pixels an inch, less two margins of 2 cm.
SHEET = 643
CUT_OFF = """() => [...document.querySelectorAll("article pre, article table, article img, article svg")]
  .filter(e => e.getClientRects().length && (e.scrollWidth > e.clientWidth + 1 && e.tagName == "PRE"
               || e.getBoundingClientRect().right > document.documentElement.clientWidth + 1))
  .map(e => `${e.tagName} ${e.textContent.slice(0, 60)}`)"""


@pytest.mark.parametrize(("width", "scheme"), pages.LOOKS)
@pytest.mark.parametrize("name", PAGES)
def test_page_is_accessible_quiet_and_fits(browser, address, name, width, scheme):
    with pages.opened(browser, address, name, width, scheme) as (page, troubles):
        assert page.evaluate("document.documentElement.dataset.theme ?? ''") in ("", scheme)
        overflowing = page.evaluate(OVERFLOWING)
        # Axe itself fetches style sheets anew, some from where they are not: what the page did is known before.
        did = list(troubles)
        violations = Axe().run(page).response["violations"]
    assert did == []
    assert overflowing == [], "the page scrolls sideways"
    assert [f"{v['id']} ({v['help']}): {n['html'][:200]} {n.get('failureSummary', '')[:200]}"
            for v in violations for n in v["nodes"]] == []


@pytest.mark.parametrize("name", pages.written() or ["book/intro.html"])
def test_page_prints_without_losing_anything(browser, address, name):
    with pages.opened(browser, address, name, SHEET, "light") as (page, _):
        page.emulate_media(media="print")
        assert page.evaluate(CUT_OFF) == []
        assert page.evaluate("[...document.querySelectorAll('article details')].filter(d => [...d.children]"
                             ".some(c => c.tagName != 'SUMMARY' && !c.checkVisibility())).length") == 0
        assert page.evaluate("getComputedStyle(document.querySelector('.bd-sidebar-primary') ?? document.head).display"
                             ) == "none"


def test_entrance_leads_to_the_front_page(browser, address):
    front = yaml.safe_load((pages.ROOT / "_toc.yml").read_text("utf8"))["root"]
    page = browser.new_page()
    try:
        page.goto(f"{address}/index.html")
        page.wait_for_url(f"{address}/{front}.html")
    finally:
        page.close()
