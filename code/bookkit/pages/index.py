"""The index of results: tables that are complete without scripts, and that a script lets readers filter and sort.

A book has more results than one scrolls through: they are folded by chapter and by page, in the order of the book.
"""

from collections.abc import Mapping

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.builders import Builder
from sphinx.transforms.post_transforms import SphinxPostTransform
from sphinx.util.docutils import SphinxDirective

from bookkit.authoring.roles import result_uri
from bookkit.parts import table
from bookkit.parts.fold import Fold
from bookkit.parts.identifiers import Identifier
from bookkit.parts.nodes import ResultTable
from bookkit.parts.story import story_of
from bookkit.results.catalogue import Catalogue, catalogue
from bookkit.results.releases import drift
from evidence.records import Record, ci_text, n_text, value_text

_HEADS = ("Result", "Value", "95% interval", "Rests on", "Since release")
_WIDTHS = (41, 14, 17, 13, 15)
_CLASSES = ["bookkit-table", "results-table"]
_FOLD = "results-fold"
_NOWHERE = "On no page of this build"


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
    """The tables of this build's results, as seen from a page: by chapter where the book has some, and by page."""
    env, pages = builder.env, _by_page(builder, found)
    box = nodes.container("", classes=_CLASSES)
    for chapter, some in _by_chapter(builder, pages).items():
        parts = [_of_page(builder, found, here, page, pages[page]) for page in some]
        title = env.titles[chapter].astext() if chapter else "Other pages" if len(pages) > len(some) else ""
        box += [_fold(title, sum(len(pages[page]) for page in some), *parts)] if title else parts
    return box


def _by_page(builder: Builder, found: Catalogue) -> dict[str, dict[str, Record]]:
    """The records that each page publishes, in the order of the book; last, under "", those that none does."""
    pages: dict[str, dict[str, Record]] = {name: {} for name in [*builder.env.collect_relations(), ""]}
    for rid, record in found.records.items():
        publication = found.domain.results.get(rid)
        pages.setdefault(publication.place.docname if publication else "", {})[rid] = record
    return {name: records for name, records in pages.items() if records}


def _by_chapter(builder: Builder, pages: Mapping[str, Mapping[str, Record]]) -> dict[str, list[str]]:
    """Of each chapter, the pages that publish results; last, under "", those of no chapter."""
    story = story_of(builder.env)
    home = {name: chapter for chapter, spine in story.spine.items()
            for page in (chapter, *spine) for name in (page, *story.sides.get(page, ()))}
    chapters: dict[str, list[str]] = {chapter: [] for chapter in (*story.chapters, "")}
    for name in pages:
        chapters[home.get(name, "")].append(name)
    return {chapter: some for chapter, some in chapters.items() if some}


def _of_page(builder: Builder, found: Catalogue, here: str, name: str, records: Mapping[str, Record]) -> Fold:
    rows = [[*_cells(record, result_uri(builder, here, rid)), [nodes.paragraph("", drift(record, found.newest).kind)]]
            for rid, record in records.items()]
    parts: list[nodes.Node] = [table.build(_HEADS, rows, _WIDTHS, [])]
    title = builder.env.titles[name].astext() if name else _NOWHERE
    if name:
        page = nodes.reference("", title, internal=True, refuri=builder.get_relative_uri(here, name))
        parts.insert(0, nodes.paragraph("", "", nodes.Text("On the page "), page))
    return _fold(title, len(records), *parts)


def _fold(title: str, count: int, *parts: nodes.Node) -> Fold:
    return Fold("", *parts, summary=f"{title} ({count:,})", classes=[_FOLD])


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
