"""The cache of executed chapters, with a seal on each entry: nothing is published from it that was not put there.

jupyter-cache keeps a notebook under the hash of its cells and believes whatever lies there. A SEAL beside the notebook
is the hash of that name and of every byte of the notebook, outputs and figures among them; it is written last. What has
no seal or a wrong one was cut short, damaged or put under another name, and its chapter is executed again.
"""

import hashlib
import os
import sqlite3
from pathlib import Path

from jupyter_cache import get_cache
from jupyter_cache.base import CacheBundleIn
from jupyter_cache.cache.main import JupyterCacheBase
from nbformat import NotebookNode
from sphinx.errors import ExtensionError
from sphinx.util import logging

from bookkit.execution.chapter import Chapter
from evidence.files import remove, write_file
from evidence.reading import check_regular, read_bytes

DATABASE, EXECUTED, NOTEBOOK, SEAL = "global.db", "executed", "base.ipynb", "seal"

log = logging.getLogger(__name__)


def check(folder: Path) -> None:
    """Throw away a database of the cache that is none; notebooks without entries in it are executed again.

    Args:
        folder: of the cache; it need not exist.

    Raises:
        ExtensionError: another process has locked it.
    """
    path = folder / DATABASE
    if not os.path.lexists(path):
        return
    try:
        check_regular(path)  # a pipe would be waited for
        connection = sqlite3.connect(path, timeout=5)
        try:
            connection.execute("SELECT COUNT(*) FROM nbcache")
            connection.execute("BEGIN IMMEDIATE")
            connection.rollback()
        finally:
            connection.close()
    except (sqlite3.Error, OSError) as error:
        if "locked" in str(error):
            raise ExtensionError(f"expected {path} to be free, got a database that another process has locked: wait "
                                 "until the other build has ended") from None
        log.info("the cache of executed chapters was damaged (%s): chapters are executed again", error)
        remove(path)


def find(chapter: Chapter) -> NotebookNode | None:
    """The executed notebook of a chapter as it is now, code cells alone; None where there is none to be believed."""
    cache = get_cache(chapter.config.execution_cache_path)
    key = cache.create_hashed_notebook(chapter.notebook)[1]
    folder = _folder(cache, key)
    if not _sealed(folder):
        if folder.exists():
            log.info("%s: its executed notebook was damaged: it is executed again", chapter.docname)
            remove(folder)
        return None
    try:
        return cache.get_cache_bundle(cache.match_cache_notebook(chapter.notebook).pk).nb
    except KeyError:
        return None


def put(chapter: Chapter, seconds: float) -> None:
    """Keep a chapter that has just been executed.

    Args:
        chapter: with its outputs.
        seconds: that it took.
    """
    cache = get_cache(chapter.config.execution_cache_path)
    key = cache.create_hashed_notebook(chapter.notebook)[1]
    folder = _folder(cache, key)
    remove(folder)
    cache.cache_notebook_bundle(CacheBundleIn(chapter.notebook, str(chapter.path), data={"execution_seconds": seconds}),
                                check_validity=False, overwrite=True)
    write_file(folder / SEAL, _seal(key, (folder / NOTEBOOK).read_bytes()).encode())


def _folder(cache: JupyterCacheBase, key: str) -> Path:
    return Path(cache.path) / EXECUTED / key


def _seal(key: str, notebook: bytes) -> str:
    return hashlib.sha256(key.encode() + b"\n" + notebook).hexdigest()


def _sealed(folder: Path) -> bool:
    try:
        return read_bytes(folder / SEAL) == _seal(folder.name, read_bytes(folder / NOTEBOOK)).encode()
    except OSError:
        return False
