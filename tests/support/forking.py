"""The process that forks for scripts, which `forks` starts: forking.py ADDRESS listens at a socket of that name.

PyTorch, Sphinx and the libraries for statistics take seconds to import, and here they are imported once.
"""

import atexit
import contextlib
import gc
import json
import os
import runpy
import select
import shutil
import signal
import site
import socket
import sys
import sysconfig
import threading
import traceback
from pathlib import Path

import psutil
from warm import warm

# Of a kernel not `ipykernel.kernelapp`, which reads who its parent is when it is imported.
SLOW = ("IPython.core.shellapp", "ipykernel.ipkernel", "lifelines", "matplotlib.pyplot", "scipy.stats",
        "sklearn.linear_model", "statsmodels.stats.proportion", "torch")
OURS = ("bookkit", "deref", "evidence")


def _serve(address: str) -> None:
    for name in SLOW:
        __import__(name)
    warm()
    assert not [name for name in sys.modules if name.partition(".")[0] in OURS]
    gc.collect()
    gc.freeze()  # nothing of this process is garbage of a script
    asking: dict[int, socket.socket] = {}  # the connections of those who wait for scripts, by process
    woken, wake = os.pipe()
    os.set_blocking(wake, False)
    signal.set_wakeup_fd(wake)
    signal.signal(signal.SIGCHLD, lambda *_: None)  # so that the end of a script wakes this process
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(address)
        listener.listen(128)
        os.write(1, b"ready\n")
        os.dup2(2, 1)
        while 0 not in (ready := select.select([0, woken, listener, *asking.values()], [], [])[0]):
            for script in [script for script, connection in asking.items() if connection in ready]:
                number = asking[script].recv(1)
                os.kill(script, number[0] if number else signal.SIGKILL)
                if not number:
                    asking.pop(script).close()
            if woken in ready:
                os.read(woken, 100)
                _end(asking)
            if listener in ready:
                _begin(listener, asking)
    for script in asking:
        os.kill(script, signal.SIGKILL)
    shutil.rmtree(Path(address).parent, ignore_errors=True)  # as does the other one, of exact processes


def _begin(listener: socket.socket, asking: dict[int, socket.socket]) -> None:
    """Start the script that somebody asks for."""
    connection, _ = listener.accept()
    length, streams, _, _ = socket.recv_fds(connection, 8, 3)
    try:
        asked = json.loads(connection.recv(int.from_bytes(length, "big"), socket.MSG_WAITALL))
    except ValueError:  # killed while it asked
        connection.close()
        return
    if script := os.fork():
        asking[script] = connection
        for one in streams:
            os.close(one)
        return
    status = 1
    try:
        for one in (listener, connection, *asking.values()):
            one.close()
        signal.set_wakeup_fd(-1)
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        status = _run(streams=streams, **asked)
    finally:
        os._exit(status)


def _end(asking: dict[int, socket.socket]) -> None:
    """Say of each script that ended how it did."""
    with contextlib.suppress(ChildProcessError):  # there is none at all
        while (ended := os.waitpid(-1, os.WNOHANG))[0]:
            if connection := asking.pop(ended[0], None):
                with connection, contextlib.suppress(OSError):  # nobody waits any more
                    connection.sendall(str(os.waitstatus_to_exitcode(ended[1])).encode())


def _run(arguments: list[str], env: dict[str, str], cwd: str, streams: list[int], executable: str,
         prefix: str, client: int) -> int:
    """Do in a fork what the interpreter does with its arguments; the exit status."""
    for number, stream in enumerate(streams):
        os.dup2(stream, number)
        os.close(stream)
    os.chdir(cwd)
    os.environ.clear()
    os.environ.update(env)
    if executable:
        _enter(executable, Path(prefix), client)
    named = arguments[0] in ("-m", "-c")
    sys.argv = ["-c", *arguments[2:]] if arguments[0] == "-c" else arguments[1:] if named else arguments
    # The folder of this file gives way to what an interpreter puts first.
    sys.path[0] = cwd if named else str(Path(arguments[0]).parent)
    sys.path[1:1] = [path for path in env.get("PYTHONPATH", "").split(os.pathsep) if path]
    status: object = None
    try:
        if arguments[0] == "-m":
            runpy.run_module(sys.argv[0], run_name="__main__", alter_sys=True)
        elif arguments[0] == "-c":
            exec(compile(arguments[1], "<string>", "exec"), {"__name__": "__main__"})
        else:
            runpy.run_path(sys.argv[0], run_name="__main__")
    except SystemExit as end:
        status = end.code
    except BaseException:
        traceback.print_exc()
        status = 1
    if isinstance(status, str):
        print(status, file=sys.stderr)
    with contextlib.suppress(BaseException):
        threading._shutdown()
        atexit._run_exitfuncs()
        sys.stdout.flush()
        sys.stderr.flush()
    return status if isinstance(status, int) else int(status is not None)


def _enter(executable: str, prefix: Path, client: int) -> None:
    """Be the interpreter of a virtual environment, for a process that stands in for it."""
    if str(prefix) != sys.prefix:
        library = sysconfig.get_path("stdlib")
        sys.path[1:] = [path for path in sys.path[1:] if path.startswith(library) and "-packages" not in path]
        site.addsitedir(str(next((prefix / "lib").glob("python*/site-packages"))))
    sys.executable, sys.prefix, sys.exec_prefix = executable, str(prefix), str(prefix)
    # The parent is that of the process which asked, for those who want to know whether it is still there.
    asking = psutil.Process(client)
    os.getppid = lambda: asking.ppid() if asking.is_running() else 1


if __name__ == "__main__":
    _serve(sys.argv[1])
