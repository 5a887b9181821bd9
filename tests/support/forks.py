"""A Python that has imported what is slow to import, and forks for each script that is to run in a process of its own.

What a script itself imports, the project's packages among it, is imported in its fork alone, so that it meets the same
modules as in a fresh interpreter. Settings that libraries read when they are imported come too late. Exact processes
have some: they are fresh ones, or forks of a process that has these settings from its start.
"""

import atexit
import contextlib
import os
import shlex
import signal
import socket
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from pathlib import Path
from types import MappingProxyType

import forked_python

SERVER = Path(__file__).with_name("forking.py")


class Forks:
    """Runs what `python ARGUMENT ...` would, in forks of one process."""

    def __init__(self) -> None:
        from evidence import vendor

        folder = tempfile.mkdtemp(prefix="forks-")
        self.address = str(Path(folder, "forks"))  # short, as the path of a socket has to be
        self.python = Path(folder, "python")  # stands in for the interpreter of this process
        stand_in(self.python)
        self._servers = [_started(self.address, vendor.environment())]

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
    server = subprocess.Popen([sys.executable, SERVER, address], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
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
