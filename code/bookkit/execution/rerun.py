"""Chapters that somebody asks to be executed again, whatever their cells and their code say: BOOK_RERUN names them."""

import os
import re
from pathlib import Path

from myst_nb.core.read import is_myst_markdown_notebook
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment
from sphinx.errors import ConfigError

from bookkit.parts import page_text


def asked(app: Sphinx) -> frozenset[str]:
    """The pages that this build was asked to execute again.

    Raises:
        ConfigError: a name that is no page of the book with cells, or that several pages have.
    """
    return frozenset(_page(app, name) for name in re.split(r"[\s,]+", _given()) if name)


def _given() -> str:
    return os.environ.get("BOOK_RERUN", "")


def _page(app: Sphinx, name: str) -> str:
    """The page that a person means by "ch06/depth", "book/ch06/depth.md" or "depth"."""
    wanted = name.removesuffix(".md").strip("/")
    executable = sorted(one for one in app.env.found_docs if _has_cells(app, one))
    found = [one for one in executable if one == wanted] or [one for one in executable if one.endswith(f"/{wanted}")]
    if len(found) == 1:
        return found[0]
    what = f"which means {' and '.join(found)}" if found else "and it is none"
    raise ConfigError(f"expected RERUN to name pages with cells, got {name!r}, {what}; there are "
                      + ", ".join(executable))


def _has_cells(app: Sphinx, docname: str) -> bool:
    return is_myst_markdown_notebook(page_text.read(Path(app.env.doc2path(docname))))


def _outdated(app: Sphinx, env: BuildEnvironment, added: set[str], changed: set[str], removed: set[str]) -> list[str]:
    if _given() and app.config.bookkit_release:
        raise ConfigError("expected RERUN without FAST, got both: a fast build executes nothing")
    return sorted(asked(app))


def setup(app: Sphinx) -> None:
    """Read the pages again that were asked for; `execute` runs them."""
    app.connect("env-get-outdated", _outdated)
