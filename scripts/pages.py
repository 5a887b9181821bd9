"""Which pages the built site has, which of them to look at, and how to open one in a browser."""

import contextlib
import functools
import itertools
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

from playwright.sync_api import Browser, Page

ROOT = Path(__file__).resolve().parent.parent
SITE = ROOT / "_build" / "html"
WIDTHS = (390, 1280)
SCHEMES = ("light", "dark")
LOOKS = tuple(itertools.product(WIDTHS, SCHEMES))
EACH_KIND = 3
ENTRANCE = "index.html"  # leads on to the front page at once, so nobody sees it


@functools.cache
def every() -> tuple[str, ...]:
    """All pages, by file name from the root of the site; those of the theme's own files are not pages."""
    names = (path.relative_to(SITE).as_posix() for path in SITE.rglob("*.html"))
    return tuple(sorted(name for name in names if not name.startswith("_")))


def written() -> list[str]:
    """The pages that people wrote."""
    return [name for name in every() if (ROOT / name).with_suffix(".md").exists()]


def generated() -> dict[str, list[str]]:
    """The pages that the build made up, by kind: pages of one depth in one top folder are of one kind."""
    kinds = defaultdict(list)
    people = set(written())
    for name in every():
        if name not in people and name != ENTRANCE:
            *folders, last = name.split("/")
            kinds["/".join([*folders[:1], *("*" for _ in folders[1:]), last])].append(name)
    return dict(kinds)


def sample() -> list[str]:
    """Every written page, and of each generated kind the first, the middle and the last."""
    chosen = set(written())
    for names in generated().values():
        chosen |= {names[round(i * (len(names) - 1) / (EACH_KIND - 1))] for i in range(EACH_KIND)}
    return sorted(chosen)


@functools.cache
def kinds() -> list[str]:
    """One page of each kind: of each folder of written pages the last, of each generated kind the first."""
    folders = {name.rpartition("/")[0]: name for name in written()}
    return sorted([*folders.values(), *(names[0] for names in generated().values())])


@contextlib.contextmanager
def visitor(browser: Browser, address: str, width: int, scheme: str) -> Iterator[tuple[Page, list[str]]]:
    """A page of a reader who has been nowhere yet.

    Yields:
        The page, and a list of what goes wrong on it, which grows: errors of scripts, requests that failed or that
        would have left the site (the browser knows no other host).
    """
    troubles: list[str] = []
    context = browser.new_context(viewport={"width": width, "height": 800}, color_scheme=scheme,
                                  reduced_motion="reduce", service_workers="block")
    try:
        page = context.new_page()

        # Heard and not intercepted, which would hold up every request of the page.
        page.on("request", lambda r: r.url.startswith((address, "data:", "blob:")) or
                troubles.append(f"a request left the site: {r.url}"))
        page.on("console", lambda m: m.type in ("error", "warning") and troubles.append(f"{m.type}: {m.text}"))
        page.on("pageerror", lambda error: troubles.append(f"script error: {error}"))
        page.on("response", lambda r: r.status >= 400 and troubles.append(f"{r.status} for {r.url}"))
        yield page, troubles
    finally:
        context.close()


@contextlib.contextmanager
def opened(browser: Browser, address: str, name: str, width: int, scheme: str) -> Iterator[tuple[Page, list[str]]]:
    """Open a page of the site; gives what `visitor` gives."""
    with visitor(browser, address, width, scheme) as (page, troubles):
        page.goto(f"{address}/{name}", wait_until="load")
        yield page, troubles
