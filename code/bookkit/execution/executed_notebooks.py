"""Executed notebooks of the last build: complete chapters with their outputs, ready to be released.

The cache keeps only code cells, under keys that mean nothing to a reader. So each full build also leaves every chapter
under `_build/executed/`, and lists them in `build.json` once it has succeeded; a failed or a fast build leaves no list,
so that nothing half-built can be released.
"""

import json
from pathlib import Path
from typing import Any

import nbformat
from jupyter_cache import get_cache
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment

from bookkit.execution.chapter import Chapter

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
    return tuple(json.loads(path.read_text("utf-8")))


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
    for one in chapters:
        _, notebook = get_cache(one.config.execution_cache_path).merge_match_into_notebook(one.notebook)
        notebook.metadata = {key: notebook.metadata[key] for key in ("kernelspec", "language_info")}
        for number, cell in enumerate(notebook.cells):
            cell["id"] = f"cell-{number}"  # the reader of MyST draws them at random
        path = page(_build_dir(app), one.docname)
        path.parent.mkdir(parents=True, exist_ok=True)
        nbformat.write(nbformat.from_dict(notebook), path)
    unread = names(app.env) - set(docnames)
    app.env.bookkit_chapters = (unread | {one.docname for one in chapters}) & app.env.found_docs


def _build_dir(app: Sphinx) -> Path:
    return Path(app.outdir).parent


def names(env: BuildEnvironment) -> set[str]:
    """The chapters that builds have read so far, those of earlier ones included."""
    return getattr(env, "bookkit_chapters", set())


def _start(app: Sphinx) -> None:
    (_build_dir(app) / FOLDER / LIST).unlink(missing_ok=True)


def _outdated(app: Sphinx, env: BuildEnvironment, added: set[str], changed: set[str], removed: set[str]) -> list[str]:
    if app.config.bookkit_release:
        return []
    return [name for name in names(env) if not page(_build_dir(app), name).exists()]


def _finish(app: Sphinx, exception: Exception | None) -> None:
    if exception is None and not app.statuscode and not app.config.bookkit_release:
        path = _build_dir(app) / FOLDER / LIST
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(sorted(names(app.env))) + "\n", "utf-8")


def setup(app: Sphinx) -> None:
    """Keep the list of executed chapters true."""
    app.connect("builder-inited", _start)
    app.connect("env-get-outdated", _outdated)
    app.connect("build-finished", _finish)
