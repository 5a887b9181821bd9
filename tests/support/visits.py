"""A visit to a page of the site: it is loaded once, and all that tests ask of it is seen while it is open."""

import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from axe_playwright_python.sync_playwright import DEFAULT_OPTIONS, Axe
from playwright.sync_api import Browser, Page

import pages
from weight import Scale, first_paint

AXE = Axe()
NARROW, WIDE = pages.WIDTHS
LOADED = (WIDE, "light")
# Two looks show every element in every colour scheme, but for what only one width shows, and that is the theme's: the
# same on all pages of a kind. The narrow one comes first, since a page is narrow when axe begins.
OPPOSITES = ((NARROW, "dark"), LOADED)
# What a sheet of A4 is wide at 96 pixels an inch, less two margins of 2 cm.
SHEET = 643
ALIKE = 10
# The only rules whose answer a width or a colour scheme can change; the others are asked once. The theme's own parts,
# of which a phone shows others than a desk does, are asked everything on a page of each kind.
STYLED = ("color-contrast", "link-in-text-block", "scrollable-region-focusable", "region", "meta-viewport",
          "aria-hidden-focus")
DEBOUNCED = 500  # milliseconds in which the theme has seen another width, and made what then scrolls reachable by Tab
OVERFLOWING = """() => {
  const width = document.documentElement.clientWidth;
  if (document.documentElement.scrollWidth <= width) return [];
  return [...document.querySelectorAll("body *")]
    .filter(e => e.getBoundingClientRect().right > width + 1)
    .map(e => `${e.tagName}.${e.className} reaches ${Math.round(e.getBoundingClientRect().right)} of ${width} px`)
    .slice(0, 8);
}"""
# An explorable's picture gives way to its stage.
SCROLLED = """() => [...document.querySelectorAll("figure.exhibit:not(.explorable) > .exhibit-frame")]
  .filter(e => e.scrollWidth > e.clientWidth + 1).map(e => e.parentElement.id)"""
SMALL = """(least) => [...document.querySelectorAll(".exhibit-panels text")]
  .filter(e => e.checkVisibility())
  .filter(e => parseFloat(getComputedStyle(e).fontSize) * e.ownerSVGElement.getScreenCTM().a < least)
  .map(e => e.textContent)"""
LEAST = 8.5  # pixels
CUT_OFF = """() => [...document.querySelectorAll("article pre, article table, article img, article svg")]
  .filter(e => e.getClientRects().length && (e.scrollWidth > e.clientWidth + 1 && e.tagName == "PRE"
               || e.getBoundingClientRect().right > document.documentElement.clientWidth + 1))
  .map(e => `${e.tagName} ${e.textContent.slice(0, 60)}`)"""
HIDDEN = """() => [...document.querySelectorAll("article details")].filter(d => [...d.children]
  .some(c => c.tagName != "SUMMARY" && !c.checkVisibility())).map(d => d.textContent.slice(0, 60))"""
MENU = "() => getComputedStyle(document.querySelector('.bd-sidebar-primary') ?? document.head).display"
THEME = "() => document.documentElement.dataset.theme ?? ''"
# Two frames later, or after a time in which they should have come: nobody is to wait for good for a browser that has
# stopped drawing.
PAINTED = """() => new Promise((done) => {
  setTimeout(done, 5000);
  requestAnimationFrame(() => requestAnimationFrame(done));
})"""
# Axe asks every row of a table the same questions, and every number with its tooltip, every entry of a list, of a
# signature, of a figure's curves and of a module's definitions, and every word of code and of a figure; of what is
# built alike, a few stand for all. Words of code stay in their place, unseen, since they make a block scroll. A row, a
# number or an entry is alike only if all that is in it has the same attributes, and text where the other has some: a
# link without a name stands for itself.
THIN = """(most) => {
  const outline = (e) => `${e.tagName} ${e.getAttribute("class")} ${e.getAttribute("style")}`;
  const chain = (e) => e === document.body ? "" : outline(e) + chain(e.parentElement);
  const told = (e) => outline(e) + e.getAttributeNames() + (e.textContent.trim() ? "" : " empty");
  const whole = (e) => [e, ...e.querySelectorAll("*")].map(told).join() + chain(e.parentElement);
  const few = (pieces, kind, spare = (piece) => piece.remove()) => {
    const alike = {};
    for (const piece of document.querySelectorAll(pieces)) {
      const one = kind(piece);
      alike[one] = (alike[one] ?? 0) + 1;
      if (alike[one] > most) spare(piece);
    }
  };
  few("tbody tr", whole);
  few("li:not(:has(li))", whole);
  few(".result-cite", whole);
  few("dt.sig span:not(:has(*))",
      (e) => [e, e.parentElement, e.parentElement.parentElement].map(outline).join());
  few("dl.py, svg :is(path, use, circle, rect)", (e) => outline(e) + outline(e.parentElement));
  few("pre span:not(:has(*)), svg text:not(:has(*)):not(a *)", chain, (word) => { word.style.visibility = "hidden"; });
}"""


