"""Fast builds: pages with the executed chapters of the newest release, which the archive keeps.

A FAST build (BOOK_FAST=1), for people who edit prose, takes its outputs from
the newest release: it trains and runs nothing. Outputs go to the cells whose source is the same; other cells say that
they changed. Every page says where its outputs come from.

Fast and full builds cannot mix. `bookkit_release` is a configuration value that an environment of pages depends on, so
Sphinx reads every page again when it changes; and in the cache of executed notebooks, released outputs stand under the
release and the page's name (see `stamp.stamped`), never under the key of code that ran. Going back to full builds finds
what full builds had executed, and executes the rest.
"""

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

from bookkit.execution import chapter, stamp
from bookkit.parts import page_text, switches
from bookkit.parts.entries import UNRELEASED
from evidence.archive import ArchiveError, notebooks

LANGUAGE = {"name": "python", "pygments_lexer": "ipython3"}  # what a kernel would tell, for colouring the cells

log = logging.getLogger(__name__)


def newest(records: Path) -> notebooks.Notebooks | None:
    """The chapters of the newest release.

    Args:
        records: the folder of releases.

    Returns:
        None if there are none.

    Raises:
        ConfigError: they cannot be read.
    """
    try:
        return notebooks.newest(records)
    except ArchiveError as error:
        raise ConfigError(str(error)) from None


def chapter_of(records: Path, docname: str) -> NotebookNode | None:
    """An executed chapter of the newest release; None if the release has no such page.

    Raises:
        ConfigError: it cannot be read.
    """
    kept = newest(records)
    try:
        return nbformat.from_dict(kept.read(docname)) if kept and docname in kept.pages else None
    except ArchiveError as error:
        raise ConfigError(str(error)) from None


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


def _records(app: Sphinx) -> Path:
    return Path(app.srcdir, app.config.bookkit_records)


def _choose(app: Sphinx, config: Config) -> None:
    if not switches.fast():
        return
    kept = newest(_records(app))
    if kept is None:
        raise ConfigError(f"BOOK_FAST=1 shows the outputs of the newest release, and there is none under "
                          f"{_records(app)}; build without it")
    config.bookkit_release = kept.version


def _before_read(app: Sphinx, env: BuildEnvironment, docnames: list[str]) -> None:
    if not (version := app.config.bookkit_release):
        return
    log.info("fast build: outputs come from release %s; nothing is trained or executed", version)
    for name in docnames:
        one = chapter.parse(app, name, stamp.stamped(app, name, page_text.read(Path(env.doc2path(name)))))
        if one is None:
            continue
        missing = fill(one.notebook, chapter_of(_records(app), name), version)
        if missing:
            log.info("%s: %d of %d cells changed since release %s", name, missing, len(one.code_cells), version)
        get_cache(one.config.execution_cache_path).cache_notebook_bundle(
            CacheBundleIn(one.notebook, str(one.path)), check_validity=False, overwrite=True)


def _depend(app: Sphinx, docname: str, content: list[str]) -> None:
    kept = newest(_records(app)) if app.config.bookkit_release else None
    if kept and docname in kept.pages:
        app.env.note_dependency(str(_records(app) / notebooks.LIST))


def _banner(version: str) -> str:
    return f"A fast build, for editing prose: outputs come from release {version}, none from this build."


def banner(app: Sphinx) -> str:
    """What the top of every page says in a fast build; empty in a full one."""
    return _banner(app.config.bookkit_release) if app.config.bookkit_release else ""


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
