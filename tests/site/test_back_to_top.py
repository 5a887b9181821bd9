"""The theme's button "Back to top" leaves the tooltips of numbers in sight, at each width that has both."""

import pytest
import visits

import pages

pytestmark = pytest.mark.site
PAGE = "book/ch06/depth.html"
# The button is there while a reader scrolls up.
UP = f"""const painted = {visits.PAINTED};
  const up = async (to) => {{ scrollTo(0, to + 60); await painted(); scrollTo(0, to); await painted(); }};"""
SHOWN = "() => document.getElementById('pst-back-to-top').checkVisibility()"
# What can be seen where the tooltip of a number would be under the button; null where the two do not meet.
MEET = """(cite) => {
  const tip = cite.querySelector(".result-tip").getBoundingClientRect();
  const top = document.getElementById("pst-back-to-top").getBoundingClientRect();
  const [left, right] = [Math.max(tip.left, top.left), Math.min(tip.right, top.right)];
  const [above, below] = [Math.max(tip.top, top.top), Math.min(tip.bottom, top.bottom)];
  if (left >= right || above >= below) return null;
  const seen = document.elementFromPoint((left + right) / 2, (above + below) / 2);
  return seen.closest(".result-tip") ? "tooltip" : "button";
}"""
PLACED = f"""(cite) => {{ {UP}
  return up(scrollY + cite.querySelector("a").getBoundingClientRect().bottom - 0.8 * innerHeight); }}"""
END = f"() => {{ {UP} return up(document.body.scrollHeight - 2 * innerHeight); }}"


def seen(page, count):
    """What is seen where button and tooltip meet, for some numbers at the height of the button."""
    found = []
    for cite in page.locator("article section > p .result-cite").all()[:count]:
        cite.evaluate(PLACED)
        if page.evaluate(SHOWN):  # not near the top
            cite.locator("> a").hover()
            found.append(cite.evaluate(MEET))
    return found


@pytest.mark.parametrize("width", [390, 1000])
def test_a_tooltip_stands_before_the_button(browser, address, width):
    with pages.opened(browser, address, PAGE, width, "light") as (page, _):
        met = [one for one in seen(page, 12) if one is not None]
        assert met and set(met) == {"tooltip"}


def test_a_wide_page_has_no_button(browser, address):
    with pages.opened(browser, address, PAGE, 1280, "light") as (page, _):
        page.evaluate(END)
        assert not page.evaluate(SHOWN)
