"""Links and pictures of every page of the site, read from the files."""

from pathlib import Path
from urllib.parse import unquote, urldefrag, urljoin, urlsplit

import pytest
from readings import Reading

pytestmark = [pytest.mark.site, pytest.mark.xdist_group("files")]
BASE = "http://site.test/"


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


def test_internal_links_and_anchors_resolve(site, readings):
    assert readings
    broken = (_broken(site, readings, page, link) for page, r in readings.items() for link in r.links + r.loads)
    assert [b for b in broken if b] == []


def test_nothing_is_loaded_from_elsewhere(readings):
    foreign = [(page, load) for page, r in readings.items() for load in r.loads
               if _target(page, load) is None and not load.startswith("data:")]
    assert foreign == []


def test_every_picture_has_a_text(readings):
    assert [(page, tag) for page, r in readings.items() for tag in r.blind] == []
