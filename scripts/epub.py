"""Writes the built book as an EPUB, through the browser: epub.py [FILE].

The pages are those of the PDF, in the same order, without scripts; links lead to where the linked page stands in the
book.
"""

import base64
import io
import re
import sys
import uuid
import zipfile
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from html import escape
from mimetypes import guess_type
from pathlib import Path

from playwright.sync_api import Browser

from bookkit.metadata import citation_file
from evidence.files import write_file
from pages import ROOT
from pdf import printed

# Runs in each page: take what nobody reads on paper out of its article, and give it back as XHTML.
EXTRACT = """async (names) => {
  const here = new URL(document.querySelector("html").dataset.content_root || "./", location.href);
  const slug = (name) => name.replace(/[^a-z0-9]+/gi, "-");
  const article = document.querySelector("article");
  const places = new Map(names.map((name) => [new URL(`${name}.html`, here).pathname, `${slug(name)}.xhtml`]));
  for (const e of article.querySelectorAll("script, button, nav, iframe, form, input, .headerlink, .result-tip, " +
      ".explorable-stage, .exhibit-files, .result-lines, [hidden]")) e.remove();
  for (const e of article.querySelectorAll("details")) {
    const part = document.createElement("div");
    part.className = e.className;
    part.append(...e.childNodes);
    e.replaceWith(part);
  }
  for (const e of article.querySelectorAll("summary")) {
    const line = document.createElement("p");
    line.className = "summary";
    line.append(...e.childNodes);
    e.replaceWith(line);
  }
  for (const e of article.querySelectorAll("*")) {
    for (const {name} of [...e.attributes]) {
      if (/^(on|data-|aria-describedby$|tabindex$|focusable$)/.test(name)) e.removeAttribute(name);
    }
  }
  const ids = [...article.querySelectorAll("[id]")].map((e) => e.id);
  for (const e of article.querySelectorAll("a[href]")) {
    const to = new URL(e.getAttribute("href"), location.href);
    const place = to.origin === location.origin && places.get(to.pathname);
    if (to.origin !== location.origin) continue;
    if (!place) { e.replaceWith(...e.childNodes); continue; }
    const anchor = decodeURIComponent(to.hash.slice(1));
    e.setAttribute("href", place + (anchor ? `#${anchor}` : ""));
  }
  const images = [];
  for (const e of article.querySelectorAll("img[src]")) {
    const bytes = new Uint8Array(await (await fetch(e.src)).arrayBuffer());
    const kind = e.src.match(/[.][a-z0-9]+(?=$|[?])/);
    const name = `${slug(decodeURIComponent(location.pathname))}-${images.length}${kind}`;
    images.push([name, btoa(Array.from(bytes, (b) => String.fromCharCode(b)).join(""))]);
    e.removeAttribute("srcset");
    e.setAttribute("src", name);
  }
  const title = article.querySelector("h1").textContent.replace(/\\s+/g, " ").trim();
  return {title, ids, images, body: new XMLSerializer().serializeToString(article)};
}"""
STYLE = """body { line-height: 1.5; }
table { border-collapse: collapse; font-size: 0.85em; }
td, th { padding: 0.2em 0.5em; border-bottom: 1px solid; text-align: left; }
pre { white-space: pre-wrap; font-size: 0.85em; }
svg { max-width: 100%; height: auto; }
.summary { font-weight: bold; }
figcaption, .caption-text { font-size: 0.9em; }
"""
PAGE = """<?xml version="1.0" encoding="utf-8"?>
<!DOCTYPE html>
<html xmlns="http://www.w3.org/1999/xhtml" xmlns:epub="http://www.idpf.org/2007/ops" lang="en" xml:lang="en">
<head><title>{title}</title><link rel="stylesheet" href="book.css"/></head>
<body>{body}</body>
</html>
"""
CONTAINER = """<?xml version="1.0" encoding="utf-8"?>
<container version="1.0" xmlns="urn:oasis:names:tc:opendocument:xmlns:container">
<rootfiles><rootfile full-path="book/book.opf" media-type="application/oebps-package+xml"/></rootfiles>
</container>
"""
PACKAGE = """<?xml version="1.0" encoding="utf-8"?>
<package xmlns="http://www.idpf.org/2007/opf" version="3.0" unique-identifier="id" xml:lang="en">
<metadata xmlns:dc="http://purl.org/dc/elements/1.1/">
<dc:identifier id="id">urn:uuid:{id}</dc:identifier>
<dc:title>{title}</dc:title>
<dc:language>en</dc:language>
{creators}
<dc:description>{abstract}</dc:description>
<dc:rights>{rights}</dc:rights>
<meta property="dcterms:modified">{day}T00:00:00Z</meta>
<meta property="schema:accessMode">textual</meta>
<meta property="schema:accessMode">visual</meta>
<meta property="schema:accessibilityFeature">alternativeText</meta>
<meta property="schema:accessibilityFeature">tableOfContents</meta>
<meta property="schema:accessibilityHazard">none</meta>
</metadata>
<manifest>
{items}
</manifest>
<spine>
{spine}
</spine>
</package>
"""
SAID = {"mathml": b"<math ", "nav": b"<nav ", "svg": b"<svg "}
"""What a document must say that it has, and the sign of it."""
_LINK = re.compile(r' href="([\w-]+\.xhtml)#([^"]*)"')


