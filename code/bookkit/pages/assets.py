"""Styles and the script of the pages that show results; the script goes only where it has something to do."""

import hashlib
import os
from fnmatch import fnmatch
from importlib import import_module
from pathlib import Path
from typing import Any

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.builders import Builder
from sphinx.config import Config

from bookkit.results.domain import WEB, domain_of

_LATE = {"myst_nb": ("myst_nb.sphinx_ext", "add_global_html_resources"),
         "sphinx_exercise": ("sphinx_exercise", "copy_asset_files"),
         "sphinx_proof": ("sphinx_proof", "copy_asset_files")}
STATIC = Path(__file__).parents[1] / "static"


def _look(app: Sphinx, config: Config) -> None:
    """Have every page written again when a template or a static file has another content, whatever its date."""
    folders = [STATIC, STATIC.with_name("templates"),
               *(Path(app.confdir, name) for name in (*config.templates_path, *config.html_static_path))]
    files = sorted({path for folder in folders for path in folder.rglob("*") if path.is_file()})
    total = hashlib.sha256()
    for path in files:
        total.update(f"{os.path.relpath(path, app.confdir)} {hashlib.sha256(path.read_bytes()).hexdigest()}\n".encode())
    config.bookkit_look = total.hexdigest()


def _copy(app: Sphinx) -> None:
    app.config.html_static_path = [*app.config.html_static_path, str(STATIC)]


def _early(app: Sphinx, builder: Builder) -> None:
    """Have the styles of other extensions in place before pages name them.

    They copy theirs at the end of a build. Sphinx puts the checksum of a style into its address where the file is
    there, so that pages of a first build would differ from those of every later one.
    """
    Path(app.outdir, "_static").mkdir(parents=True, exist_ok=True)
    for extension, (module, function) in _LATE.items():
        if builder.format == "html" and extension in app.extensions:
            getattr(import_module(module), function)(app, None)


def _drop(app: Sphinx, exception: Exception | None) -> None:
    """Delete what themes bring and no page asks for: what browsers fetch for developers, older forms of fonts."""
    if exception is None and app.builder.name in WEB:
        static = Path(app.outdir, "_static")
        for path in static.rglob("*"):
            name = path.relative_to(static).as_posix()
            if path.is_file() and any(fnmatch(name, pattern) for pattern in app.config.bookkit_left_out):
                path.unlink()


def _load(app: Sphinx, pagename: str, template: str, context: dict[str, Any], doctree: nodes.document | None) -> None:
    if pagename.startswith("results/") or domain_of(app.env).pages.get(pagename):
        app.add_js_file("bookkit.js", loading_method="defer")


def setup(app: Sphinx) -> None:
    """Register styles and script."""
    app.add_config_value("bookkit_look", "", "html", str)
    # patterns of names below _static; "*" stands for folders too
    app.add_config_value("bookkit_left_out", ["*.map"], "html", list)
    app.connect("config-inited", _look)
    app.add_css_file("bookkit.css")
    app.connect("builder-inited", _copy)
    app.connect("write-started", _early)
    app.connect("html-page-context", _load)
    app.connect("build-finished", _drop, priority=1)
