"""The fingerprint of all the project's code that some modules can reach: what runs and results depend on."""

import hashlib
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from pathlib import Path

from evidence.provenance import source

_kept: ContextVar[dict[tuple[str, ...], str] | None] = ContextVar("kept", default=None)


def code_of(modules: Iterable[str]) -> str:
    """Fingerprint all the project's code that some modules can reach.

    Args:
        modules: dotted names of imported modules, of this project or a reader's own; the latter are followed into the
            modules beside them.

    Returns:
        SHA-256 as 64 hexadecimal digits.

    Raises:
        ValueError: a module that was not read from a file.
    """
    kept, key = _kept.get(), tuple(sorted(set(modules)))
    if kept is None:
        return _code_of(key)
    if key not in kept:
        kept[key] = _code_of(key)
    return kept[key]


@contextmanager
def read_once() -> Iterator[None]:
    """Within this, code that was read is not read again: for many addresses in a row, while nobody edits it."""
    token = _kept.set({})
    try:
        yield
    finally:
        _kept.reset(token)


def _code_of(modules: tuple[str, ...]) -> str:
    known = source.module_map(source.CODE)
    theirs = _followed(name for name in modules if name not in known)
    names = [name for name in modules if name in known]
    names += [imported for text in theirs.values() for imported in source.imports_of(text)]
    parts = [source.reached(names, known)]
    parts += [f"{name} {source.digest(text)}" for name, text in theirs.items()]
    return hashlib.sha256("\n".join(parts).encode()).hexdigest() if theirs else parts[0]


def _followed(modules: Iterable[str]) -> dict[str, str]:
    """The sources of modules outside the source root, and of those beside them that they import, by name.

    A configuration in a reader's own module often has its trainer in another. What lies in a folder of installed
    packages is followed no further.
    """
    found: dict[str, str] = {}
    waiting = [(name, _path(name)) for name in modules]
    while waiting:
        name, path = waiting.pop()
        if name in found:
            continue
        found[name], package = path.read_text("utf-8"), path.name == "__init__.py"
        root = path.parents[name.count(".") + package]
        if not any(root.glob("*.dist-info")):
            for imported in source.imports_of(found[name], name, package):
                waiting += _beside(imported, root)
    return dict(sorted(found.items()))


def _beside(name: str, root: Path) -> Iterator[tuple[str, Path]]:
    """The modules in a folder that importing a dotted name runs there: its parents and itself."""
    parts = name.split(".")
    for end in range(1, len(parts) + 1):
        place = root.joinpath(*parts[:end])
        for path in (place / "__init__.py", Path(f"{place}.py")):
            if path.is_file():
                yield ".".join(parts[:end]), path
                break


def _path(module: str) -> Path:
    """The file of a module outside the source root: a reader's own."""
    path = getattr(sys.modules.get(module), "__file__", None)
    if path is None:
        raise ValueError(f"expected everything that a run or a result depends on to be defined in a file, so that "
                         f"changes of its code are seen, got the module {module!r}")
    return Path(path)
