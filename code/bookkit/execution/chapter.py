"""A chapter: an executable page, read the way MyST-NB is going to read it.

Execution ahead of Sphinx's own reading only works if both see the same notebook, down to its metadata, since that is
what the cache of executed notebooks is keyed by. Everything that depends on it is kept here.
"""

import dataclasses
from pathlib import Path

from myst_nb.core.config import NbParserConfig
from myst_nb.core.nb_to_tokens import nb_node_to_dict
from myst_nb.core.read import create_nb_reader
from nbformat import NotebookNode
from sphinx.application import Sphinx
from sphinx.errors import ConfigError

from bookkit.execution.cells import LOAD


@dataclasses.dataclass(frozen=True, kw_only=True)
class Chapter:
    """An executable page: its name, its file and the notebook in it."""

    docname: str
    path: Path
    text: str
    notebook: NotebookNode
    config: NbParserConfig

    @property
    def code_cells(self) -> list[NotebookNode]:
        return [cell for cell in self.notebook.cells if cell.cell_type == "code"]

    def number(self, index: int) -> int:
        """The number of a cell among the code cells, from 1; `index` counts prose too, from 0."""
        return sum(cell.cell_type == "code" for cell in self.notebook.cells[: index + 1])

    def place(self, index: int, line: int = 1) -> str:
        """File and line, from 1, of a line of a cell's source: in the page, or where the cell takes its code from."""
        if loaded := self.notebook.cells[index].metadata.get(LOAD):
            return f"{self.path.parent / loaded}:{line}"
        fence = self.notebook.metadata["source_map"][index]
        first = self.notebook.cells[index].source.split("\n")[0]
        lines = self.text.split("\n")
        # between the fence and the source stand the cell's options
        start = next((n for n, found in enumerate(lines[fence:], fence) if found == first), fence)
        return f"{self.path}:{start + line}"


def parse(app: Sphinx, docname: str, text: str) -> Chapter | None:
    """Read a page as MyST-NB does.

    Args:
        app: the application, with its environment.
        docname: the page's name.
        text: the page's source, as the handlers of `source-read` left it.

    Returns:
        The chapter, or None for a page that has no code to run, or that says `mystnb: {execution_mode: "off"}`.

    Raises:
        ConfigError: the page is kept in a format, or the book in an execution mode, that could go stale unnoticed.
    """
    path = Path(app.env.doc2path(docname))
    config = app.env.mystnb_config
    reader = create_nb_reader(str(path), app.env.myst_config, config, text)
    if reader is None:
        return None
    if path.suffix != ".md":
        raise ConfigError(f"expected chapters as MyST Markdown (.md), got {path}: its outputs could go stale unnoticed")
    notebook = reader.read(text)
    overrides = nb_node_to_dict(notebook.metadata.get(config.metadata_key, {}))
    config = config.copy(**{key: value for key, value in overrides.items() if key != "output_folder"})
    if config.execution_mode == "off":
        return None
    if config.execution_mode != "cache":
        raise ConfigError(f"expected execute_notebooks: cache (or off), got {config.execution_mode} for {docname}")
    return Chapter(docname=docname, path=path, text=text, notebook=notebook, config=config)