@dataclass(frozen=True, kw_only=True)
class Part:
    """A page as a document of the EPUB: its file name, title and XHTML, its ids, and its images by file name."""

    name: str
    title: str
    body: str
    ids: frozenset[str]
    images: dict[str, bytes]


def parts(browser: Browser, address: str, names: list[str]) -> Iterable[Part]:
    """Read the pages of a served site.

    Raises:
        playwright.sync_api.Error: a page is missing, or has no article.
    """
    for name in names:
        page = browser.new_page(color_scheme="light", reduced_motion="reduce")
        try:
            page.goto(f"{address}/{name}.html", wait_until="load")
            found = page.evaluate(EXTRACT, names)
        finally:
            page.close()
        yield Part(name=f"{re.sub('[^a-zA-Z0-9]+', '-', name)}.xhtml", title=found["title"], body=found["body"],
                   ids=frozenset(found["ids"]),
                   images={image: base64.b64decode(data) for image, data in found["images"]})


def packed(found: list[Part], work: citation_file.Work, day: date) -> bytes:
    """Put the pages into one file: the same bytes for the same pages.

    Args:
        found: the pages, in order.
        work: the book.
        day: that the file carries.
    """
    ids = {part.name: part.ids for part in found}

    def whole(link: re.Match[str]) -> str:
        """A link to a place that its page lacks here, such as an explorable, leads to the page."""
        return link[0] if link[2] in ids[link[1]] else f' href="{link[1]}"'

    files = {part.name: PAGE.format(title=escape(part.title), body=_LINK.sub(whole, part.body)).encode()
             for part in found}
    lines = "\n".join(f'<li><a href="{part.name}">{escape(part.title)}</a></li>' for part in found)
    files["contents.xhtml"] = PAGE.format(title="Contents", body=(
        f'<nav epub:type="toc"><h1>Contents</h1><ol>{lines}</ol></nav>')).encode()
    files["book.css"] = STYLE.encode()
    for part in found:
        files |= part.images
    creators = "\n".join(f"<dc:creator>{escape(author.name)}</dc:creator>" for author in work.authors)
    spine = ["contents.xhtml", *(part.name for part in found)]
    numbers = {name: f"i{number}" for number, name in enumerate(files)}
    items = "\n".join(_item(name, numbers[name], content) for name, content in files.items())
    files["book.opf"] = PACKAGE.format(
        id=uuid.uuid5(uuid.NAMESPACE_URL, f"{work.title} {work.version}"), title=escape(work.title), creators=creators,
        abstract=escape(work.abstract), rights=escape(", ".join(work.licences)), day=day.isoformat(), items=items,
        spine="\n".join(f'<itemref idref="{numbers[name]}"/>' for name in spine)).encode()
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as archive:
        # the format wants this first, as it is
        archive.writestr(_entry("mimetype", zipfile.ZIP_STORED), "application/epub+zip")
        archive.writestr(_entry("META-INF/container.xml"), CONTAINER)
        for name, content in files.items():
            archive.writestr(_entry(f"book/{name}"), content)
    return target.getvalue()


def _item(name: str, number: str, content: bytes) -> str:
    kind = "application/xhtml+xml" if name.endswith(".xhtml") else guess_type(name)[0]
    has = [what for what, sign in SAID.items() if name.endswith(".xhtml") and sign in content]
    properties = f' properties="{" ".join(has)}"' if has else ""
    return f'<item id="{number}" href="{name}" media-type="{kind}"{properties}/>'


def _entry(name: str, how: int = zipfile.ZIP_DEFLATED) -> zipfile.ZipInfo:
    made = zipfile.ZipInfo(name)  # of 1980, whenever it is made
    made.compress_type = how
    return made


def write(browser: Browser, address: str, names: list[str], target: Path) -> None:
    """Pack pages of a served site into one file."""
    found = list(parts(browser, address, names))
    write_file(target, packed(found, citation_file.read(ROOT / "CITATION.cff"), citation_file.built_on(ROOT)))


def main(argv: list[str]) -> int:
    """Write the book's EPUB."""
    return printed(argv, "deref.epub", write)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
