"""Links and pictures of every page of the site, read from the files."""

from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urldefrag, urljoin, urlsplit

import pytest

import pages

pytestmark = pytest.mark.site
BASE = "http://site.test/"
LOADS = {"script": "src", "img": "src", "iframe": "src", "source": "src", "video": "src", "audio": "src",
         "embed": "src", "object": "data"}
LOADED_LINKS = {"stylesheet", "preload", "modulepreload", "icon", "manifest", "prefetch", "preconnect", "dns-prefetch"}


class Reading(HTMLParser):
    """What a page links to, loads, and can be linked to."""

    def __init__(self, text: str):
        super().__init__()
        self.anchors: set[str] = {"", "top"}
        self.links: list[str] = []
        self.loads: list[str] = []
        self.blind: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        self.anchors |= {given[k] for k in ("id", "name") if given.get(k)}
        if tag in ("a", "area") and given.get("href") is not None:
            self.links.append(given["href"])
        elif tag == "link" and LOADED_LINKS & set((given.get("rel") or "").split()):
            self.loads.append(given.get("href") or "")
        elif tag in LOADS and given.get(LOADS[tag]):
            self.loads.append(given[LOADS[tag]])
        named = given.get("alt") is not None or given.get("aria-label") or given.get("aria-hidden") == "true"
        if (tag == "img" or (tag == "svg" and given.get("role") == "img")) and not named:
            self.blind.append(self.get_starttag_text() or tag)


@pytest.fixture(scope="module")
def readings(site) -> dict[str, Reading]:
    return {name: Reading((site / name).read_text("utf8")) for name in pages.every(site)}


def _target(page: str, link: str) -> tuple[str, str] | None:
    """File and anchor that a link leads to within the site; None when it leaves the site."""
    address, anchor = urldefrag(urljoin(BASE + page, link))
    parts = urlsplit(address)
    if parts.scheme not in ("http", "https") or not address.startswith(BASE):
        return None
    path = unquote(parts.path.lstrip("/"))
    return (path + "index.html" if not path or path.endswith("/") else path), unquote(anchor)


def _broken(site: Path, readings: dict[str, Reading], page: str, link: str) -> str | None:
    target = _target(page, link)
    if target is None:
        return None
    path, anchor = target
    if not (site / path).is_file():
        return f"{page}: {link} leads to no file"
    if path in readings and anchor not in readings[path].anchors:
        return f"{page}: {link} leads to no such place in {path}"
    return None


@pytest.mark.xdist_group("links")
def test_internal_links_and_anchors_resolve(site, readings):
    assert readings
    broken = (_broken(site, readings, page, link) for page, r in readings.items() for link in r.links + r.loads)
    assert [b for b in broken if b] == []


@pytest.mark.xdist_group("links")
def test_nothing_is_loaded_from_elsewhere(readings):
    foreign = [(page, load) for page, r in readings.items() for load in r.loads
               if _target(page, load) is None and not load.startswith("data:")]
    assert foreign == []


@pytest.mark.xdist_group("links")
def test_every_picture_has_a_text(readings):
    assert [(page, tag) for page, r in readings.items() for tag in r.blind] == []
