"""Formulae: only a page that shows some fetches what sets them.

Sphinx has a page fetch it too if one of the pages below it in the table of contents has a formula, so that the front
page would for all others.
"""

from typing import Any

from docutils import nodes
from sphinx.application import Sphinx


def _drop(app: Sphinx, pagename: str, template: str, context: dict[str, Any], doctree: nodes.document | None) -> None:
    shown = doctree is not None and any(doctree.findall(lambda node: isinstance(node, (nodes.math, nodes.math_block))))
    path = app.config.mathjax_path
    if path and not shown:
        context["script_files"][:] = [one for one in context["script_files"]
                                      if not str(getattr(one, "filename", one)).endswith(path)]


def setup(app: Sphinx) -> None:
    """Look at pages once Sphinx has said what they fetch, and before their policies name it."""
    app.connect("html-page-context", _drop, priority=900)
