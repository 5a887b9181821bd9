"""HTML that docutils or an extension writes in a way that browsers, validators or assistive technology object to."""

from html import escape
from typing import Any

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.transforms.post_transforms import SphinxPostTransform
from sphinx.writers.html5 import HTML5Translator

# The sections that sphinx-exercise puts around what it holds have the same names in every exercise of a page.
_REPEATED = {"exercise-content", "solution-content"}


class DropRepeatedNames(SphinxPostTransform):
    """Take those names away, which nothing refers to: a name may stand on a page once."""

    default_priority = 5

    def run(self, **kwargs: Any) -> None:
        for section in self.document.findall(nodes.section):
            section["ids"] = [name for name in section["ids"] if name not in _REPEATED]


def visit_citation(self: HTML5Translator, node: nodes.citation) -> None:
    """Open an entry of the bibliography: an item of a list, as "doc-biblioentry" is deprecated in ARIA."""
    if not isinstance(node.previous_sibling(), nodes.citation):
        self.body.append('<div role="list" class="citation-list">\n')
    self.body.append(self.starttag(node, "div", CLASS="citation", role="listitem"))


def depart_citation(self: HTML5Translator, node: nodes.citation) -> None:
    """Close an entry, and after the last one the list."""
    self.body.append("</div>\n")
    if not isinstance(node.next_node(descend=False, siblings=True), nodes.citation):
        self.body.append("</div>\n")


def title_of_search(app: Sphinx, pagename: str, template: str, context: dict[str, Any],
                    doctree: nodes.document | None) -> None:
    """Give the search page a title of its own: the theme would put the book's there as if it were HTML."""
    if pagename == "search":
        context["title"] = escape(context["docstitle"])


def setup(app: Sphinx) -> None:
    app.connect("html-page-context", title_of_search)
    app.add_post_transform(DropRepeatedNames)
    app.add_node(nodes.citation, override=True, html=(visit_citation, depart_citation))
