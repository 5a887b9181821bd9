"""Findings on the front page: `{finding} fig.front-depth` shows a figure of any page, a sentence, and the way there.

A cell of the page that owns the numbers publishes the figure; the finding shows it once more, or in the one place that
it has. It has no number, for it is no exhibit: its text says what was found, and links to where it was.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from docutils import nodes
from docutils.parsers.rst import directives
from sphinx.addnodes import pending_xref
from sphinx.application import Sphinx
from sphinx.transforms.post_transforms import SphinxPostTransform
from sphinx.util.docutils import SphinxDirective

from bookkit.kinds import figure
from bookkit.parts.entries import Fault, Page, Place, Words, slug
from bookkit.parts.nodes import Described
from bookkit.prose import alt
from bookkit.prose.prose import Source, line_of
from bookkit.results.catalogue import Catalogue, catalogue
from bookkit.results.faults import missing
from bookkit.results.pictured import PicturedKind, lacks

NAME = "finding"


@dataclass(frozen=True, kw_only=True)
class Finding:
    """A figure that the text shows as a finding, with its alternative text."""

    id: str
    place: Place
    alt: Words


class FindingArt(Described):
    """The picture of the finding `fid`, with its `alt`."""


class FindingKind(PicturedKind):
    """Findings, which no cell publishes: their figures are those of other pages."""

    name = NAME

    def collect(self, into: Page, docname: str, document: nodes.document, source: Source) -> None:
        for art in document.findall(FindingArt):
            fid, box = art["fid"], art.parent
            line = source.nearest(line_of(art), f"{{{NAME}}} {fid}")
            linked = any(True for _ in box.findall(lambda node: isinstance(node, (pending_xref, nodes.reference))))
            into.faults += lacks(docname, line, f"{NAME} {fid!r}", art["alt"], (
                (len(box.children) < 2, "a sentence that says what was found, its text"),
                (not linked, "a link in its text to the page that has it in full")))
            place = Place(docname=docname, line=line, anchor=box["ids"][0])
            into.place(NAME, Finding(id=fid, place=place, alt=alt.pieces(art["alt"])))

    def faults(self, found: Catalogue) -> Iterator[Fault]:
        known = figure.files_of(found)
        for finding in found.domain.places(NAME):
            if finding.id not in known:
                yield from missing(found, finding.place, figure.NAME, finding.id, known)

    def shown(self, page: Page, found: Catalogue) -> Any:
        return figure.names_of(found, page.placed.get(NAME, ()))


KIND = FindingKind()


class FindingDirective(SphinxDirective):
    """A published figure as a finding: `:alt:` describes the picture, the content says what was found and links."""

    required_arguments = 1
    has_content = True
    option_spec = {"alt": directives.unchanged}  # noqa: RUF012 (docutils' interface)

    def run(self) -> list[nodes.Node]:
        fid = self.arguments[0].strip()
        box = nodes.container(classes=["finding"], ids=[nodes.make_id(f"finding-{fid}")])
        art = FindingArt(fid=fid, alt=" ".join(self.options.get("alt", "").split()))
        for node in (box, art):
            self.set_source_info(node)
        box += art
        self.state.nested_parse(self.content, self.content_offset, box)
        if len(box.children) > 1:
            box += figure.Files(fid=fid)
        return [box]


class FillFindings(SphinxPostTransform):
    """Draw the pictures of findings; their downloads are filled in with those of exhibits."""

    default_priority = 5

    def run(self, **kwargs: Any) -> None:
        for art in list(self.document.findall(FindingArt)):
            spoken = catalogue(self.env).say(alt.pieces(art["alt"]))
            art.replace_self(figure.drawn(self.env, art["fid"], spoken, f"{slug(art['fid'])}_finding"))


def setup(app: Sphinx) -> None:
    """Register the directive."""
    app.add_directive(NAME, FindingDirective)
    app.add_post_transform(FillFindings)
