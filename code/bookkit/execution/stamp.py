"""Chapters that never go stale: the key of a chapter's cached outputs covers the code that its cells import.

The cache of executed notebooks is keyed by a chapter's code cells and its kernelspec. So a STAMP is written into the
kernelspec each time a chapter is read: a hash of every module in the cells' import closure, of the files that the
cells and those modules name, of the versions of the libraries that numbers depend on, of the environment switches that
the code asks for, and of whether the build is exact. Prose is not part of it. A module put back to what it was gives
the old stamp, and finds the old outputs.
"""

import hashlib
import json
import os
import platform
from collections.abc import Iterable
from dataclasses import dataclass, field
from importlib import metadata
from pathlib import Path
from typing import Any
from weakref import WeakKeyDictionary

import yaml
from myst_nb.core.read import is_myst_markdown_notebook
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment

from bookkit.execution import cells, named_files
from bookkit.parts import kept_work, page_text, switches
from evidence.files import write_file
from evidence.provenance import source

KERNELSPEC = {"name": "python3", "display_name": "Python 3", "language": "python"}

FILE = "bookkit-stamps.json"


@dataclass(frozen=True, kw_only=True)
class Known:
    """The stamps of a build, by the hash of the page's text, and `around`: the hash of all else that they depend on.

    While no file of code has another content, nothing has to be parsed to find that each stamp is what it was. That
    goes for pages whose cells name no file and no variable of the environment: `named` has, by the same hash, what
    would be a file of theirs. For this build alone, `now` has the stamps of all pages, and `data` the hashes of the
    files that modules name, by the module's file: many pages import the same.
    """

    around: str
    stamps: dict[str, str | None]
    named: dict[str, list[str]]
    now: dict[str, str | None] = field(default_factory=dict)
    data: dict[Path, dict[str, str]] = field(default_factory=dict)


_KNOWN: WeakKeyDictionary[Sphinx, Known] = WeakKeyDictionary()


def code_root(app: Sphinx) -> Path:
    """The directory that chapters import the book's own modules from."""
    return Path(app.srcdir, app.config.bookkit_code_root)


def modules(app: Sphinx, docname: str, text: str) -> tuple[str, ...]:
    """The book's own modules that a page's cells may run.

    Args:
        app: the application.
        docname: the page's name.
        text: the page's source.

    Returns:
        Sorted dotted names; none for a page without code.

    Raises:
        ExtensionError: one of the modules is not Python, or the page cannot be cut into cells.
    """
    path = Path(app.env.doc2path(docname))
    found = cells.cells_of(path, text)
    return named_files.closure(_imported(named_files.files(path, found), found), code_root(app))


def stamp(app: Sphinx, docname: str, text: str) -> str | None:
    """Hash all that a page's outputs depend on beside its own cells.

    Args:
        app: the application.
        docname: the page's name.
        text: the page's source.

    Returns:
        16 hexadecimal digits, or None for a page without code.

    Raises:
        ExtensionError: as `modules`.
    """
    known, key = _known(app), hashlib.sha256(f"{docname}\n{text}".encode()).hexdigest()
    if key not in known.now:  # it is asked before, while and after chapters run, which may take an hour
        folder = Path(app.env.doc2path(docname)).parent
        if key not in known.stamps or any(named_files.is_file(folder, name) for name in known.named[key]):
            _remember(app, known, key, docname, text)
        else:
            known.now[key] = known.stamps[key]
    return known.now[key]


def _remember(app: Sphinx, known: Known, key: str, docname: str, text: str) -> None:
    known.now[key] = _stamp(app, docname, text)
    path = Path(app.env.doc2path(docname))
    in_page = cells.cells_of(path, text)
    names = sorted(named_files.names(in_page))
    known.stamps.pop(key, None)
    if not any(named_files.is_file(path.parent, name) for name in names) and not named_files.variables(in_page):
        known.stamps[key], known.named[key] = known.now[key], names


def _known(app: Sphinx) -> Known:
    """What this build knows already: all that the last one knew, if nothing changed around the pages."""
    if app not in _KNOWN:
        files = kept_work.seen(named_files.below(code_root(app)))
        switched = {key: os.environ.get(key) for key in app.config.bookkit_env_keys}
        around = kept_work.digest([files, _libraries(app), switched, switches.exactly()])
        kept = kept_work.load(Path(app.doctreedir, FILE))
        seal = kept_work.digest([kept.get("stamps"), kept.get("named")])
        same = kept.get("around") == around and kept.get("sealed") == seal
        stamps, named = (kept["stamps"], kept["named"]) if same else ({}, {})
        _KNOWN[app] = Known(around=around, stamps=stamps, named=named)
    return _KNOWN[app]


def _libraries(app: Sphinx) -> dict[str, Any]:
    return {"python": platform.python_version(),
            "versions": {name: _version(name) for name in app.config.bookkit_distributions}}


