"""What a page weighs, and how long a reader with a slow line looks at nothing; each time with an empty cache."""

import contextlib
import math
import re
from collections.abc import Iterator

from playwright.sync_api import Browser, Page

LATENCY = 150  # milliseconds from a request to the first of its answer
RATE = 1_600_000 / 8  # bytes a second
SLOW = {"offline": False, "latency": LATENCY, "downloadThroughput": RATE, "uploadThroughput": RATE}
SCRIPT = re.compile(r"\.js(\?|$)")
# When the first text or picture was painted, in milliseconds since the reader asked for the page; Infinity where none
# was in the time given.
PAINTED = """(longest) => new Promise((done) => {
  setTimeout(() => done(Infinity), longest);
  new PerformanceObserver((list) => {
    const [first] = list.getEntriesByName("first-contentful-paint");
    if (first) done(first.startTime);
  }).observe({ type: "paint", buffered: true });
})"""
LONGEST = 10_000  # milliseconds
QUIET, LOOK = 500, 100  # milliseconds without a request after which no more are expected, and from look to look


@contextlib.contextmanager
def unvisited(browser: Browser, *, scripts: bool = True) -> Iterator[Page]:
    """A page of a reader who has been nowhere yet, and may not allow scripts."""
    context = browser.new_context(viewport={"width": 1280, "height": 800}, service_workers="block",
                                  java_script_enabled=scripts)
    try:
        yield context.new_page()
    finally:
        context.close()


def weigh(browser: Browser, url: str) -> dict[str, int]:
    """Load a page and touch nothing until it asks for nothing more.

    Returns:
        Bytes as sent, headers included, of the page and all that it fetched by itself, by address.

    Raises:
        TimeoutError: the page goes on asking, or waits for something that does not come.
    """
    asked: dict[str, str] = {}
    sizes: dict[str, int] = {}
    failed: set[str] = set()
    with unvisited(browser) as page:
        line = page.context.new_cdp_session(page)
        line.on("Network.requestWillBeSent", lambda e: asked.update({e["requestId"]: e["request"]["url"]}))
        line.on("Network.loadingFinished", lambda e: sizes.update({asked[e["requestId"]]: int(e["encodedDataLength"])}))
        line.on("Network.loadingFailed", lambda e: failed.add(asked[e["requestId"]]))
        line.send("Network.enable")
        page.goto(url, wait_until="load")
        page.evaluate("window.MathJax?.startup?.promise")
        quiet, before = 0, len(asked)
        for _ in range(LONGEST // LOOK):
            page.wait_for_timeout(LOOK)
            still = len(asked) == before and sizes.keys() | failed == set(asked.values())
            quiet, before = (quiet + LOOK if still else 0), len(asked)
            if quiet >= QUIET:
                break
        else:
            raise TimeoutError(f"expected the page to come to rest, got requests still under way: {url}")
    return {where: size for where, size in sizes.items() if not where.startswith("data:")}


def first_paint(browser: Browser, url: str) -> float:
    """When a reader with a slow line sees the first text or picture, in milliseconds.

    Infinite where nothing comes: now and then, on a busy machine, Chromium's slow line comes to a halt for good.
    """
    with unvisited(browser) as page:
        line = page.context.new_cdp_session(page)
        line.send("Network.enable")
        line.send("Network.emulateNetworkConditions", SLOW)
        page.goto(url, wait_until="commit")
        return page.evaluate(PAINTED, LONGEST)


def heading_without_scripts(browser: Browser, url: str) -> str:
    """What stands above a page whose scripts never come, once it has asked for them; empty if nothing is painted.

    Raises:
        playwright.sync_api.Error: the page asks for no script.
    """
    with unvisited(browser) as page:
        page.route(SCRIPT, lambda route: None)  # neither answered nor refused
        with page.expect_request(SCRIPT):
            page.goto(url, wait_until="commit")
        painted = math.isfinite(page.evaluate(PAINTED, LONGEST))
        return page.locator("article h1").first.inner_text() if painted else ""
