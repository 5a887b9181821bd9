"""The fingerprint of all the project's code that some modules can reach: what runs and results depend on."""

import hashlib
import sys
from collections.abc import Iterable
from pathlib import Path

from evidence.provenance import source


def code_of(modules: Iterable[str]) -> str:
    """Fingerprint all the project's code that some modules can reach.

    Args:
        modules: dotted names of imported modules, of this project or a reader's own.

    Returns:
        SHA-256 as 64 hexadecimal digits.

    Raises:
        ValueError: a module that was not read from a file.
    """
    modules, known = sorted(set(modules)), source.module_map(source.CODE)
    theirs = {name: _text(name) for name in modules if name not in known}
    names = [name for name in modules if name in known]
    names += [imported for text in theirs.values() for imported in source.imports_of(text)]
    parts = [source.fingerprint(source.closure(names, source.CODE), source.CODE)]
    parts += [f"{name} {source.digest(text)}" for name, text in theirs.items()]
    return hashlib.sha256("\n".join(parts).encode()).hexdigest() if theirs else parts[0]


def _text(module: str) -> str:
    """The source of a module outside the source root: a reader's own."""
    path = getattr(sys.modules.get(module), "__file__", None)
    if path is None:
        raise ValueError(f"expected everything that a run or a result depends on to be defined in a file, so that "
                         f"changes of its code are seen, got the module {module!r}")
    return Path(path).read_text("utf-8")
