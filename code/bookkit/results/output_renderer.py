"""How outputs of cells become entries of their page, each read by its kind, and what stands in their place."""

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any, cast

from docutils import nodes
from myst_nb.core.render import MimeData, NbElementRenderer, get_mime_priority
from nbformat import NotebookNode
from sphinx.environment import BuildEnvironment

from bookkit.parts import embeds, output_files, page_text
from bookkit.parts.entries import UNRELEASED, Fault, Page, Place, slug
from bookkit.results.domain import domain_of
from bookkit.results.kind import Output, kinds
from evidence.results.keys import ABSENT

_UNSEEN = {"remove-output", "remove_output", "remove-cell", "remove_cell"}


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
        priority = get_mime_priority("html", env.config["nb_mime_priority_overrides"])
        number = 0
        for index, cell in enumerate(self.renderer.nb_client.notebook.cells):
            if cell.cell_type == "code":
                start, number = starts[index] if index < len(starts) else 0, number + 1
                reader.read(cell, start, containers.get(index))
                reader.see(cell, start, number, priority)
        for output in list(self.renderer.document.findall(nodes.container)):
            if output.get("nb_element") == "cell_code_output" and not output.children:
                output.parent.remove(output)


class _Reader:
    """Takes what one page's cells publish out of their outputs."""

    def __init__(self, docname: str, page: Page, source: Path, folder: Path):
        self.docname, self.page, self.folder = docname, page, folder
        self.lines = page_text.read(source).split("\n")

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

    def see(self, cell: NotebookNode, start: int, number: int, priority: Sequence[str]) -> None:
        """Note the outputs that a reader of the site will not see, unless the cell keeps them off the page."""
        if _UNSEEN & set(cell.metadata.get("tags", [])):
            return
        ours = {kind.key for kind in kinds() if kind.key} | {ABSENT}
        for output in cell.get("outputs", []):
            if output.output_type in ("display_data", "execute_result") and not ours & set(output.get("metadata", {})):
                for why in embeds.blanked(output.data, priority):
                    self.page.blank.append(Fault(docname=self.docname, line=max(start, 1), text=(
                        f"cell {number} shows {why}; show an image, a table or plain HTML, or tag it remove-output")))

    def _line(self, name: str, start: int) -> int:
        """The line that names an id, at or below the cell's fence; the fence if ids are made up as the cell runs."""
        for number, line in enumerate(self.lines[start:], start + 1):
            if re.search(rf"[\"']{re.escape(name)}[\"']", line):
                return number
            if line.startswith(("```", ":::")):
                break
        return max(start, 1)

