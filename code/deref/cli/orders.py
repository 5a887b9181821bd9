"""Orders for a process that works for another one, and its end with it.

A process that nobody waits for any more must not train on for half a minute, until it next looks at its input. On Linux
the system ends it in the moment in which the one that started it is gone. Elsewhere a thread sees that the input has
ended, as soon as the interpreter lets it, which the loading of a large library can delay.
"""

import os
import queue
import signal
import sys
import threading

_PR_SET_PDEATHSIG = 1


def orders() -> "queue.SimpleQueue[str]":
    """The lines of standard input as they come; the process ends with the process that started it, and with its input.

    To be called before anything that takes long is imported.
    """
    if sys.platform == "linux":
        import ctypes

        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    found: queue.SimpleQueue[str] = queue.SimpleQueue()
    threading.Thread(target=_listen, args=(found,), daemon=True).start()
    return found


def _listen(found: "queue.SimpleQueue[str]") -> None:
    # Unbuffered: a thread that waits inside a buffered reader keeps the interpreter from ending.
    with open(sys.stdin.fileno(), "rb", buffering=0, closefd=False) as given:
        for line in given:
            found.put(line.decode("utf-8").strip())
    os._exit(0)
