"""One page of the site as search engines and reference managers see it: its kind, title, summary and address."""

import html
import re
from dataclasses import dataclass
from typing import Any, cast

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.builders.html import StandaloneHTMLBuilder

from bookkit.parts.addresses import address
from evidence.records import Record

SUMMARY = 200
_CHAPTER = re.compile(r"book/ch0*(?P<number>\d+)/(?P<name>[^/]+)")


@dataclass(frozen=True, kw_only=True)
class PageInfo:
    """A page.

    Args:
        name: of the page, without suffix, from the root of the site.
        kind: "book" (the front page), "chapter", "section" (of a chapter), "result" or "page".
        title: without markup.
        summary: a sentence or two; empty when the page has no prose to take it from.
        url: absolute; None while nobody has said where the site will be.
        chapter: number of the chapter that the page is, or is in.
        parent: absolute URL of the chapter that a section is in.
        record: of the result that the page is about.
    """

    name: str
    kind: str
    title: str
    summary: str
    url: str | None
    chapter: int | None = None
    parent: str | None = None
    record: Record | None = None


def of(app: Sphinx, pagename: str, context: dict[str, Any], doctree: nodes.document | None) -> PageInfo:
    """Describe a page that Sphinx is about to write."""
    base, suffix = app.config.html_baseurl, cast(StandaloneHTMLBuilder, app.builder).out_suffix
    title = html.unescape(re.sub(r"<[^>]+>", "", context.get("title") or ""))
    kind, chapter, parent = "page", None, None
    summary = first_sentences(doctree) if doctree is not None else ""
    if pagename == app.config.root_doc:
        kind = "book"
    elif match := _CHAPTER.fullmatch(pagename):
        chapter = int(match["number"])
        kind = "chapter" if match["name"] == "index" else "section"
        if kind == "section" and base:
            parent = address(base, f"{pagename.rpartition('/')[0]}/index{suffix}")
    return PageInfo(name=pagename, kind=kind, title=title, summary=summary, chapter=chapter, parent=parent,
                url=address(base, f"{pagename}{suffix}") if base else None)


def first_sentences(doctree: nodes.document) -> str:
    """The page's first paragraph of running text, cut at a sentence, or else a word, where a summary has to end."""
    for section in doctree.findall(nodes.section):
        for child in section.children:
            if isinstance(child, nodes.paragraph):
                return _cut(" ".join(child.astext().split()), SUMMARY)
    return ""


def _cut(text: str, limit: int) -> str:
    if len(text) <= limit:
        return text
    end = max(text.rfind(mark, 0, limit) for mark in (". ", "? ", "! "))
    return text[: end + 1] if end > 0 else text[:limit].rpartition(" ")[0] + " …"