def _stamp(app: Sphinx, docname: str, text: str) -> str | None:
    if not is_myst_markdown_notebook(text):
        return None
    path, root = Path(app.env.doc2path(docname)), code_root(app)
    in_page = cells.cells_of(path, text)
    files = named_files.files(path, in_page)
    imported = _imported(files, in_page)
    found, known = named_files.closure(imported, root), source.module_map(root)
    sources = [*(cell.source for cell in in_page), *(known[name].path.read_text("utf-8") for name in found)]
    # a switch that no line of the code names cannot change what it does
    keys = [key for key in app.config.bookkit_env_keys if any(key in one for one in sources)]
    inputs: dict[str, Any] = {
        "code": source.fingerprint(found, root),
        **_libraries(app),
        "environment": {key: os.environ.get(key) for key in keys},
        "exact": switches.exactly(),
    }
    if files:
        inputs["files"] = {name: named_files.content(file) for name, file in files.items()}
    asked = named_files.variables([*in_page, *map(named_files.python, _of_python(files))])
    if asked:
        inputs["variables"] = {name: os.environ.get(name) for name in asked}
    data = {f"{name} {file}": content for name in found for file, content in _data(app, known[name].path).items()}
    if data:
        inputs["data"] = data
    if near := named_files.beside(path, imported):
        inputs["beside"] = source.fingerprint(named_files.closure(near, path.parent), path.parent)
    return hashlib.sha256(json.dumps(inputs, sort_keys=True).encode()).hexdigest()[:16]


def _data(app: Sphinx, module: Path) -> dict[str, str]:
    """The hashes of the files that a module names."""
    known = _known(app).data
    if module not in known:
        known[module] = {name: named_files.content(path) for name, path in named_files.data_of(module).items()}
    return known[module]


def _imported(files: dict[str, Path], in_page: Iterable[cells.Cell]) -> set[str]:
    """What cells import, and what Python files import that they name."""
    return named_files.imports(cell.source for cell in (*in_page, *map(named_files.python, _of_python(files))))


def _of_python(files: dict[str, Path]) -> list[Path]:
    return [file for file in files.values() if file.suffix == ".py"]


def stamped(app: Sphinx, docname: str, text: str) -> str:
    """The source of a page with its stamp in the kernelspec, every later line where it was.

    Args:
        app: the application.
        docname: the page's name.
        text: the page's source.

    Returns:
        The source to parse; unchanged for pages without code. In a build that shows a release, whose outputs belong to
        one page whatever the code is now, the page's name stands for the stamp.
    """
    if not is_myst_markdown_notebook(text):
        return text
    mark = f"{app.config.bookkit_release} {docname}" if app.config.bookkit_release else stamp(app, docname, text)
    lines = text.split("\n")
    end = next(n for n, line in enumerate(lines[1:], 1) if line.startswith(("---", "...")))
    header = yaml.safe_load("\n".join(lines[1:end]))
    header["kernelspec"] = {**KERNELSPEC, **header.get("kernelspec", {}), "stamp": mark}
    # JSON is YAML on one line; the blank lines after it keep the line numbers of warnings right
    padding = [""] * (end - 2)
    return "\n".join([lines[0], json.dumps(header, ensure_ascii=False, default=str), *padding, *lines[end:]])


def _version(distribution: str) -> str | None:
    try:
        return metadata.version(distribution)
    except metadata.PackageNotFoundError:
        return None


def _stamps(env: BuildEnvironment) -> dict[str, str | None]:
    if not hasattr(env, "bookkit_stamps"):
        env.bookkit_stamps = {}
    return env.bookkit_stamps


def _read(app: Sphinx, docname: str, content: list[str]) -> None:
    if not app.config.bookkit_release:
        _stamps(app.env)[docname] = stamp(app, docname, content[0])
    content[0] = stamped(app, docname, content[0])


def _outdated(app: Sphinx, env: BuildEnvironment, added: set[str], changed: set[str], removed: set[str]) -> list[str]:
    if app.config.bookkit_release:
        return []
    kept = env.found_docs - added - changed - removed
    return [name for name in kept
            if stamp(app, name, page_text.read(Path(env.doc2path(name)))) != _stamps(env).get(name)]


def _purge(app: Sphinx, env: BuildEnvironment, docname: str) -> None:
    _stamps(env).pop(docname, None)


def _merge(app: Sphinx, env: BuildEnvironment, docnames: Iterable[str], other: BuildEnvironment) -> None:
    _stamps(env).update({name: mark for name, mark in _stamps(other).items() if name in docnames})


def _finish(app: Sphinx, exception: Exception | None) -> None:
    if app in _KNOWN:
        known = _KNOWN[app]
        kept = {"around": known.around, "stamps": known.stamps, "named": known.named,
                "sealed": kept_work.digest([known.stamps, known.named])}
        write_file(Path(app.doctreedir, FILE), json.dumps(kept, indent=1).encode())


def setup(app: Sphinx) -> None:
    """Register what chapters depend on, and the events that keep their stamps."""
    app.add_config_value("bookkit_code_root", "code", "env")
    app.add_config_value("bookkit_distributions", ["matplotlib", "numpy", "scipy", "statsmodels", "torch"], "env")
    app.add_config_value("bookkit_env_keys", ["DEREF_DEVICE", "DEREF_NO_LM"], "env")
    app.connect("source-read", _read)
    app.connect("env-get-outdated", _outdated)
    app.connect("env-purge-doc", _purge)
    app.connect("env-merge-info", _merge)
    app.connect("build-finished", _finish)
