"""The process that started this one, where it is to be outlived by nothing: a build that trains through a command.

A build that is killed cannot end the command that it started, and nobody waits for its runs any more. So the build says
in the command's environment who it is, and the command watches whether that process is still its parent. Commands that
people start are not told of any, and live on when a terminal is closed.
"""

import os
import threading
import time
from collections.abc import Callable

VARIABLE = "DEREF_PARENT"
EVERY_S = 0.5


def named() -> dict[str, str]:
    """What the environment of a command holds that is to end with this process."""
    return {VARIABLE: str(os.getpid())}


def when_gone(call: Callable[[], None]) -> None:
    """Call something, in a thread, once the parent that the environment names is gone; never, where it names none.

    What this process starts in its turn is not told.
    """
    parent = os.environ.pop(VARIABLE, "")
    if not parent.isdecimal():
        return

    def watch() -> None:
        while os.getppid() == int(parent):
            time.sleep(EVERY_S)
        call()

    threading.Thread(target=watch, daemon=True).start()
