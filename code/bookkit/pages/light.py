"""Light pages: the page of one number, without the theme and its list of chapters, styled by a small sheet of its own.

They take what metadata say, and the book's policy, as all other pages do.
"""

import dataclasses
import functools
import itertools
import json
from html import escape
from pathlib import Path
from typing import Any

import jinja2
from pygments import lex
from pygments.lexers.python import PythonLexer
from pygments.token import Comment, Keyword, String
from sphinx.application import Sphinx

from bookkit.metadata import csp, jsonld, tags
from bookkit.metadata.citation_file import Work
from bookkit.metadata.page_info import PageInfo
from bookkit.parts import addresses
from bookkit.parts.identifiers import breakable
from evidence.records import Record
from evidence.records.text import ranges_text, value_ci_text

FOLDER = Path(__file__).parents[1] / "templates"
TEMPLATES = jinja2.Environment(loader=jinja2.PackageLoader("bookkit", "templates"), autoescape=True, trim_blocks=True,
                               keep_trailing_newline=True, undefined=jinja2.StrictUndefined)
TEMPLATES.filters |= {"breakable": breakable, "seeds": ranges_text}
_SAID = ("description", "isAccessibleForFree", "measurementTechnique", "url")
"""What a description need not say: the record says it, which stands beside the page, or the page itself does."""
_COLOURED = ((Keyword, "k"), (String, "s"), (Comment, "c"))


@dataclasses.dataclass(frozen=True, kw_only=True)
class Around:
    """What stands around the content of a light page; addresses are relative to it."""

    root: str
    title: str
    book: str
    url: str
    icon: str
    tags: str
    banner: str
    front: str
    index: str
    body: str
    modules: tuple[str, ...]


def page(app: Sphinx, name: str, title: str, body: str, work: Work | None, record: Record | None = None,
         banner: str = "", version: str = "", modules: tuple[str, ...] = (), itself: bool = False) -> str:
    """A whole page.

    Args:
        app: the application.
        name: of the page, such as "results/flip.addressed/index".
        title: of the page.
        body: its content as HTML, one section with a heading.
        work: the book that it is a page of; None for one that says nothing of itself.
        record: that the page is about.
        banner: what stands above everything; empty for nothing.
        version: of the record, as its citation names it; that of the book if empty.
        modules: scripts that it loads as modules, below the site's static files.
        itself: whether its content says in schema.org's words what it is, so that its head need not.

    Returns:
        HTML, with the policy of the page.
    """
    builder: Any = app.builder
    base, root = app.config.html_baseurl, "../" * name.count("/")
    url = addresses.address(base, f"{name}.html") if base else None
    about = PageInfo(name=name, kind="result" if record else "page", title=title, summary="", url=url, record=record)
    around = Around(
        root=root, title=title, book=work.title if work else "", url=url or "", body=body, banner=banner,
        icon=f"_static/{Path(app.config.html_favicon).name}" if app.config.html_favicon else "",
        tags=_tags(work, about, base, version, itself) if work else "",
        front=builder.get_relative_uri(name, app.config.root_doc),
        index=builder.get_relative_uri(name, "results/index"), modules=modules)
    return csp.protect(TEMPLATES.get_template("bookkit-light.html").render(page=around), light=True)


def _tags(work: Work, about: PageInfo, base: str, version: str, itself: bool) -> str:
    """The tags of the head: what reference managers read, and search engines, unless the content says it `itself`."""
    if itself:
        return _cited(work, about)
    record, given = about.record, jsonld.describe(work, about, base, version)
    said = f"{value_ci_text(record)}; {record.method}" if record else given["description"]
    if record:
        given = _once(given)
    return "\n".join([f'<meta name="description" content="{escape(said)}">', _cited(work, about),
                      jsonld.script(given)])


def _cited(work: Work, about: PageInfo) -> str:
    """The tags that reference managers read, without what the page says anyway: its language and its address.

    The keywords of the book say nothing of one number.
    """
    return tags.highwire(dataclasses.replace(work, keywords=()), dataclasses.replace(about, url=None), language="")


def _once(given: dict[str, Any]) -> dict[str, Any]:
    """A result in schema.org's words, each said once: the book is described on its own pages."""
    measured = {name: given["variableMeasured"][name] for name in ("@type", "value", "minValue", "maxValue", "unitText")
                if name in given["variableMeasured"]}
    of = {name: given["isPartOf"][name] for name in ("@type", "@id", "name") if name in given["isPartOf"]}
    files = [one for one in given.get("distribution", ()) if one["encodingFormat"] == "application/json"]
    kept = {name: value for name, value in given.items() if name not in _SAID}
    return {**kept, "isPartOf": of, "variableMeasured": measured,
            **({"distribution": files} if files else {})}


@functools.cache  # many results come of one function, and of one cell
def highlighted(source: str, most: int) -> tuple[str, int]:
    """Python as HTML with few colours, which pages can afford.

    Args:
        source: the code.
        most: lines to show.

    Returns:
        A `<pre>` of its first lines, and how many are left out.
    """
    lines = source.rstrip().split("\n")
    marked = ((next((name for token, name in _COLOURED if kind in token), ""), escape(text, quote=False))
              for kind, text in lex("\n".join(lines[:most]), PythonLexer()))
    joined = ((mark, "".join(text for _, text in some)) for mark, some in itertools.groupby(marked, lambda one: one[0]))
    html = "".join(f'<span class="{mark}">{text}</span>' if mark else text for mark, text in joined)
    return f'<pre tabindex="0"><code>{html.rstrip()}</code></pre>', max(len(lines) - most, 0)


def described(app: Sphinx) -> dict[str, Any]:
    """What light pages depend on beside their content, for whoever keeps them."""
    names = ("bookkit-light", "bookkit-released", "bookkit-release-index", "bookkit-cite", "bookkit-provenance")
    texts = [(FOLDER / f"{name}.html").read_text("utf-8") for name in names]
    return {"templates": texts, "base": app.config.html_baseurl, "icon": app.config.html_favicon,
            "front": app.config.root_doc,
            "home": json.loads(app.config.bookkit_work or "{}").get("home", "")}
