"""What the last build left, by content: damage is found at the start of the next build, and repaired by it.

At its end a build notes the hash of every file of the site, and of what is kept about pages between builds (their
trees, the environment, and the images that cells put out). The next one compares.

- Trees that differ are read again; an environment that is not the one of the last build that ended makes all of them be
  read. So after a build that was killed, nothing that it left is believed.
- Pages that differ are written again; where another file does, all pages are, since the search index and the images
  are made while pages are written.
- Pages of documents that the book no longer has are deleted.
"""

import hashlib
import json
import os
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast
from weakref import WeakKeyDictionary

from myst_nb.sphinx_ext import OUTPUT_FOLDER
from sphinx.application import ENV_PICKLE_FILENAME, Sphinx
from sphinx.builders.html import StandaloneHTMLBuilder
from sphinx.config import Config
from sphinx.environment import BuildEnvironment
from sphinx.util import logging

from bookkit.pages.whole_pages import source_of
from bookkit.parts import kept_work
from bookkit.parts.site_file import PART
from bookkit.results.domain import WEB
from evidence.files import remove, write_file
from evidence.reading import read_bytes

TREES = "bookkit-trees.json"
# What every build makes anew that writes any page.
_ANEW = ("objects.inv", ".buildinfo", "genindex.html", "search.html", "py-modindex.html")

log = logging.getLogger(__name__)


@dataclass
class _Found:
    """What a build found of the last one's site: the damaged files, and the hashes of the others as they were read."""

    damaged: frozenset[Path] = frozenset()
    hashes: dict[Path, tuple[tuple[int, ...], str]] = field(default_factory=dict)


_FOUND: WeakKeyDictionary[Sphinx, _Found] = WeakKeyDictionary()


def damaged(app: Sphinx, path: Path) -> bool:
    """Whether a file of the site is not as the last build left it."""
    return path in _FOUND[app].damaged


def damaged_below(app: Sphinx, folder: Path) -> bool:
    """Whether a file in a folder of the site, or below it, is not as the last build left it."""
    found = _FOUND.get(app, _Found())
    return any(path.is_relative_to(folder) for path in found.damaged)


def _before_environment(app: Sphinx, config: Config) -> None:
    """Delete what was kept about pages and is not as the last build left it; Sphinx makes it again."""
    _FOUND[app] = _Found()
    folder = Path(app.doctreedir)
    known = kept_work.load(folder / TREES)
    trees, images = known.get("trees", {}), known.get("images", {})
    environment = folder / ENV_PICKLE_FILENAME
    for name, sha256 in trees.items():
        if _hash(folder / name) != sha256:
            remove(folder / name)
    found = {path.name: sha256 for path, sha256 in _images(app).items()}
    for name, sha256 in found.items():
        if images.get(name) != sha256:
            remove(_image_folder(app) / name)
    if environment.name not in trees or found != images:
        remove(environment)  # of a build that did not come to its end, or that leads to images that are no more
    remove(folder / TREES)


def _updated(app: Sphinx, env: BuildEnvironment) -> list[str]:
    """The pages to write again because of what the site lacks."""
    if app.builder.name not in WEB:
        return []
    builder, site = _builder(app), Path(app.outdir)
    known = kept_work.load(_file(app)).get("files", {})
    for name in _names(site):
        if name.endswith(PART):
            (site / name).unlink()
    found = {site / name: _hash(site / name) for name in known}
    hit = frozenset(path for (path, sha256), before in zip(found.items(), known.values(), strict=True)
                    if sha256 != before)
    _FOUND[app] = _Found(damaged=hit, hashes={path: (_stat(path), one) for path, one in found.items() if one})
    if not hit:
        return []
    log.info("%d file(s) of the site are not as the last build left them", len(hit))
    remove(Path(app.doctreedir, f"bookkit-work-{app.builder.name}.json"))  # work that would leave its files alone
    pages = {path: name for name in env.found_docs for path in _files(builder, name)}
    others = [path.relative_to(site) for path in hit - set(pages)]
    if any(path.parts[0] not in ("_static", "results") and path.as_posix() not in _ANEW for path in others):
        return sorted(env.found_docs)
    return sorted({pages[path] for path in hit & set(pages)} | {env.config.root_doc})


