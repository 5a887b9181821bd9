"""How outputs of cells become entries of their page, each read by its kind, and what stands in their place."""

import re
from pathlib import Path
from typing import Any, cast

from docutils import nodes
from myst_nb.core.render import MimeData, NbElementRenderer
from nbformat import NotebookNode
from sphinx.environment import BuildEnvironment

from bookkit.parts import output_files
from bookkit.parts.entries import UNRELEASED, Fault, Page, Place, slug
from bookkit.results.domain import domain_of
from bookkit.results.kind import Output, kinds
from evidence.results.keys import ABSENT


class Renderer(NbElementRenderer):
    """MyST-NB's renderer, which also collects what travels in the metadata of outputs."""

    def render_mime_type(self, data: MimeData) -> list[nodes.Element]:
        """Show what a cell publishes as its kind has it, once, whatever the representations of the output."""
        for kind in kinds():
            if kind.key and kind.key in data.output_metadata:
                return kind.render(data.output_metadata[kind.key]) if data.mime_type == "text/plain" else []
        return super().render_mime_type(data)

    def render_nb_finalise(self, metadata: dict[str, Any]) -> None:
        """Collect what the page's cells published."""
        super().render_nb_finalise(metadata)
        env = cast(BuildEnvironment, self.renderer.sphinx_env)  # which only docutils alone would lack
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
    """Takes what one page's cells publish out of their outputs."""

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
            for kind in kinds():
                if not kind.key or kind.key not in metadata:
                    continue
                given = metadata[kind.key]
                name = str(given.get("id"))
                anchor = "" if container is None else f"at-{slug(name)}"
                place = Place(docname=self.docname, line=self._line(name, start), anchor=anchor)
                try:
                    entry = kind.read(Output(given=given, data=output.get("data", {}), cell=cell.source, place=place,
                                             folder=self.folder))
                except (ValueError, KeyError) as error:
                    text = f"the cell published something that is no {kind.key}: {error!s}"
                    self.page.faults.append(Fault(docname=self.docname, line=place.line, text=text))
                else:
                    self.page.publish(kind.name, entry)
                    if container is not None and anchor not in container["ids"]:
                        container["ids"].append(anchor)

    def _line(self, name: str, start: int) -> int:
        """The line that names an id, at or below the cell's fence; the fence if ids are made up as the cell runs."""
        for number, line in enumerate(self.lines[start:], start + 1):
            if re.search(rf"[\"']{re.escape(name)}[\"']", line):
                return number
            if line.startswith(("```", ":::")):
                break
        return max(start, 1)

