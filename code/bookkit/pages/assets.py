"""Styles and the script of the pages that show results; the script goes only where it has something to do."""

from pathlib import Path
from typing import Any

from docutils import nodes
from sphinx.application import Sphinx

from bookkit.results.domain import domain_of

STATIC = Path(__file__).parents[1] / "static"


def _copy(app: Sphinx) -> None:
    app.config.html_static_path = [*app.config.html_static_path, str(STATIC)]


def _load(app: Sphinx, pagename: str, template: str, context: dict[str, Any], doctree: nodes.document | None) -> None:
    if pagename.startswith("results/") or domain_of(app.env).pages.get(pagename):
        app.add_js_file("bookkit.js", loading_method="defer")


def setup(app: Sphinx) -> None:
    """Register styles and script."""
    app.add_css_file("bookkit.css")
    app.connect("builder-inited", _copy)
    app.connect("html-page-context", _load)
