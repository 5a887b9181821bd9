"""What the code of a page says that it reads: files, modules beside the page, variables of the environment.

A cell can take its code from a file (`:load: x.py`), run one (`%run x.py`), import one that lies beside the page, or
open one. Where the text of the cell names such a file, its content is part of what the cell's outputs depend on, and
what a file of Python names is too. A name that is put together as the cell runs cannot be seen.
"""

import ast
import hashlib
import os
import shlex
from collections.abc import Iterable, Iterator
from functools import lru_cache
from pathlib import Path
from typing import Any

from IPython.core.inputtransformer2 import TransformerManager
from sphinx.errors import ExtensionError

from bookkit.execution.cells import LOAD, Cell
from bookkit.parts import page_text
from evidence.provenance import source

_NOTHING = ast.Module(body=[], type_ignores=[])
_LONGEST = 500  # characters of a text that may be the name of a file


def imports(sources: Iterable[str]) -> set[str]:
    """The names that pieces of code import, as `evidence.provenance.source.imports_of` gives them."""
    return {name for code in sources for name in _imports(code)}


def files(path: Path, cells: Iterable[Cell]) -> dict[str, Path]:
    """The files beside a page, or anywhere, that its cells name.

    Args:
        path: of the page, in whose folder its cells run.
        cells: as `cells_of` gives them.

    Returns:
        By the name that a cell gives, or, where a file of Python gives it, by its path from the page; only regular
        files that are there.

    Raises:
        ExtensionError: a cell asks for `%load`, which shows code to a person and runs nothing.
    """
    for cell in cells:
        for node in ast.walk(_tree(cell.source) or _NOTHING):
            if _magic(node) == LOAD:
                raise ExtensionError(f"{path}:{cell.line}: expected code that runs, got %load, which runs nothing; "
                                     "take code from a file by the option :load: of the cell")
    found = {name: path.parent / name for name in names(cells) if is_file(path.parent, name)}
    waiting = [file for file in found.values() if file.suffix == ".py"]
    seen = {os.path.realpath(file) for file in found.values()}
    while waiting:
        file = waiting.pop()
        for name in names([python(file)]):
            for folder in (path.parent, file.parent):  # where cells run, and what `__file__` leads to
                if is_file(folder, name) and (real := os.path.realpath(folder / name)) not in seen:
                    seen.add(real)
                    found[os.path.relpath(folder / name, path.parent)] = folder / name
                    waiting += [folder / name] * name.endswith(".py")
    return found


def data_of(module: Path) -> dict[str, Path]:
    """The files that a module of the book names and that lie in its folder or below; modules are none of them.

    Args:
        module: its file.

    Returns:
        By name.
    """
    named = _named_in(module.read_text("utf-8", errors="replace"))
    return {name: module.parent / name for name in sorted(named) if not name.endswith(".py")
            and not os.path.isabs(name) and is_file(module.parent, name)}


def below(root: Path) -> list[Path]:
    """The files of the book's code, and those that lie among them."""
    return [Path(folder, name) for folder, _, files in sorted(os.walk(root)) if "__pycache__" not in Path(folder).parts
            for name in sorted(files) if is_file(Path(folder), name)]


@lru_cache(maxsize=1024)
def _named_in(text: str) -> frozenset[str]:
    try:
        return _possible({name for node in ast.walk(ast.parse(text)) for name in _names(node)})
    except (SyntaxError, ValueError):
        return frozenset()


def _possible(names: set[str]) -> frozenset[str]:
    return frozenset(name for name in names if len(name) <= _LONGEST and "\n" not in name and "\0" not in name)


def python(file: Path) -> Cell:
    """A file of Python, as if a cell held its text."""
    return Cell(source=file.read_text("utf-8", errors="replace"), line=1, loaded="")


def names(cells: Iterable[Cell]) -> set[str]:
    """What cells name that may be a file or, beside the page, a module."""
    found = set()
    for cell in cells:
        found |= {name for node in ast.walk(_tree(cell.source) or _NOTHING) for name in _names(node)}
        found |= {cell.loaded} - {""}
        for parts in (name.split(".") for name in _imports(cell.source)):
            for place in ("/".join(parts[:end]) for end in range(1, len(parts) + 1)):
                found |= {f"{place}.py", f"{place}/__init__.py"}
    return set(_possible(found))


def variables(cells: Iterable[Cell]) -> set[str]:
    """The variables of the environment that cells name: in `os.environ["X"]`, `os.getenv("X")` and so on."""
    found = set()
    for node in (node for cell in cells for node in ast.walk(_tree(cell.source) or _NOTHING)):
        if isinstance(node, ast.Subscript) and _last(node.value) == "environ":
            found.add(_folded(node.slice))
        elif isinstance(node, ast.Call) and node.args and (
                _last(node.func) == "getenv" or _last(getattr(node.func, "value", None)) == "environ"):
            found.add(_folded(node.args[0]))
        elif isinstance(node, ast.Compare) and "environ" in map(_last, node.comparators):
            found.add(_folded(node.left))
    return found - {""}


def closure(imported: Iterable[str], root: Path) -> tuple[str, ...]:
    """The modules under a root that imports lead to, as `evidence.provenance.source.closure` gives them.

    Raises:
        ExtensionError: one of them is not Python in UTF-8; the message names file and line.
    """
    try:
        return source.closure(imported, root)
    except SyntaxError as error:
        page_text.check_python(Path(str(error.filename)))
        raise ExtensionError(f"{error.filename}:{error.lineno}: {error.msg}") from error
    except UnicodeDecodeError as error:  # which does not say of which file
        for module in source.module_map(root).values():
            if module.path.read_bytes() == error.object:
                page_text.check_python(module.path)
        raise ExtensionError(f"{root}: {error}") from error


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
    elif _is_own_folder(node):
        return "."
    elif isinstance(node, ast.Call) and _last(node.func) in ("Path", "PurePath", "join", "joinpath"):
        receiver = node.func.value if _last(node.func) == "joinpath" and isinstance(node.func, ast.Attribute) else None
        parts, between = [*([receiver] if receiver else []), *node.args], "/"
    else:
        return ""
    texts = [_folded(part) for part in parts]
    return between.join(texts) if all(texts) else ""


def _is_own_folder(node: ast.AST) -> bool:
    """Whether an expression is the folder of the file that it stands in: `Path(__file__).parent`, say."""
    folder = (isinstance(node, ast.Attribute) and node.attr == "parent") or (
        isinstance(node, ast.Call) and _last(node.func) == "dirname")
    return folder and any(isinstance(one, ast.Name) and one.id == "__file__" for one in ast.walk(node))


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
