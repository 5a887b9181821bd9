"""What cells show and readers do not see: embedded pages, scripts and files of other hosts, which the policy blanks.

Every page has a Content-Security-Policy (see `metadata.csp`), so an `IFrame`, a widget or a figure of Plotly or Bokeh
leaves an empty place. The text of an output tells; it is read as a browser would read it, and nothing of it is run.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from html.parser import HTMLParser
from typing import Any

HTML, SVG, MARKDOWN = "text/html", "image/svg+xml", "text/markdown"
_SCRIPTS = {"application/javascript", "application/vnd.jupyter.widget-view+json"}
_FRAMES = {"iframe", "frame", "object", "embed", "applet", "portal", "fencedframe"}
_MEDIA = {"audio", "video", "source", "track"}
_FETCHED = {"src", "poster", "data", "srcset", "background", "xlink:href"}
_DATA = re.compile(r"application/(ld\+)?json")
_ELSEWHERE = re.compile(r"\s*(https?:)?//", re.IGNORECASE)
_STYLED = re.compile(r"(@import|url\()\s*[\"']?\s*(url\(\s*[\"']?)?(https?:)?//", re.IGNORECASE)


def blanked(data: Mapping[str, Any], priority: Sequence[str]) -> list[str]:
    """What of an output a reader of the site does not see.

    Args:
        data: the output's representations by type.
        priority: the types that pages can show, the best first; that one is shown.

    Returns:
        One phrase for each kind of thing, such as "an iframe, which the site's policy blanks"; none if all is seen.
    """
    shown = next((kind for kind in priority if kind in data), None)
    if shown is None:
        return [f"only {' and '.join(sorted(data))}, which pages cannot show"] if data else []
    if shown in _SCRIPTS:
        return [_blanks("a widget" if "widget" in shown else "a script")]
    if shown not in (HTML, SVG, MARKDOWN):
        return []
    text = data[shown]
    reader = _Reader(drawing=shown == SVG)
    reader.feed(text if isinstance(text, str) else "".join(map(str, text)))
    reader.close()
    return [_blanks(what) for what in dict.fromkeys(reader.found)]


def _blanks(what: str) -> str:
    return f"{what}, which the site's policy blanks"


class _Reader(HTMLParser):
    """Notes what a policy of `default-src 'self'`, with images and styles of the page itself, leaves out."""

    def __init__(self, drawing: bool) -> None:
        super().__init__()
        self.found: list[str] = []
        self.drawing, self.style = drawing, False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        self.found += _of_tag(tag, given, self.drawing)
        self.style = tag == "style"

    def handle_endtag(self, tag: str) -> None:
        self.style = self.style and tag != "style"

    def handle_data(self, data: str) -> None:
        if self.style and _STYLED.search(data):
            self.found.append("a style of another host")


def _of_tag(tag: str, given: dict[str, str], drawing: bool) -> Iterator[str]:
    if tag == "script" and not _DATA.fullmatch(given.get("type", "")):
        yield "a script"
    elif tag in _FRAMES:
        yield f"an {tag}" if tag[0] in "aeio" else f"a {tag}"
    elif tag == "base":
        yield "a base address"
    elif tag == "link" and _ELSEWHERE.match(given.get("href", "")):
        yield "a file of another host"
    elif tag in _MEDIA and given.get("src", "").strip().lower().startswith(("data:", "blob:")):
        yield "a sound or film inside the page"  # the policy lets images be part of a page, and no other media
    for name, value in given.items():
        if name.startswith("on"):
            yield f"a script ({name})"
        elif re.match(r"\s*javascript:", value, re.IGNORECASE):
            yield "a script (in a link)"
        elif (name in _FETCHED and tag not in _FRAMES | {"script"} and _ELSEWHERE.match(value)) \
                or (name == "style" and _STYLED.search(value)) \
                or (name == "href" and drawing and tag in ("image", "use") and _ELSEWHERE.match(value)):
            yield "a file of another host"
