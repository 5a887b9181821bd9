"""Where a function is written, found in the text of its module without importing it."""

import ast
import functools
import textwrap
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from evidence.provenance.source import module_map

_LOCAL = "<locals>"


@dataclass(frozen=True, kw_only=True)
class Definition:
    """A function as it is written.

    Args:
        path: of the module's file.
        first: number of its first line, decorators included.
        last: number of its last line.
        text: its lines, as far to the left as they go.
    """

    path: Path
    first: int
    last: int
    text: str

    @property
    def lines(self) -> int:
        """How many lines it has."""
        return self.last - self.first + 1


def definition(module: str, name: str, root: str | Path) -> Definition | None:
    """Find a function.

    Args:
        module: dotted name of a module.
        name: qualified name of the function in it, as `__qualname__` has it.
        root: the source root.

    Returns:
        None where the root has no such module, or the module no such function: code changes, records do not.
    """
    found = _modules(Path(root)).get(module)
    if found is None or not found.path.exists():
        return None
    text = found.path.read_text("utf-8")
    place = _places(text).get(name)
    if place is None:
        return None
    first, last = place
    lines = text.split("\n")[first - 1 : last]
    return Definition(path=found.path, first=first, last=last, text=textwrap.dedent("\n".join(lines)))


@functools.cache
def _modules(root: Path) -> dict:
    return module_map(root)


@functools.lru_cache(maxsize=256)  # by the text itself: an edit is always seen
def _places(text: str) -> dict[str, tuple[int, int]]:
    try:
        return dict(_walk(ast.parse(text).body, ""))
    except SyntaxError:
        return {}


def _walk(body: list[ast.stmt], before: str) -> Iterator[tuple[str, tuple[int, int]]]:
    """The functions of a body, and those inside of them and of classes, by their qualified names."""
    for node in body:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            name = before + node.name
            if not isinstance(node, ast.ClassDef):
                yield name, (min(line.lineno for line in (node, *node.decorator_list)), node.end_lineno or node.lineno)
            inner = f"{name}." if isinstance(node, ast.ClassDef) else f"{name}.{_LOCAL}."
            yield from _walk(node.body, inner)
        elif isinstance(node, ast.If | ast.For | ast.With | ast.Try):
            yield from _walk(node.body, before)
