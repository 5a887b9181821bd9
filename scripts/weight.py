"""What a page weighs, and how long a reader with a slow line looks at nothing; each time with an empty cache."""

import contextlib
import math
import re
from collections.abc import Iterator

from playwright.sync_api import Browser, Page

LATENCY = 150  # milliseconds from a request to the first of its answer
RATE = 1_600_000 / 8  # bytes a second
SLOW = {"offline": False, "latency": LATENCY, "downloadThroughput": RATE, "uploadThroughput": RATE}
FAST = {"offline": False, "latency": 0, "downloadThroughput": -1, "uploadThroughput": -1}
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


class Scale:
    """Weighs what a page fetches by itself; it has to be put under the page before that goes anywhere."""

    def __init__(self, page: Page):
        self._page, self._asked, self._failed = page, {}, set()
        self._sizes: dict[str, int] = {}
        line = page.context.new_cdp_session(page)
        line.on("Network.requestWillBeSent", lambda e: self._asked.update({e["requestId"]: e["request"]["url"]}))
        line.on("Network.loadingFinished", self._came)
        line.on("Network.loadingFailed", lambda e: self._failed.add(self._asked[e["requestId"]]))
        line.send("Network.enable")

    def _came(self, event: dict) -> None:
        where = self._asked[event["requestId"]]
        self._sizes[where] = max(self._sizes.get(where, 0), int(event["encodedDataLength"]))  # once more costs nothing

    def read(self) -> dict[str, int]:
        """Touch nothing until the page asks for nothing more.

        Returns:
            Bytes as sent, headers included, of the page and all that it fetched, by address.

        Raises:
            TimeoutError: the page goes on asking, or waits for something that does not come.
        """
        quiet, before = 0, len(self._asked)
        for _ in range(LONGEST // LOOK):
            self._page.wait_for_timeout(LOOK)
            still = len(self._asked) == before and self._sizes.keys() | self._failed == set(self._asked.values())
            quiet, before = (quiet + LOOK if still else 0), len(self._asked)
            if quiet >= QUIET:
                return {where: size for where, size in self._sizes.items() if not where.startswith("data:")}
        raise TimeoutError(f"expected the page to come to rest, got requests still under way: {self._page.url}")


def first_paint(page: Page, url: str) -> float:
    """When a reader with a slow line sees the first text or picture, in milliseconds; what is left then comes fast.

    Infinite where nothing comes: now and then, on a busy machine, Chromium's slow line comes to a halt for good.

    Args:
        page: of a reader who has been nowhere yet.
        url: where it goes.
    """
    line = page.context.new_cdp_session(page)
    line.send("Network.enable")
    line.send("Network.emulateNetworkConditions", SLOW)
    page.goto(url, wait_until="commit")
    painted = page.evaluate(PAINTED, LONGEST)
    line.send("Network.emulateNetworkConditions", FAST)
    return painted


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