def _forget(app: Sphinx, exception: Exception | None) -> None:
    """Delete the pages of documents that the book has no more, before anything lists the site."""
    if exception is None and app.builder.name in WEB:
        site = Path(app.outdir)
        for name, paths in kept_work.load(_file(app)).get("documents", {}).items():
            if name not in app.env.found_docs:
                for path in paths:
                    remove(site / path)


def _finish(app: Sphinx, exception: Exception | None) -> None:
    if exception is not None:
        return
    if app.builder.name in WEB:
        builder, site = _builder(app), Path(app.outdir)
        documents = {name: [path.relative_to(site).as_posix() for path in _files(builder, name)]
                     for name in sorted(app.env.found_docs)}
        files = {name: _known(app, site / name) for name in sorted(_names(site)) if (site / name).is_file()}
        _write(_file(app), {"documents": documents, "files": files})
    folder = Path(app.doctreedir)
    kept = [folder / ENV_PICKLE_FILENAME, *sorted(folder.rglob("*.doctree"))]
    _write(folder / TREES, {
        "trees": {path.relative_to(folder).as_posix(): _hash(path) for path in kept if path.is_file()},
        "images": {path.name: sha256 for path, sha256 in _images(app).items()}})


def _names(site: Path) -> Iterator[str]:
    """All files of a site, by name from its root; links to folders are none. A site has twenty thousand files."""
    for above, _, files in os.walk(site):
        inside = os.path.relpath(above, site).replace(os.sep, "/")
        yield from files if inside == "." else (f"{inside}/{name}" for name in files)


def _images(app: Sphinx) -> dict[Path, str]:
    """The files that MyST-NB writes of outputs, and their hashes; it writes executed notebooks too, and always anew."""
    return {path: _hash(path) for path in sorted(_image_folder(app).glob("*"))
            if path.suffix != ".ipynb" and not path.is_dir()}


def _image_folder(app: Sphinx) -> Path:
    return Path(app.outdir).parent / OUTPUT_FOLDER


def _builder(app: Sphinx) -> StandaloneHTMLBuilder:
    return cast(StandaloneHTMLBuilder, app.builder)


def _files(builder: StandaloneHTMLBuilder, docname: str) -> tuple[Path, ...]:
    page = Path(builder.get_outfilename(docname))
    return (page, source_of(builder, docname)) if builder.config.html_copy_source else (page,)


def _file(app: Sphinx) -> Path:
    return Path(app.doctreedir, f"bookkit-site-{app.builder.name}.json")


def _write(path: Path, data: dict[str, Any]) -> None:
    write_file(path, (json.dumps(data, indent=0, sort_keys=True) + "\n").encode())


def _hash(path: Path) -> str:
    """Of a regular file; empty for anything else."""
    try:
        return hashlib.sha256(read_bytes(path)).hexdigest()
    except OSError:
        return ""


def _stat(path: Path) -> tuple[int, ...]:
    found = path.stat()
    return found.st_ino, found.st_size, found.st_mtime_ns


def _known(app: Sphinx, path: Path) -> str:
    """The hash of a file, from the start of this build where it was not touched since."""
    stat, sha256 = _FOUND[app].hashes.get(path, ((), ""))
    return sha256 if stat == _stat(path) else _hash(path)


def setup(app: Sphinx) -> None:
    """Compare before Sphinx loads what it kept, and before pages are written; note at the very end."""
    app.connect("config-inited", _before_environment, priority=900)
    app.connect("env-updated", _updated, priority=900)
    app.connect("build-finished", _forget, priority=2)
    app.connect("build-finished", _finish, priority=990)
