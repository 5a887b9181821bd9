"""Work that another process does while this one goes on, for a machine with a core to spare.

The work only writes files, which it writes again where they are not what they should be. So nothing is lost where no
process can be forked, and nothing where one fails: whoever collects does the work itself, and meets the same error.
"""

import multiprocessing
import sys
from collections.abc import Callable
from multiprocessing.process import BaseProcess
from weakref import WeakKeyDictionary

from sphinx.application import Sphinx

from evidence.cores import usable_cores

_BEGUN: WeakKeyDictionary[Sphinx, BaseProcess] = WeakKeyDictionary()


def begin(app: Sphinx, work: Callable[[], object]) -> None:
    """Start a piece of work in a copy of this process; nothing where that is not safe, or there is one core alone.

    Args:
        app: the application, which has one such piece at a time.
        work: writes files, and may be done again.
    """
    if sys.platform == "linux" and usable_cores() > 1:  # elsewhere libraries do not bear to be forked
        process = multiprocessing.get_context("fork").Process(target=_quietly, args=(work,), daemon=True)
        process.start()
        _BEGUN[app] = process


def end(app: Sphinx) -> None:
    """Wait for the piece of work that was begun, if there is one; whether it succeeded is seen by what it left."""
    if process := _BEGUN.pop(app, None):
        process.join()


def _quietly(work: Callable[[], object]) -> None:
    try:
        work()
    except (Exception, KeyboardInterrupt):  # the process that waits does the work again, and says what is wrong
        sys.exit(1)
