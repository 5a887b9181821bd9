"""The index of results: a table that is complete without scripts, and that a script lets readers filter and sort."""

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.builders import Builder
from sphinx.transforms.post_transforms import SphinxPostTransform
from sphinx.util.docutils import SphinxDirective

from bookkit.authoring.roles import result_uri
from bookkit.parts import table
from bookkit.parts.identifiers import Identifier
from bookkit.parts.nodes import ResultTable
from bookkit.results.catalogue import Catalogue, catalogue
from bookkit.results.releases import drift
from evidence.records import Record, ci_text, n_text, value_text

_HEADS = ("Result", "Value", "95% interval", "Rests on", "Page", "Since release")
_WIDTHS = (36, 12, 16, 12, 13, 11)
_CLASSES = ["bookkit-table", "results-table"]


def of_build(builder: Builder, found: Catalogue) -> nodes.section:
    """The index page of this build."""
    here = "results/index"
    lead = (f"{len(found.records)} results. Each was computed by the build that wrote this page, and each has a page "
            "that says from what, how to compute it again, and how to cite it.")
    section = _section("Results", lead, here, builder, "index.json")
    section += of_results(builder, found, here)
    for release in found.releases:
        uri = builder.get_relative_uri(here, f"results/v/{release.version}/index")
        section += nodes.paragraph("", "", nodes.reference(
            "", f"Results of version {release.version}, as released", internal=True, refuri=uri))
    return section


def of_results(builder: Builder, found: Catalogue, here: str) -> nodes.container:
    """The table of this build's results, as seen from a page."""
    rows = []
    for rid, record in found.records.items():
        publication = found.domain.results.get(rid)
        page: nodes.Node = nodes.Text("")
        if publication:
            place = publication.place
            uri = builder.get_relative_uri(here, place.docname) + (f"#{place.anchor}" if place.anchor else "")
            title = builder.env.titles[place.docname].astext()
            page = nodes.reference("", title, internal=True, refuri=uri)
        moved = drift(record, found.newest)
        rows.append([*_cells(record, result_uri(builder, here, rid)), [nodes.paragraph("", "", page)],
                     [nodes.paragraph("", moved.kind)]])
    return table.build(_HEADS, rows, _WIDTHS, _CLASSES)


def _section(title: str, lead: str, here: str, builder: Builder, data: str) -> nodes.section:
    section = nodes.section("", nodes.title("", title), ids=["results"])
    link = nodes.reference("", data, internal=True, refuri=data)
    section += nodes.paragraph("", "", nodes.Text(f"{lead} For programs: "), link, nodes.Text("."))
    return section


def _cells(record: Record, uri: str) -> list[table.Cell]:
    title: nodes.Node = nodes.Text(record.title)
    if uri:
        title = nodes.reference("", record.title, internal=True, refuri=uri)
    texts = [value_text(record), ci_text(record), n_text(record) if record.n is not None else "—"]
    return [[nodes.paragraph("", "", title), nodes.paragraph("", "", Identifier("", record.id))],
            *([nodes.paragraph("", text)] for text in texts)]


class ResultsDirective(SphinxDirective):
    """The table of all results, in a page of the book."""

    def run(self) -> list[nodes.Node]:
        return [ResultTable()]


class FillTable(SphinxPostTransform):
    """Write the table when all pages have been read."""

    default_priority = 5

    def run(self, **kwargs: object) -> None:
        for node in list(self.document.findall(ResultTable)):
            node.replace_self(of_results(self.app.builder, catalogue(self.env), self.env.docname))


def setup(app: Sphinx) -> None:
    """Register the directive."""
    app.add_directive("results", ResultsDirective)
    app.add_post_transform(FillTable)
