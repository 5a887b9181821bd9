"""Results: a cell publishes a record, and stands over one line for it that other pages cite."""

from collections.abc import Iterable, Mapping
from typing import Any

from docutils import nodes

from bookkit.parts.entries import Publication
from bookkit.parts.fold import LINE
from bookkit.parts.nodes import ResultMark
from bookkit.results.catalogue import Catalogue
from bookkit.results.kind import Kind, Output
from evidence.records import Record, n_text
from evidence.results.keys import RESULT


class ResultKind(Kind):
    """Numbers with their records; how prose cites them is the affair of `bookkit.authoring.roles`."""

    name, key = "result", RESULT

    def read(self, output: Output) -> Publication:
        record = Record.from_json(output.given)
        if "." not in record.id:
            raise ValueError(f"expected a dotted id such as flip.large-32, got {record.id!r}")
        return Publication(record=record, place=output.place, cell=output.cell)

    def render(self, given: Mapping[str, Any]) -> list[nodes.Element]:
        try:
            record = Record.from_json(given)
        except ValueError:
            return []  # reported when the page's records are collected
        mark = ResultMark("", record.id, rid=record.id, part="rci", cell=True)
        rests = f", {n_text(record)}" if record.n is not None else ""
        paragraph = nodes.paragraph("", f"{record.title}: ", mark, nodes.Text(rests))
        return [nodes.container("", paragraph, classes=["output", LINE])]

    def carried(self, given: Mapping[str, Any]) -> Mapping[str, Any]:
        """The number, and the hash by which to find its record, which the site has."""
        return {name: given[name] for name in ("id", "value", "ci", "sha256") if name in given}

    def released(self, found: Catalogue) -> Iterable[str]:
        return found.records

    def freeze(self, found: Catalogue, folder: Any) -> list[dict[str, Any]]:
        return [{"record": one.record.to_json(), "page": one.place.docname, "line": one.place.line}
                for _, one in sorted(found.domain.results.items())]


KIND = ResultKind()
