"""Ids in text: where a column is narrow, they break after their dots and nowhere inside a word."""

from docutils import nodes
from markupsafe import Markup, escape
from sphinx.application import Sphinx
from sphinx.writers.html5 import HTML5Translator


class Identifier(nodes.literal):
    """An id in a table; builders other than those of web pages write it as they write any literal."""


def breakable(name: str) -> Markup:
    """An id as HTML that browsers may break after each dot; copied, it is the id and nothing else."""
    return Markup("<wbr>").join(escape(part) for part in name.replace(".", ".\n").split("\n"))


def _visit(self: HTML5Translator, node: Identifier) -> None:
    self.body.append(f'<code class="docutils literal notranslate">{breakable(node.astext())}</code>')
    raise nodes.SkipNode


def setup(app: Sphinx) -> None:
    """Register the node."""
    app.add_node(Identifier, html=(_visit, None))
