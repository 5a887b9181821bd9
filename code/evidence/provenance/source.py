"""What code a piece of code depends on, read from its source without running it.

Two things in this project are kept because they were expensive to make: trained runs and executed chapters. Each is
kept under a key that covers the code it came from, and no more code than that, or every edit would throw all of them
away. So this module follows imports, module by module, from a starting point to the CLOSURE: every module under the
source root that may run. Its rules are those of Python, with the doubtful cases decided towards "depends on it":

- importing `a.b.c` also runs `a` and `a.b`;
- imports inside functions count, those under `if TYPE_CHECKING:` do not (they never run);
- `import_module("a.b")` counts when its argument is a literal; names computed at run time cannot be seen;
- a FRONT DOOR, a package that loads its names lazily from a table `_EXPORTS = {"Name": "package.module"}`, adds
  nothing by itself: `from package import Name` and `package.Name` depend on the module the table gives for that name.
  Using the package in any other way (a star import, `getattr(package, …)`) depends on all of the table.

A FINGERPRINT hashes the syntax trees of modules, without what cannot change their behaviour: comments, layout,
docstrings, blocks for type checkers, and a front door's table (which modules it leads to is part of the closure).
"""

import functools
import hashlib
import os
from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

from evidence.provenance.syntax import digest, exports_of, imports_of

__all__ = ["CODE", "Module", "closure", "digest", "fingerprint", "imports_of", "module_map", "named", "reached"]

CODE = Path(__file__).resolve().parents[2]
"""The source root this project runs from: `code/` in a checkout."""


class Module(NamedTuple):
    """Where a module's source is, and whether it is a package's `__init__.py`."""

    file: str
    package: bool

    @property
    def path(self) -> Path:
        """Its file. There are hundreds of modules, and few of them are read."""
        return Path(self.file)


def module_map(root: str | Path) -> dict[str, Module]:
    """Find every module under a source root.

    Args:
        root: the directory that stands on `sys.path`, such as `code/`.

    Returns:
        Dotted name to module, folder by folder. Names that no import can have are left out, hidden folders among them.
    """
    root, found = os.fspath(root), {}
    # Installed as a copy, this project's root is site-packages, where only its own packages are its code.
    own = ("bookkit", "deref", "evidence") if os.path.basename(root) == "site-packages" else ("",)
    for folder, folders, files in (step for top in own for step in os.walk(os.path.join(root, top) if top else root)):
        folders[:] = sorted(name for name in folders if name.isidentifier() and name != "__pycache__")
        inner = folder[len(root):].strip(os.sep)
        parts = inner.split(os.sep) if inner else []
        for stem in sorted(name.removesuffix(".py") for name in files if name.endswith(".py")):
            package = stem == "__init__"
            if stem.isidentifier() and (parts or not package):
                dotted = ".".join(parts if package else [*parts, stem])
                found[dotted] = Module(os.path.join(folder, f"{stem}.py"), package)
    return found


def closure(names: Iterable[str], root: str | Path) -> tuple[str, ...]:
    """Follow imports from some names to every module under the source root that they may run.

    Args:
        names: modules, or names as `imports_of` gives them; those outside the root are passed over.
        root: the source root.

    Returns:
        Sorted dotted names of modules.

    Raises:
        SyntaxError: a module on the way is not Python.
    """
    return _closure(names, module_map(root))


def _closure(names: Iterable[str], modules: dict[str, Module]) -> tuple[str, ...]:
    seen: set[str] = set()
    waiting = [found for name in names for found in _resolve(name, modules)]
    while waiting:
        name = waiting.pop()
        if name in seen:
            continue
        seen.add(name)
        for imported in _read(*_named(modules, name)).imports:
            waiting += _resolve(imported, modules)
    return tuple(sorted(seen))


def fingerprint(modules: Iterable[str], root: str | Path) -> str:
    """Hash what modules do, whatever their comments, layout and docstrings.

    Args:
        modules: dotted names of modules under the root, as `closure` gives them.
        root: the source root.

    Returns:
        SHA-256 as 64 hexadecimal digits.

    Raises:
        ValueError: a name is not a module under the root.
    """
    known = module_map(root)
    for name in modules:
        if name not in known:
            raise ValueError(f"expected a module under {root}, got {name!r}")
    return _fingerprint(modules, known)


def reached(names: Iterable[str], modules: dict[str, Module]) -> str:
    """The fingerprint of the closure of some names, among the modules of a root as `module_map` found them."""
    return _fingerprint(_closure(names, modules), modules)


def _fingerprint(names: Iterable[str], modules: dict[str, Module]) -> str:
    total = hashlib.sha256()
    for name in sorted(set(names)):
        total.update(f"{name} {_read(*_named(modules, name)).digest}\n".encode())
    return total.hexdigest()


def named(names: Iterable[str], root: str | Path) -> list[str]:
    """The modules under a source root that names, as `imports_of` gives them, lead to, sorted.

    Packages that were only passed through, front doors among them, are left out.
    """
    modules = module_map(root)
    ends = {found[-1] for name in names if (found := _resolve(name, modules))}
    return sorted(name for name in ends if not any(other.startswith(f"{name}.") for other in ends)
                  and not _read(*_named(modules, name)).exports)


class _Facts(NamedTuple):
    """What is read from one module's source."""

    imports: tuple[str, ...]
    exports: dict[str, str]
    digest: str


def _named(modules: dict[str, Module], name: str) -> tuple[Path, str, bool]:
    return modules[name].path, name, modules[name].package


def _read(path: Path, name: str, package: bool) -> _Facts:
    source = path.read_text("utf-8")
    try:
        return _facts(source, name, package)
    except SyntaxError as error:
        error.filename = str(path)
        raise


@functools.cache  # keyed by the text itself, so an edit is always seen
def _facts(source: str, name: str, package: bool) -> _Facts:
    return _Facts(imports_of(source, name, package), exports_of(source), digest(source))


def _resolve(name: str, modules: dict[str, Module], behind: frozenset[str] = frozenset()) -> list[str]:
    """The modules that using a dotted name runs: its parents, itself, and what a front door's table adds."""
    bits = name.split(".")
    prefixes = [".".join(bits[: i + 1]) for i in range(len(bits))]
    found = [prefix for prefix in prefixes if prefix in modules]
    if not found or found[-1] == name or name in behind:
        return found
    door = found[-1]
    attribute, *rest = name[len(door) + 1 :].split(".")
    exports = _read(*_named(modules, door)).exports
    for exported in exports if attribute == "*" else {attribute} & exports.keys():
        target = ".".join([exports[exported], exported, *rest])
        found += _resolve(target, modules, behind | {name})
    return found
