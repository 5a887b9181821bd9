"""Pages and their sources, each written whole or not at all; what the disk refuses fails the build.

Sphinx opens a page and writes it, so that whoever dies on the way leaves half of it, and it reports a full disk as a
warning and goes on. Here Sphinx renders into nothing, and what it rendered is put into place.
"""

import errno
import logging
import os
from pathlib import Path
from typing import Any
from weakref import WeakKeyDictionary

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.builders.html import StandaloneHTMLBuilder
from sphinx.errors import ExtensionError

from bookkit.parts import site_file
from bookkit.results.domain import WEB

SOURCES = "_sources"


class _Rendered:
    """The templates of a builder, with the last page that they made."""

    def __init__(self, templates: Any) -> None:
        self._templates = templates
        self.text: str | None = None

    def render(self, template: str, context: dict[str, Any]) -> str:
        self.text = self._templates.render(template, context)
        return self.text

    def __getattr__(self, name: str) -> Any:
        return getattr(self._templates, name)


class _Refused(logging.Handler):
    """Collects the warnings by which Sphinx reports that a file could not be written or copied."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.said: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        given = record.args if isinstance(record.args, tuple) else ()
        if any(isinstance(one, OSError) and one.errno != errno.ENOENT for one in given):
            self.said.append(record.getMessage())


_REFUSED: WeakKeyDictionary[Sphinx, _Refused] = WeakKeyDictionary()


def source_of(builder: StandaloneHTMLBuilder, docname: str) -> Path:
    """Where a site has the source of a page."""
    path, suffix = Path(builder.env.doc2path(docname)), builder.config.html_sourcelink_suffix
    ending = path.suffix if path.suffix == suffix else f"{path.suffix}{suffix}"
    return Path(builder.outdir, SOURCES, f"{docname}{ending}")


def _start(app: Sphinx) -> None:
    if app.builder.name not in WEB:
        return
    builder: Any = app.builder
    rendered, handle, copies = _Rendered(builder.templates), builder.handle_page, builder.copysource
    builder.templates, builder.copysource = rendered, False

    def handle_page(pagename: str, addctx: dict[str, Any], templatename: str = "page.html",
                    outfilename: str | None = None, event_arg: nodes.document | None = None) -> None:
        rendered.text = None
        handle(pagename, addctx, templatename, os.devnull, event_arg)
        if rendered.text is None:
            raise ExtensionError(f"the page {pagename} could not be rendered, see the warning above")
        content = rendered.text.encode(app.config.html_output_encoding, "xmlcharrefreplace")
        page = Path(outfilename or builder.get_outfilename(pagename))
        site_file.put(page, content)
        if pagename in builder.env.found_docs:
            # Sphinx writes pages that are older than their source or a template: after a checkout, which renews every
            # date, a page that stays as it was would be written by each build from then on.
            os.utime(page)
        if copies and addctx.get("sourcename"):
            site_file.copy(Path(app.env.doc2path(pagename)), source_of(builder, pagename))

    builder.handle_page = handle_page
    _REFUSED[app] = _Refused()
    logging.getLogger("sphinx").addHandler(_REFUSED[app])


def _finish(app: Sphinx, exception: Exception | None) -> None:
    if refused := _REFUSED.get(app):
        logging.getLogger("sphinx").removeHandler(refused)
        if exception is None and refused.said:
            raise ExtensionError("\n".join(["the site is not complete:", *refused.said]))


def setup(app: Sphinx) -> None:
    """Take over the writing of pages."""
    app.connect("builder-inited", _start, priority=900)
    app.connect("build-finished", _finish, priority=1)
