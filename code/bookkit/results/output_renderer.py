"""How outputs of cells become pages: results turn into citable lines, figures wait for their exhibit."""

import base64
import re
from binascii import Error as Base64Error
from pathlib import Path
from typing import Any

from docutils import nodes
from myst_nb.core.render import MimeData, NbElementRenderer
from nbformat import NotebookNode

from bookkit.parts import output_files, svg
from bookkit.parts.entries import (
    FILES,
    UNRELEASED,
    Explorable,
    Fault,
    Figure,
    Page,
    Place,
    Publication,
    slug,
)
from bookkit.parts.fold import LINE
from bookkit.parts.nodes import ResultMark
from bookkit.results.domain import domain_of
from evidence.records import Record, check_id, n_text
from evidence.results.keys import ABSENT, EXPLORABLE, FIGURE, RESULT

_FILE = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*\.(json|bin)")


class Renderer(NbElementRenderer):
    """MyST-NB's renderer, which also collects the records that travel in the metadata of outputs."""

    def render_mime_type(self, data: MimeData) -> list[nodes.Element]:
        """Show a published result as one line, and figures and explorables not at all: their directives do."""
        if FIGURE in data.output_metadata or EXPLORABLE in data.output_metadata:
            return []
        if RESULT in data.output_metadata:
            return _line(data.output_metadata[RESULT]) if data.mime_type == "text/plain" else []
        return super().render_mime_type(data)

    def render_nb_finalise(self, metadata: dict[str, Any]) -> None:
        """Collect what the page's cells published."""
        super().render_nb_finalise(metadata)
        env = self.renderer.sphinx_env
        reader = _Reader(docname=env.docname, page=domain_of(env).page(env.docname),
                         source=Path(env.doc2path(env.docname)), folder=output_files.folder(env))
        containers = {node["cell_index"]: node for node in self.renderer.document.findall(nodes.container)
                      if node.get("nb_element") == "cell_code"}
        starts = metadata.get("source_map", [])
        for index, cell in enumerate(self.renderer.nb_client.notebook.cells):
            if cell.cell_type == "code":
                reader.read(cell, starts[index] if index < len(starts) else 0, containers.get(index))
        for output in list(self.renderer.document.findall(nodes.container)):
            if output.get("nb_element") == "cell_code_output" and not output.children:
                output.parent.remove(output)


class _Reader:
    """Takes records, figures and explorables out of one page's cells."""

    def __init__(self, docname: str, page: Page, source: Path, folder: Path):
        self.docname, self.page, self.folder = docname, page, folder
        self.lines = source.read_text("utf-8").split("\n")

    def read(self, cell: NotebookNode, start: int, container: nodes.container | None) -> None:
        for output in cell.get("outputs", []):
            metadata = output.get("metadata", {})
            self.page.unreleased |= UNRELEASED in metadata
            if ABSENT in metadata:
                self.page.absent |= dict.fromkeys(metadata[ABSENT]["ids"], metadata[ABSENT]["why"])
                self.page.again |= metadata[ABSENT]["again"]
            for kind, add in ((RESULT, self._result), (FIGURE, self._figure), (EXPLORABLE, self._explorable)):
                if kind not in metadata:
                    continue
                given = metadata[kind]
                name = str(given.get("id"))
                anchor = "" if container is None else f"at-{slug(name)}"
                place = Place(docname=self.docname, line=self._line(name, start), anchor=anchor)
                try:
                    add(given, output, place, cell)
                except (ValueError, KeyError, Base64Error) as error:
                    text = f"the cell published something that is no {kind}: {error!s}"
                    self.page.faults.append(Fault(docname=self.docname, line=place.line, text=text))
                else:
                    if container is not None and anchor not in container["ids"]:
                        container["ids"].append(anchor)

    def _result(self, given: dict[str, Any], output: NotebookNode, place: Place, cell: NotebookNode) -> None:
        record = Record.from_json(given)
        if "." not in record.id:
            raise ValueError(f"expected a dotted id such as flip.large-32, got {record.id!r}")
        self.page.results.append(Publication(record=record, place=place, cell=cell.source))

    def _figure(self, given: dict[str, Any], output: NotebookNode, place: Place, cell: NotebookNode) -> None:
        fid, files = check_id(given["id"]), dict(given["files"])
        contents = {"svg": output["data"]["image/svg+xml"].encode("utf-8"), "csv": files["csv"].encode("utf-8"),
                    "pdf": base64.b64decode(files["pdf"]), "png": base64.b64decode(files["png"])}
        svg.inline(output["data"]["image/svg+xml"], fid, "")  # what is no drawing is refused here, not while writing
        kept = {kind: output_files.put(self.folder, contents[kind], kind) for kind in FILES}
        # releases 0.1.0 and 0.2.0 have addresses alone, and no modules
        runs = tuple(run if isinstance(run, str) else run["address"] for run in given["runs"])
        self.page.figures.append(Figure(id=fid, place=place, files=kept, runs=runs,
                                        modules=tuple(given.get("modules", ()))))

    def _explorable(self, given: dict[str, Any], output: NotebookNode, place: Place, cell: NotebookNode) -> None:
        eid, module = check_id(given["id"]), given["module"]
        for name in (f"{module}.json", *given["files"]):
            if not _FILE.fullmatch(name):
                raise ValueError(f"expected a name such as data.json or weights.bin, got {name!r}")
        kept = {name: output_files.put(self.folder, base64.b64decode(content), name.rpartition(".")[2])
                for name, content in given["files"].items()}
        self.page.explorables.append(Explorable(id=eid, place=place, module=module, files=kept))

    def _line(self, name: str, start: int) -> int:
        """The line that names an id, at or below the cell's fence; the fence if ids are made up as the cell runs."""
        for number, line in enumerate(self.lines[start:], start + 1):
            if re.search(rf"[\"']{re.escape(name)}[\"']", line):
                return number
            if line.startswith(("```", ":::")):
                break
        return max(start, 1)


def _line(given: dict[str, Any]) -> list[nodes.Element]:
    try:
        record = Record.from_json(given)
    except ValueError:
        return []  # reported when the page's records are collected
    mark = ResultMark("", record.id, rid=record.id, part="rci", cell=True)
    rests = f", {n_text(record)}" if record.n is not None else ""
    paragraph = nodes.paragraph("", f"{record.title}: ", mark, nodes.Text(rests))
    return [nodes.container("", paragraph, classes=["output", LINE])]
