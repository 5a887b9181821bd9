"""Executed notebooks of the last build: complete chapters with their outputs, ready to be released.

The cache keeps only code cells, under keys that mean nothing to a reader. So each full build also leaves every chapter
under `_build/executed/`, and lists them in `build.json` once it has succeeded; a failed or a fast build leaves no list,
so that nothing half-built can be released.
"""

import hashlib
import json
from pathlib import Path
from typing import Any

import nbformat
from jupyter_cache import get_cache
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment

from bookkit.execution.chapter import Chapter
from evidence.files import write_file
from evidence.reading import parse_json, read_bytes

FOLDER, LIST = "executed", "build.json"


def page(build_dir: Path, docname: str) -> Path:
    """Where the executed notebook of a chapter is."""
    return build_dir / FOLDER / f"{docname}.ipynb"


def finished(build_dir: Path) -> tuple[str, ...]:
    """The chapters of the last build.

    Args:
        build_dir: the folder that builds go into, `_build`.

    Returns:
        Sorted names of pages.

    Raises:
        ValueError: the last build was not a full one that succeeded.
    """
    path = build_dir / FOLDER / LIST
    if not path.exists():
        raise ValueError(f"expected a full build that succeeded, got none: there is no {path}; run `make book` first")
    try:
        found = parse_json(read_bytes(path))
    except (OSError, ValueError) as error:
        raise ValueError(f"expected {path}, as a full build leaves it, got: {error}; run `make book` again") from None
    return tuple(found)


def chapters(build_dir: Path) -> dict[str, Any]:
    """The executed chapters of the last build as data, by page.

    Args:
        build_dir: the folder that builds go into, `_build`.

    Raises:
        ValueError: the last build was not a full one that succeeded.
    """
    return {name: json.loads(json.dumps(nbformat.read(page(build_dir, name), as_version=4)))
            for name in finished(build_dir)}


def keep(app: Sphinx, docnames: list[str], chapters: list[Chapter]) -> None:
    """Write the executed notebooks of the chapters among the pages that are about to be read.

    Args:
        app: the application.
        docnames: every page about to be read.
        chapters: those of them that are chapters, all in the cache by now.
    """
    hashes = {name: sha256 for name, sha256 in _hashes(app.env).items() if name not in docnames}
    for one in chapters:
        _, notebook = get_cache(one.config.execution_cache_path).merge_match_into_notebook(one.notebook)
        notebook.metadata = {key: notebook.metadata[key] for key in ("kernelspec", "language_info")}
        for number, cell in enumerate(notebook.cells):
            cell["id"] = f"cell-{number}"  # the reader of MyST draws them at random
        content = (nbformat.writes(nbformat.from_dict(notebook)) + "\n").encode()
        write_file(page(_build_dir(app), one.docname), content)
        hashes[one.docname] = hashlib.sha256(content).hexdigest()
    app.env.bookkit_chapters = {name: sha256 for name, sha256 in hashes.items() if name in app.env.found_docs}


def _build_dir(app: Sphinx) -> Path:
    return Path(app.outdir).parent


def names(env: BuildEnvironment) -> set[str]:
    """The chapters that builds have read so far, those of earlier ones included."""
    return set(_hashes(env))


def _hashes(env: BuildEnvironment) -> dict[str, str]:
    return getattr(env, "bookkit_chapters", {})


def _intact(path: Path, sha256: str) -> bool:
    try:
        return hashlib.sha256(read_bytes(path)).hexdigest() == sha256
    except OSError:
        return False


def _start(app: Sphinx) -> None:
    (_build_dir(app) / FOLDER / LIST).unlink(missing_ok=True)


def _outdated(app: Sphinx, env: BuildEnvironment, added: set[str], changed: set[str], removed: set[str]) -> list[str]:
    if app.config.bookkit_release:
        return []
    return [name for name, sha256 in _hashes(env).items() if not _intact(page(_build_dir(app), name), sha256)]


def _finish(app: Sphinx, exception: Exception | None) -> None:
    if exception is None and not app.statuscode and not app.config.bookkit_release:
        path = _build_dir(app) / FOLDER / LIST
        write_file(path, (json.dumps(sorted(names(app.env))) + "\n").encode())


def setup(app: Sphinx) -> None:
    """Keep the list of executed chapters true."""
    app.connect("builder-inited", _start)
    app.connect("env-get-outdated", _outdated)
    app.connect("build-finished", _finish)
