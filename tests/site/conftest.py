"""A real browser and a server of the built book, one of each for every test process, and what was seen of its pages."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from functools import cache
from pathlib import Path

import pytest
from open_explorable import explorable
from playwright.sync_api import Browser
from readings import Reading
from visits import Visit, visit

from browser import open_browser
from pages import SITE, every
from serve import serving


@pytest.fixture(scope="session")
def site() -> Path:
    """The built book."""
    assert (SITE / "index.html").exists(), "expected a built book in _build/html, found none; build it with: make book"
    return SITE


@pytest.fixture(scope="session")
def address(site: Path) -> Iterator[str]:
    """Where the book is served, without the last slash."""
    with serving(site) as url:
        yield url


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """A headless browser."""
    with open_browser() as started:
        yield started


@pytest.fixture(scope="session")
def visited(browser: Browser, address: str) -> Callable[[str], Visit]:
    """A function from a page's name to what was seen of it, in one visit by each test process that asks."""
    return cache(lambda name: visit(browser, address, name))


@pytest.fixture(scope="session")
def readings(site: Path) -> dict[str, Reading]:
    """Every page of the site, by name; what asks for them is of one group, so that they are read once."""
    return {name: Reading((site / name).read_text("utf8")) for name in every()}


@pytest.fixture(scope="module")
def opened(browser: Browser, address: str) -> Iterator[Callable[[str], tuple]]:
    """A function from an explorable's name to what `explorable` gives, its page opened once for all tests that ask."""
    with ExitStack() as stack:
        yield cache(lambda name: stack.enter_context(explorable(browser, address, name)))
