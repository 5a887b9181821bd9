"""Works that the text cites: a label such as [VSP+17] has a tooltip that says whose work it is, what, and where.

The labels and the page that lists the works are those of sphinxcontrib-bibtex. The tooltip opens on hover and on
keyboard focus, as those of cited numbers do; a finger follows the link to the list.
"""

import functools
from html import escape
from typing import Any, cast

from docutils import nodes
from pybtex.backends.plaintext import Backend
from pybtex.richtext import Text
from sphinx.application import Sphinx
from sphinx.transforms.post_transforms import SphinxPostTransform
from sphinx.writers.html5 import HTML5Translator
from sphinxcontrib.bibtex.domain import BibtexDomain

from bookkit.authoring.terms import AFTER_REFERENCES
from bookkit.parts import tooltip
from bookkit.results.domain import WEB

_LABEL = "bibtex-citation"
"""The class that sphinxcontrib-bibtex gives the brackets with their labels."""
_VENUES = ("journal", "booktitle", "publisher", "school", "institution", "howpublished")
"""Fields that say where a work came out, the one that says most first."""
_NAMED = 6
"""Authors who are named; of more than these, one fewer are."""


class WorkLink(nodes.Inline, nodes.TextElement):
    """A label on a web page: where it leads (`refuri`), the `work`, an entry of the list, and the id of its `tip`."""


class FillWorks(SphinxPostTransform):
    """Put the tooltips beside the labels."""

    default_priority = AFTER_REFERENCES

    def run(self, **kwargs: Any) -> None:
        if self.app.builder.name not in WEB:
            return
        links = [link for label in self.document.findall(nodes.inline) if _LABEL in label["classes"]
                 for link in label.findall(nodes.reference)]
        if not links:
            return
        listed = {one.citation_id: one.entry for one in cast(BibtexDomain, self.env.get_domain("cite")).citations}
        for number, link in enumerate(links):
            uri = link.get("refuri") or f"#{link['refid']}"
            name = uri.rpartition("#")[2]
            if name in listed:
                link.replace_self(WorkLink("", "", *link.children, refuri=uri, work=listed[name],
                                           tip=f"work-tip-{number}"))


def authors(people: list[Any]) -> str:
    """Name the authors of a work, at most some of them, each as `Ashish Vaswani`.

    Args:
        people: as pybtex has them, whose types say that they may be None.
    """
    names = [_plain(" ".join([*one.first_names, *one.middle_names, *one.prelast_names, *one.last_names,
                              *one.lineage_names])) for one in people]
    if names and names[-1] == "others":  # BibTeX's word for a list that goes on
        return f"{', '.join(names[:-1][:_NAMED - 1])} and others"
    if len(names) > _NAMED:
        return f"{', '.join(names[:_NAMED - 1])} and {len(names) - _NAMED + 1} others"
    return " and ".join([", ".join(names[:-1]), names[-1]] if len(names) > 1 else names)


def came_out(work: Any) -> str:
    """Where and when a work, an entry of pybtex, came out, such as `Computational Complexity, 1999`."""
    venue = next((_plain(work.fields[name]) for name in _VENUES if name in work.fields), "")
    if not venue and "eprint" in work.fields:
        venue = f"{work.fields.get('archiveprefix', '')} {work.fields['eprint']}".strip()
    return ", ".join(part for part in (venue, work.fields.get("year", "")) if part)


@functools.cache
def _plain(latex: str) -> str:
    # by the backend itself: under its name pybtex looks for it in every installed package, each time
    return str(Text.from_latex(latex).render(Backend()))


def _visit(self: HTML5Translator, node: WorkLink) -> None:
    self.body.append(tooltip.link(node["refuri"], node["tip"], "reference internal", around="cited-work"))


def _depart(self: HTML5Translator, node: WorkLink) -> None:
    work: Any = node["work"]
    said = [authors(work.persons.get("author") or work.persons.get("editor") or []), came_out(work)]
    lines = f"{escape(said[0])} <small>{escape(said[1])}</small>".strip()
    self.body.append(tooltip.said(node["tip"], f'<b>{escape(_plain(work.fields["title"]))}</b> {lines}'))


def setup(app: Sphinx) -> None:
    """Register the transform, and how its node is written."""
    app.add_node(WorkLink, html=(_visit, _depart))
    app.add_post_transform(FillWorks)