@dataclass(frozen=True, kw_only=True)
class Look:
    """A page at one width and in one colour scheme: its theme, what is too wide, the figures that a reader has to
    scroll, and words in type smaller than LEAST in figures that are drawn again for a narrow page."""

    theme: str
    overflowing: list[str]
    scrolled: list[str]
    small: list[str]


@dataclass(frozen=True, kw_only=True)
class Print:
    """A page on paper: what is cut off, what stays folded, and how the menu of the site is displayed."""

    cut_off: list[str]
    hidden: list[str]
    menu: str


@dataclass(frozen=True, kw_only=True)
class Visit:
    """What was seen of a page.

    Args:
        painted: milliseconds to the first paint over a slow line.
        troubles: errors of scripts, requests that failed or that would have left the site.
        sizes: bytes as sent of what it fetched by itself, by address.
        looks: by width and scheme.
        violations: what axe objects to, by width and scheme.
        printed: on a sheet of A4.
    """

    painted: float
    troubles: list[str]
    sizes: dict[str, int]
    looks: dict[tuple[int, str], Look]
    violations: dict[tuple[int, str], list[str]]
    printed: Print


def visit(browser: Browser, address: str, name: str) -> Visit:
    """Load a page over a slow line, weigh it, print it, and look at it narrow and wide, light and dark."""
    with pages.visitor(browser, address, *LOADED) as (page, troubles):
        scale = Scale(page)
        painted = first_paint(page, f"{address}/{name}")
        if math.isinf(painted):
            page.goto(f"{address}/{name}", wait_until="commit")
        page.wait_for_load_state("load")
        sizes = scale.read()
        # Each change of width is a new layout, so paper, which lies between a desk and a phone, has its turn there.
        wide, narrow = ([look for look in pages.LOOKS if look[0] == width] for width in (WIDE, NARROW))
        looks = {look: _seen(page) for look in _looks(page, wide)}
        printed = _printed(page)
        looks |= {look: _seen(page) for look in _looks(page, narrow)}
        # Axe itself fetches style sheets anew, some from where they are not: what the page did is known before.
        did = list(troubles)
        page.evaluate(THIN, ALIKE)
        kind = name in pages.kinds()
        violations = {look: faults(page, rules=None if kind or look == LOADED else STYLED)
                      for look in _looks(page, pages.LOOKS if kind else OPPOSITES)}
    return Visit(painted=painted, troubles=did, sizes=sizes, looks=looks, violations=violations, printed=printed)


def faults(page: Page, context: str | None = None, rules: Sequence[str] | None = None) -> list[str]:
    """What axe objects to on a page, or in what a selector names, a line for each element; None asks all its rules."""
    if not page.evaluate("'axe' in window"):
        page.evaluate(AXE.axe_script)
    options = {**DEFAULT_OPTIONS, **({"runOnly": list(rules)} if rules else {})}
    found = page.evaluate("([where, options]) => axe.run(where ?? document, options)", [context, options])
    return [f"{v['id']} ({v['help']}): {n['html'][:200]} {n.get('failureSummary', '')[:200]}"
            for v in found["violations"] for n in v["nodes"]]


def _seen(page: Page) -> Look:
    return Look(theme=page.evaluate(THEME), overflowing=page.evaluate(OVERFLOWING), scrolled=page.evaluate(SCROLLED),
                small=page.evaluate(SMALL, LEAST))


def _printed(page: Page) -> Print:
    page.set_viewport_size({"width": SHEET, "height": 800})
    page.emulate_media(media="print", color_scheme="light")
    seen = Print(cut_off=page.evaluate(CUT_OFF), hidden=page.evaluate(HIDDEN), menu=page.evaluate(MENU))
    page.emulate_media(media="screen")
    return seen


def _looks(page: Page, looks: Iterable[tuple[int, str]]) -> Iterator[tuple[int, str]]:
    """Bring a page to one look after the other."""
    for width, scheme in looks:
        page.emulate_media(color_scheme=scheme)
        if page.viewport_size["width"] != width:
            page.set_viewport_size({"width": width, "height": 800})
            page.wait_for_timeout(DEBOUNCED)
        page.evaluate(PAINTED)
        yield width, scheme
