"""A Python that has imported what is slow to import, and forks for each script that is to run in a process of its own.

PyTorch, Sphinx and the libraries for statistics take seconds to import. What a script itself imports, the project's
packages among it, is imported in its fork alone, so that it meets the same modules as in a fresh interpreter. Settings
that libraries read when they are imported come too late. Exact processes have some: they are fresh ones, or forks of a
process that has these settings from its start.
"""

import atexit
import contextlib
import gc
import json
import os
import runpy
import select
import shlex
import shutil
import signal
import site
import socket
import subprocess
import sys
import tempfile
import threading
import traceback
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from pathlib import Path
from types import MappingProxyType

import forked_python
import psutil
from warm import warm

SLOW = ("IPython", "ipykernel.kernelapp", "lifelines", "matplotlib.pyplot", "scipy.stats", "sklearn.linear_model",
        "statsmodels.stats.proportion", "torch")
OURS = ("bookkit", "deref", "evidence")


class Forks:
    """Runs what `python ARGUMENT ...` would, in forks of one process."""

    def __init__(self) -> None:
        folder = tempfile.mkdtemp(prefix="f")
        self.address = str(Path(folder, "forks"))  # short, as the path of a socket has to be
        self.python = Path(folder, "python")  # stands in for the interpreter of this process
        stand_in(self.python)
        self._servers = [_started(self.address)]

    def exactly(self) -> None:
        """From here on exact processes are forks, too: of another process, whose libraries were loaded under their
        settings."""
        from evidence import exact

        if len(self._servers) == 1:
            self._servers.append(_started(f"{self.address}{forked_python.EXACTLY}", exact.environment()))

    def run(self, arguments: Sequence[str | Path], *, env: Mapping[str, str], cwd: Path | str = ".",
            timeout: int = 300) -> subprocess.CompletedProcess[str]:
        """Run a script to its end.

        Args:
            arguments: of the interpreter: a path, or -m and a module, or -c and code; then the script's own.
            env: the environment of the process.
            cwd: its folder.
            timeout: seconds after which it ends as if it had met SIGALRM.
        """
        with open(os.devnull) as nothing, tempfile.TemporaryFile("w+") as out, tempfile.TemporaryFile("w+") as err:
            connection = forked_python.ask(self.address, list(map(str, arguments)), env, str(Path(cwd).resolve()),
                                           [stream.fileno() for stream in (nothing, out, err)])
            with connection, _ended_after(timeout, connection):
                status = forked_python.status(connection)
            return subprocess.CompletedProcess(arguments, status, *(_whole(stream) for stream in (out, err)))

    def close(self) -> None:
        """End the processes that fork."""
        for server in self._servers:
            server.communicate()


def stand_in(path: Path, prefix: Path | str = sys.prefix) -> None:
    """Write a program that stands in for the Python of a virtual environment: it forks, where its own environment names
    a process that does.

    Args:
        path: of the program.
        prefix: of the virtual environment.
    """
    python = os.path.realpath(sys.executable)
    begin = shlex.join([python, "-IS", forked_python.__file__, python, str(prefix)])
    path.unlink(missing_ok=True)  # a link, perhaps
    path.write_text(f'#!/bin/sh\nexec {begin} "$0" "$@"\n', "utf-8")
    path.chmod(0o755)


@cache
def shared() -> Forks:
    """The one of this process, which ends with it."""
    made = Forks()
    atexit.register(made.close)
    return made


def _started(address: str, settings: Mapping[str, str] = MappingProxyType({})) -> subprocess.Popen[bytes]:
    """Start a process that forks. It ends with its standard input, and so with this process, however that ends."""
    server = subprocess.Popen([sys.executable, __file__, address], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                              start_new_session=True,
                              env={**os.environ, "OMP_NUM_THREADS": "1", "PYTHONHASHSEED": "0", **settings})
    assert server.stdout and server.stdout.readline(), "the process that forks did not start"
    return server


@contextlib.contextmanager
def _ended_after(seconds: int, connection: socket.socket) -> Iterator[None]:
    timer = threading.Timer(seconds, connection.send, [bytes([signal.SIGALRM])])
    timer.start()
    yield
    timer.cancel()


def _whole(stream) -> str:
    stream.seek(0)
    return stream.read()


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
    shutil.rmtree(Path(address).parent, ignore_errors=True)  # as does the other one, of exact processes


def _begin(listener: socket.socket, asking: dict[int, socket.socket]) -> None:
    """Start the script that somebody asks for."""
    connection, _ = listener.accept()
    length, streams, _, _ = socket.recv_fds(connection, 8, 3)
    try:
        asked = json.loads(connection.recv(int.from_bytes(length, "big"), socket.MSG_WAITALL))
    except ValueError:  # killed while it asked
        return connection.close()
    script = os.fork()
    if script:
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
        sys.path[1:] = [path for path in sys.path[1:] if path.startswith(sys.base_prefix) and "-packages" not in path]
        site.addsitedir(str(next((prefix / "lib").glob("python*/site-packages"))))
    sys.executable, sys.prefix, sys.exec_prefix = executable, str(prefix), str(prefix)
    # The parent is that of the process which asked, for those who want to know whether it is still there.
    asking = psutil.Process(client)
    os.getppid = lambda: asking.ppid() if asking.is_running() else 1


if __name__ == "__main__":
    _serve(sys.argv[1])
