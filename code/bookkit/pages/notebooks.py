"""Executed chapters to take along: /notebooks/<page>.ipynb, and the source of the book beside them.

A notebook holds its page's prose as plain Markdown, its cells and their outputs as this build shows them. Its first
cell says what to install: the archive of the project's source in the same folder, so that the site alone is enough.
"""

import functools
import gzip
import io
import json
import os
import posixpath
import tarfile
from pathlib import Path
from typing import Any

import nbformat
from docutils import nodes
from nbformat import NotebookNode
from sphinx.application import Sphinx

from bookkit.execution import executed_notebooks, released_notebooks
from bookkit.pages import refresh
from bookkit.parts import kept_work, site_file
from bookkit.parts.entries import PARTS
from bookkit.prose import conditions
from bookkit.prose.plain import markdown
from bookkit.results import verdicts
from bookkit.results.catalogue import Catalogue, catalogue, records_folder
from bookkit.results.domain import WEB, ResultsDomain
from bookkit.results.kind import kinds
from evidence.archive import notebooks

FOLDER = "notebooks"
ARCHIVE = "deref.tar.gz"
# What a notebook needs and what builds the book: all but the tests, and the records of releases, which are heavy.
SOURCES = ("CITATION.cff", "LICENSE", "Makefile", "README.md", "_config.yml", "_toc.yml", "book", "code",
           "pyproject.toml", "records/criteria.json", "records/published.json", "records/replications",
           "records/sweeps", "requirements.txt", "scripts")
_HEAD = """*This is the executed page “{title}” of {book}, with the outputs of {origin}.*

To run it yourself, with Python 3.11, 3.12 or 3.13:

1. Download the source of the book, `{archive}`, {where}, and unpack it: `tar xzf {archive}`
2. Install it where this notebook's kernel runs: `pip install -e {folder} -c {folder}/requirements.txt`
3. Run the cells. A model that a cell asks for is trained there and then, which takes minutes at most, and kept in \
`{folder}/.runs`.
"""


def chapters(app: Sphinx) -> list[str]:
    """The pages that have an executed notebook: of this build, or in a fast build of the release."""
    if app.config.bookkit_release:
        kept = released_notebooks.newest(records_folder(app.env))
        return sorted(app.env.found_docs & kept.pages.keys()) if kept else []
    return sorted(executed_notebooks.names(app.env))


def _source(app: Sphinx, name: str) -> Path:
    """The file that says whether a notebook is another one."""
    if app.config.bookkit_release:
        return records_folder(app.env) / notebooks.LIST
    return executed_notebooks.page(Path(app.outdir).parent, name)


def _notebook(app: Sphinx, name: str) -> NotebookNode:
    released = released_notebooks.chapter_of(records_folder(app.env), name) if app.config.bookkit_release else None
    return released or nbformat.read(executed_notebooks.page(Path(app.outdir).parent, name), as_version=4)


def portable(notebook: NotebookNode, head: str, say: Any) -> NotebookNode:
    """A notebook that stands on its own.

    Args:
        notebook: an executed chapter; it is changed in place.
        head: what the first cell says.
        say: what stands for a role or a directive, as in `plain.markdown`.

    Returns:
        The notebook with prose as plain Markdown, and of the metadata of outputs what kinds let it carry.
    """
    for cell in notebook.cells:
        if cell.cell_type == "markdown":
            cell.source = markdown(cell.source, say)
        for output in cell.get("outputs", []):
            _lighten(output.get("metadata", {}))
    first = nbformat.v4.new_markdown_cell(head)
    first["id"] = "how-to-run"
    notebook.cells = [first, *(cell for cell in notebook.cells if cell.source.strip())]
    notebook.metadata["kernelspec"] = {"name": "python3", "display_name": "Python 3", "language": "python"}
    return notebook


def _lighten(metadata: dict[str, Any]) -> None:
    for kind in kinds():
        if kind.key in metadata and (kept := kind.carried(metadata.pop(kind.key))) is not None:
            metadata[kind.key] = dict(kept)


def archive(root: Path, name: str) -> bytes:
    """The project's source as a compressed archive, the same bytes for the same files.

    Args:
        root: of the project.
        name: the folder that everything in the archive is in.
    """
    packed = io.BytesIO()
    with gzip.GzipFile(fileobj=packed, mode="wb", mtime=0) as zipped, tarfile.open(fileobj=zipped, mode="w") as tar:
        for path in _packed(root):
            entry = tarfile.TarInfo(f"{name}/{path.relative_to(root).as_posix()}")
            entry.size, entry.mode = path.stat().st_size, 0o755 if os.access(path, os.X_OK) else 0o644
            with path.open("rb") as file:
                tar.addfile(entry, file)
    return packed.getvalue()


def _packed(root: Path) -> list[Path]:
    """The files of the archive."""
    return sorted(found for source in SOURCES for found in _files(root / source))


def _files(path: Path) -> list[Path]:
    if path.is_file():
        return [path]
    return [one for one in path.rglob("*") if one.is_file() and one.suffix != ".pyc"
            and not any(part.endswith(".egg-info") or part.startswith(".") for part in one.relative_to(path).parts)]


