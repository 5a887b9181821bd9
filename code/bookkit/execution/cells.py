"""The code cells of a page, as MyST-NB reads them; what it would read wrongly is refused."""

import re
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from myst_nb.core.read import (
    MystMetadataParsingError,
    _LoadFileParsingError,
    is_myst_markdown_notebook,
    read_myst_markdown_notebook,
)
from sphinx.errors import ExtensionError

from bookkit.parts import page_text

LOAD = "load"
_OPTION = re.compile(r":?load:\s+(\S.*?)\s*$")


@dataclass(frozen=True)
class Cell:
    """A code cell: its source, the line of the page below its fence, and the name of the file its source is from."""

    source: str
    line: int
    loaded: str


def cells_of(path: Path, text: str) -> tuple[Cell, ...]:
    """The code cells of a page.

    Args:
        path: of the page.
        text: the page's source.

    Returns:
        In order; none for a page that is not executable.

    Raises:
        ExtensionError: the page cannot be cut into cells, or a cell takes its code from a file that cannot be read or
            that would hide what the cell holds itself. The message names the line.
    """
    if not is_myst_markdown_notebook(text):
        return ()
    return (_read.__wrapped__ if f"{LOAD}:" in text else _read)(path, text)


@lru_cache(maxsize=256)
def _read(path: Path, text: str) -> tuple[Cell, ...]:
    page_text.check_lines(path, text)
    try:
        notebook = read_myst_markdown_notebook(text, path=path, add_source_map=True)
    except _LoadFileParsingError:
        raise ExtensionError(_unreadable(path, text)) from None
    except MystMetadataParsingError as error:
        raise ExtensionError(f"{path}: {error}") from None
    starts = notebook.metadata["source_map"]
    found = tuple(Cell(source=cell.source, line=start + 1, loaded=str(cell.metadata.get(LOAD, "")))
                  for cell, start in zip(notebook.cells, starts, strict=True) if cell.cell_type == "code")
    for cell in found:
        if cell.source.startswith(page_text.MARK):
            raise ExtensionError(f"{path}:{cell.line}: expected :load: to name a file of code, got {cell.loaded}, with "
                                 "a byte-order mark; save it as UTF-8 without one")
        if cell.loaded and _holds_code(text.split("\n")[cell.line - 1:]):
            raise ExtensionError(f"{path}:{cell.line}: expected a cell with :load: {cell.loaded} to be empty, got code "
                                 "in it, which would never run")
    return found


def _unreadable(path: Path, text: str) -> str:
    for number, line in enumerate(text.split("\n"), 1):
        match = _OPTION.match(line)
        if match and not _is_text(path.parent / match[1]):
            return f"{path}:{number}: expected :load: to name a file of code, got {match[1]}, which cannot be read"
    return f"{path}: a cell loads a file that cannot be read"


def _is_text(path: Path) -> bool:
    try:
        path.read_text("utf-8")
    except (OSError, ValueError):
        return False
    return True


def _holds_code(lines: list[str]) -> bool:
    """Whether a cell has more than options; `lines` are those below its fence."""
    end = next((n for n, line in enumerate(lines) if re.match(r"\s*(`{3,}|~{3,}|:{3,})\s*$", line)), len(lines))
    body = lines[:end]
    if body and body[0].startswith("---"):
        close = next((n for n, line in enumerate(body[1:], 1) if line.startswith("---")), 0)
        body = body[close + 1:]
    return any(line.strip() and not re.match(r":[\w-]+:", line) for line in body)
