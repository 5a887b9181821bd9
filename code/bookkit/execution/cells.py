"""The code cells of a page, and the files that they say they read.

A cell can take its code from a file (`:load: x.py`), run one (`%run x.py`), import one that lies beside the page, or
open one. Where the text of the cell names such a file, its content is part of what the cell's outputs depend on. A
name that is put together as the cell runs cannot be seen.
"""

import ast
import hashlib
import os
import re
import shlex
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from IPython.core.inputtransformer2 import TransformerManager
from myst_nb.core.read import (
    MystMetadataParsingError,
    _LoadFileParsingError,
    is_myst_markdown_notebook,
    read_myst_markdown_notebook,
)
from sphinx.errors import ExtensionError

from bookkit.parts import page_text
from evidence.provenance import source

LOAD = "load"
_OPTION = re.compile(r":?load:\s+(\S.*?)\s*$")
_NOTHING = ast.Module(body=[], type_ignores=[])
_LONGEST = 500  # characters of a text that may be the name of a file


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


def imports(sources: Iterable[str]) -> set[str]:
    """The names that pieces of code import, as `evidence.provenance.source.imports_of` gives them."""
    return {name for code in sources for name in _imports(code)}


def files(path: Path, cells: Iterable[Cell]) -> dict[str, Path]:
    """The files beside a page, or anywhere, that its cells name.

    Args:
        path: of the page, in whose folder its cells run.
        cells: as `cells_of` gives them.

    Returns:
        By the name that a cell gives; only regular files that are there.

    Raises:
        ExtensionError: a cell asks for `%load`, which shows code to a person and runs nothing.
    """
    for cell in cells:
        for node in ast.walk(_tree(cell.source) or _NOTHING):
            if _magic(node) == LOAD:
                raise ExtensionError(f"{path}:{cell.line}: expected code that runs, got %load, which runs nothing; "
                                     "take code from a file by the option :load: of the cell")
    return {name: path.parent / name for name in names(cells) if is_file(path.parent, name)}


def names(cells: Iterable[Cell]) -> set[str]:
    """What cells name that may be a file or, beside the page, a module."""
    found = set()
    for cell in cells:
        found |= {name for node in ast.walk(_tree(cell.source) or _NOTHING) for name in _names(node)}
        found |= {cell.loaded} - {""}
        for top in {name.partition(".")[0] for name in _imports(cell.source)}:
            found |= {f"{top}.py", f"{top}/__init__.py"}
    return {name for name in found if len(name) <= _LONGEST and "\n" not in name and "\0" not in name}


def beside(path: Path, imported: Iterable[str]) -> list[str]:
    """The imports that find a module in the folder of the page, where its cells run."""
    tops = {name: name.partition(".")[0] for name in imported}
    there = {top for top in tops.values() if (path.parent / f"{top}.py").is_file()
             or (path.parent / top / "__init__.py").is_file()}
    return sorted(name for name, top in tops.items() if top in there)


def is_file(folder: Path, name: str) -> bool:
    """Whether a name, as seen from a folder, is that of a regular file."""
    return os.path.isfile(folder / name)


def content(file: Path) -> str:
    """The hash of a file."""
    with file.open("rb") as opened:
        return hashlib.file_digest(opened, "sha256").hexdigest()


def _tree(code: str) -> ast.Module | None:
    try:
        return ast.parse(TransformerManager().transform_cell(code))
    except (SyntaxError, ValueError):
        return None  # running the cell will say so, with its page and line


def _imports(code: str) -> Iterable[str]:
    try:
        return source.imports_of(TransformerManager().transform_cell(code))
    except SyntaxError:
        return ()  # running the cell will say so


def _names(node: ast.AST) -> Iterator[str]:
    """What an expression of a cell may name: its text, a path put together of texts, the words of a command."""
    if isinstance(node, (ast.Constant, ast.BinOp, ast.Call)) and (text := _folded(node)):
        yield text
    if isinstance(node, ast.Call) and _is_shell(node.func):
        for given in node.args:
            if isinstance(given, ast.Constant) and isinstance(given.value, str):
                try:
                    yield from shlex.split(given.value)
                except ValueError:
                    yield from given.value.split()


def _folded(node: ast.AST) -> str:
    """A path whose parts are all written out; empty for anything else."""
    if isinstance(node, ast.Constant):
        return node.value if isinstance(node.value, str) else ""
    if isinstance(node, ast.BinOp) and isinstance(node.op, (ast.Div, ast.Add)):
        parts, between = [node.left, node.right], "/" if isinstance(node.op, ast.Div) else ""
    elif isinstance(node, ast.Call) and _last(node.func) in ("Path", "PurePath", "join", "joinpath"):
        receiver = node.func.value if _last(node.func) == "joinpath" and isinstance(node.func, ast.Attribute) else None
        parts, between = [*([receiver] if receiver else []), *node.args], "/"
    else:
        return ""
    texts = [_folded(part) for part in parts]
    return between.join(texts) if all(texts) else ""


def _magic(node: ast.AST) -> str:
    """The name of the line magic that a call runs; empty for another call."""
    if isinstance(node, ast.Call) and _last(node.func) == "run_line_magic" and node.args:
        return _folded(node.args[0])
    return ""


def _is_shell(function: Any) -> bool:
    return (isinstance(function, ast.Attribute) and isinstance(function.value, ast.Call)
            and _last(function.value.func) == "get_ipython")


def _last(function: Any) -> str:
    return getattr(function, "attr", getattr(function, "id", ""))