def write(app: Sphinx, site: Path, found: Catalogue) -> None:
    """Put the notebooks and the archive into the site, and delete those of chapters that are gone."""
    root = Path(app.srcdir)
    if not (root / "pyproject.toml").exists():
        return
    executed, folder = chapters(app), site / FOLDER
    work = json.loads(app.config.bookkit_work) if app.config.bookkit_work else {}
    version = work.get("version", app.config.version)
    name_of_folder = "-".join(part for part in ("deref", version) if part)
    kept_work.unless_same(app, FOLDER, [name_of_folder, kept_work.seen(_packed(root))], [folder / ARCHIVE],
                          lambda: site_file.put(folder / ARCHIVE, archive(root, name_of_folder)))
    base = app.config.html_baseurl
    origin = f"release {found.fast}" if found.fast else f"the build of version {version}" if version else "its build"
    head = functools.partial(_HEAD.format, book=work.get("title", "the book"), origin=origin, folder=name_of_folder,
                             archive=ARCHIVE, where=f"from {base}{FOLDER}/" if base else f"from `{FOLDER}/` on the "
                             "book's site")
    titles = {name: title.astext() for name, title in sorted(app.env.titles.items())}
    around = kept_work.digest([ResultsDomain.data_version, head(title=""), titles])
    wanted = {folder / ARCHIVE}
    for name in executed:
        target = folder / f"{name}.ipynb"
        wanted.add(target)
        depends = [around, refresh.digests(app.env).get(name), kept_work.seen([_source(app, name)])]
        kept_work.unless_same(app, f"{FOLDER}/{name}", depends, [target], functools.partial(
            _write, app, found, name, head(title=titles[name]), target))
    for path in folder.rglob("*"):
        if path.is_file() and path not in wanted:
            path.unlink()


def _write(app: Sphinx, found: Catalogue, name: str, head: str, target: Path) -> None:
    """Write the notebook of one chapter."""
    claims = verdicts.judged(app.env, found)

    def say(kind: str, text: str) -> str | None:
        return _say(app, found, claims, name, kind, text)

    site_file.put(target, _text(portable(_notebook(app, name), head, say)))


def _text(notebook: NotebookNode) -> bytes:
    """The file of a notebook, without white space, which is a quarter of those that Jupyter writes."""
    # nbformat has white space of its own, whatever it is asked for
    data = json.loads(nbformat.writes(notebook, split_lines=False))
    return (json.dumps(data, ensure_ascii=False, separators=(",", ":")) + "\n").encode()


def _say(app: Sphinx, found: Catalogue, claims: dict[str, verdicts.Judged], here: str, kind: str,
         text: str) -> str | None:
    if kind in PARTS:
        return found.text(text, kind)
    if kind == "checked" and (checked := conditions.read(text)[0]):
        return found.say([checked])
    if kind == "verdict" and text in claims:
        return claims[text].verdict.verdict
    if kind == "passage":
        return ""
    if kind == "box claim" and text in claims:
        one = claims[text]
        return f"**Claim** `{text}`**: {one.verdict.verdict}.** {one.claim.statement} *{one.claim.criterion_text}*\n"
    if kind == "doc" and "<" not in text:
        name = posixpath.normpath(posixpath.join(posixpath.dirname(here), text))
        return f"“{app.env.titles[name].astext()}”" if name in app.env.titles else None
    return None


def _button(app: Sphinx, pagename: str, template: str, context: dict[str, Any], doctree: nodes.document | None) -> None:
    """Offer the notebook where the theme offers the page's source, and before that the way to run it."""
    installable = (Path(app.srcdir) / "pyproject.toml").exists()
    if app.builder.name not in WEB or not installable or pagename not in app.env.found_docs or (
            pagename not in chapters(app)):
        return
    if app.config.bookkit_launch:
        page, _, anchor = app.config.bookkit_launch.partition("#")
        context["header_buttons"].insert(0, {
            "type": "link", "url": f"{context['pathto'](page)}#{anchor}", "icon": "fas fa-rocket", "text": None,
            "tooltip": "Run this page on your machine", "label": "launch-button"})
    for group in context.get("header_buttons", []):
        if group.get("label") == "download-buttons":
            group["buttons"].insert(0, {
                "type": "link", "url": context["pathto"](f"{FOLDER}/{pagename}.ipynb", 1), "text": ".ipynb",
                "icon": "fas fa-code", "tooltip": "Download the executed notebook",
                "label": "download-notebook-button"})


def _finish(app: Sphinx, exception: Exception | None) -> None:
    if exception is None and app.builder.name in WEB:
        write(app, Path(app.outdir), catalogue(app.env))


def setup(app: Sphinx) -> None:
    """Write the notebooks at the end of a build, and link them when the theme has made its buttons."""
    # the page and section that say how to run a chapter, as "page#anchor"; without it no page has a launch button
    app.add_config_value("bookkit_launch", "", "html", str)
    app.connect("html-page-context", _button, priority=900)
    app.connect("build-finished", _finish)
