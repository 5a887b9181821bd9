"""Frozen pages: executed chapters of a release, kept in `records/<version>/pages/`, never changed again.

`freeze` makes them from a finished build. A FAST build (BOOK_FAST=1), for people who edit prose, takes its outputs from
the newest release: it trains and runs nothing. Outputs go to the cells whose source is the same; other cells say that
they changed. Every page says where its outputs come from.

Fast and full builds cannot mix. `bookkit_release` is a configuration value that an environment of pages depends on, so
Sphinx reads every page again when it changes; and in the cache of executed notebooks, released outputs stand under the
release and the page's name (see `stamp.stamped`), never under the key of code that ran. Going back to full builds finds
what full builds had executed, and executes the rest.
"""

import shutil
import tempfile
from collections import defaultdict
from pathlib import Path

import nbformat
from docutils import nodes
from jupyter_cache import get_cache
from jupyter_cache.base import CacheBundleIn
from nbformat import NotebookNode
from sphinx.application import Sphinx
from sphinx.config import Config
from sphinx.environment import BuildEnvironment
from sphinx.errors import ConfigError
from sphinx.util import logging

from bookkit.execution import chapter, executed_notebooks, stamp
from bookkit.parts import page_text, switches
from bookkit.parts.entries import UNRELEASED
from bookkit.results.releases import by_version

PAGES = "pages"
LANGUAGE = {"name": "python", "pygments_lexer": "ipython3"}  # what a kernel would tell, for colouring the cells

log = logging.getLogger(__name__)


def newest(records: Path) -> str | None:
    """The newest release that has frozen pages.

    Args:
        records: the folder of releases.

    Returns:
        Its version, as the folder spells it, or None if there is none.
    """
    return next(iter(by_version(path.parent.name for path in records.glob(f"*/{PAGES}"))), None)


def freeze(build_dir: Path, records: Path, version: str) -> tuple[str, ...]:
    """Copy the executed chapters of a finished build into a release.

    Args:
        build_dir: the folder that builds go into, `_build`.
        records: the folder of releases.
        version: the release, such as "0.1.0".

    Returns:
        Sorted names of the pages.

    Raises:
        ValueError: not a version; no full build that succeeded; or a release that exists with other pages.
    """
    if not by_version([version]):
        raise ValueError(f'expected a version such as "0.1.0", got {version!r}')
    docnames, target = executed_notebooks.finished(build_dir), records / version / PAGES
    target.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=target.parent) as folder:
        made = Path(folder, PAGES)
        for name in docnames:
            path = made / f"{name}.ipynb"
            path.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(executed_notebooks.page(build_dir, name), path)
        if not target.exists():
            made.rename(target)
        elif _contents(made) != _contents(target):
            raise ValueError(f"expected a new version, got {version!r}, whose pages are released and never change")
    return docnames


def fill(notebook: NotebookNode, released: NotebookNode | None, version: str) -> int:
    """Give a chapter the outputs of its released cells.

    Args:
        notebook: the chapter as it is now; its code cells are filled in place.
        released: the chapter as it was released, or None if it was not.
        version: the release.

    Returns:
        How many code cells have no released outputs, and say so instead.
    """
    notebook.metadata["language_info"] = LANGUAGE
    same, missing = defaultdict(list), 0
    for cell in released.cells if released else ():
        if cell.cell_type == "code":
            same[cell.source].append(cell)
    for cell in notebook.cells:
        if cell.cell_type != "code":
            continue
        if same[cell.source]:  # cells with equal sources keep their order
            found = same[cell.source].pop(0)
            cell.outputs, cell.execution_count = found.outputs, found.execution_count
        else:
            cell.outputs, missing = [_note(version)], missing + 1
    return missing


def _note(version: str) -> NotebookNode:
    text = "changed since release {}; {} executes it"
    return nbformat.v4.new_output("display_data", {
        "text/markdown": f"*{text.format(version, '`make book`')}*",
        "text/plain": text.format(version, "make book"),
    }, metadata={UNRELEASED: version})


def _contents(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*.ipynb")}


def _records(app: Sphinx) -> Path:
    return Path(app.srcdir, app.config.bookkit_records)


def _released(app: Sphinx, docname: str) -> Path:
    return _records(app) / app.config.bookkit_release / PAGES / f"{docname}.ipynb"


def _choose(app: Sphinx, config: Config) -> None:
    if not switches.fast():
        return
    version = newest(_records(app))
    if version is None:
        raise ConfigError(f"BOOK_FAST=1 shows the outputs of the newest release, and there is none under "
                          f"{_records(app)}; build without it")
    config.bookkit_release = version


def _before_read(app: Sphinx, env: BuildEnvironment, docnames: list[str]) -> None:
    if not (version := app.config.bookkit_release):
        return
    log.info("fast build: outputs come from release %s; nothing is trained or executed", version)
    for name in docnames:
        one = chapter.parse(app, name, stamp.stamped(app, name, page_text.read(Path(env.doc2path(name)))))
        if one is None:
            continue
        path = _released(app, name)
        missing = fill(one.notebook, nbformat.read(path, as_version=4) if path.exists() else None, version)
        if missing:
            log.info("%s: %d of %d cells changed since release %s", name, missing, len(one.code_cells), version)
        get_cache(one.config.execution_cache_path).cache_notebook_bundle(
            CacheBundleIn(one.notebook, str(one.path)), check_validity=False, overwrite=True)


def _depend(app: Sphinx, docname: str, content: list[str]) -> None:
    if app.config.bookkit_release and _released(app, docname).exists():
        app.env.note_dependency(str(_released(app, docname)))


def _banner(version: str) -> str:
    return f"A fast build, for editing prose: outputs come from release {version}, none from this build."


def _top_of_page(app: Sphinx, doctree: nodes.document, docname: str) -> None:
    if app.config.bookkit_release:
        banner = nodes.attention("", nodes.paragraph("", _banner(app.config.bookkit_release)), classes=["bookkit-fast"])
        section = next(iter(doctree.findall(nodes.section)), doctree)
        title = section.first_child_matching_class(nodes.title)
        section.insert(0 if title is None else title + 1, banner)


def _top_of_generated(app: Sphinx, pagename: str, template: str, context: dict, doctree: nodes.document | None) -> None:
    if app.config.bookkit_release and doctree is None:
        context["theme_announcement"] = _banner(app.config.bookkit_release)


def setup(app: Sphinx) -> None:
    """Register fast builds: where outputs come from, and what pages say about it."""
    app.add_config_value("bookkit_records", "records", "")
    app.add_config_value("bookkit_release", "", "env")  # set by BOOK_FAST=1 alone
    app.connect("config-inited", _choose)
    app.connect("env-before-read-docs", _before_read)
    app.connect("source-read", _depend)
    app.connect("doctree-resolved", _top_of_page)
    app.connect("html-page-context", _top_of_generated)
