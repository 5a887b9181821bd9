"""One build at a time in a folder: a second one waits, says so, and finds done what the first one did.

Two at once would write the same cache of executed chapters, the same trees and the same pages.
"""

from pathlib import Path
from weakref import WeakKeyDictionary

from filelock import FileLock, Timeout
from sphinx.application import Sphinx
from sphinx.config import Config
from sphinx.errors import ExtensionError
from sphinx.util import logging

NAME = ".bookkit.lock"

log = logging.getLogger(__name__)

_HELD: WeakKeyDictionary[Sphinx, FileLock] = WeakKeyDictionary()


def _start(app: Sphinx, config: Config) -> None:
    """Take the folder that the trees of all formats are kept in; the system gives it back if this process dies."""
    folder = Path(app.doctreedir).parent
    lock = FileLock(folder / NAME)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        try:
            lock.acquire(blocking=False)
        except Timeout:
            log.info("another build is at work in %s: waiting until it has ended", folder)
            lock.acquire()
    except NotImplementedError:  # a file system without locks
        return
    except OSError as error:
        raise ExtensionError(f"expected to lock {lock.lock_file}, got: {error.strerror or error}") from None
    _HELD[app] = lock


def _finish(app: Sphinx, exception: Exception | None) -> None:
    if lock := _HELD.pop(app, None):
        lock.release()


def setup(app: Sphinx) -> None:
    """Hold the folder from before anything in it is read until everything is written."""
    app.connect("config-inited", _start, priority=0)
    app.connect("build-finished", _finish, priority=999)
