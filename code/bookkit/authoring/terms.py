"""Words of the glossary in running text: {term}`readout` is a link whose tooltip explains the word on the spot.

The glossary is Sphinx's own directive on a page of the book. The tooltip is written into the page, as those of cited
numbers are, so it opens on hover and on keyboard focus, and works without a script.
"""

from html import escape
from typing import Any

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment
from sphinx.transforms.post_transforms import SphinxPostTransform
from sphinx.writers.html5 import HTML5Translator

from bookkit.parts import tooltip
from bookkit.results.domain import WEB, domain_of

AFTER_REFERENCES = 15  # Sphinx resolves cross-references at 10


class TermLink(nodes.Inline, nodes.TextElement):
    """A word of the glossary on a web page: where it leads (`refuri`), its `meaning`, and the id of its `tip`."""


def meanings(env: BuildEnvironment) -> dict[str, str]:
    """What every glossary of the book says, by anchor."""
    pages = domain_of(env).pages
    return {anchor: text for name in sorted(pages) for anchor, text in pages[name].terms.items()}


class FillTerms(SphinxPostTransform):
    """Put the tooltips beside the links."""

    default_priority = AFTER_REFERENCES

    def run(self, **kwargs: Any) -> None:
        if self.app.builder.name not in WEB:
            return
        links = [node for node in self.document.findall(nodes.reference)
                 if any("std-term" in child["classes"] for child in node.children if isinstance(child, nodes.Element))]
        known = meanings(self.env) if links else {}
        for number, link in enumerate(links):
            uri = link.get("refuri") or f"#{link['refid']}"
            anchor = uri.rpartition("#")[2]
            if anchor in known:
                text = link.astext()
                link.replace_self(TermLink(text, text, refuri=uri, meaning=known[anchor], tip=f"{anchor}-tip-{number}"))


def _visit(self: HTML5Translator, node: TermLink) -> None:
    self.body.append(tooltip.link(node["refuri"], node["tip"], "term"))


def _depart(self: HTML5Translator, node: TermLink) -> None:
    self.body.append(tooltip.said(node["tip"], escape(node["meaning"])))


def setup(app: Sphinx) -> None:
    """Register the transform, and how its node is written."""
    app.add_node(TermLink, html=(_visit, _depart))
    app.add_post_transform(FillTerms)
