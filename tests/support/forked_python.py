"""What stands in for a Python interpreter where a process forks for scripts: asks it for a fork, and is its stand-in.

A fork has the streams, the environment and the folder of the process that asked for it, and its fate: signals go on to
the fork, whose exit status becomes that of the process, and when the process is killed so is the fork.
As a program: forked_python.py PYTHON PREFIX NAME ARGUMENT ... does what `NAME ARGUMENT ...` does, where NAME stands in
for the PYTHON of the virtual environment at PREFIX. This file imports nothing that takes time.
"""

import contextlib
import json
import os
import signal
import socket
import sys
from collections.abc import Mapping, Sequence

ADDRESS = "FORKS_ADDRESS"
"""The variable of the environment that names the socket of the process that forks."""
FORWARDED = (signal.SIGHUP, signal.SIGINT, signal.SIGQUIT, signal.SIGTERM)
EXACT, EXACTLY = "DEREF_EXACT", ".exact"
"""The variable that says that a process is an exact one, and how the socket of the process that forks for those ends,
where there is one."""


def ask(address: str, arguments: Sequence[str], env: Mapping[str, str], cwd: str, streams: Sequence[int],
        executable: str = "", prefix: str = "") -> socket.socket:
    """Have a script run in a fork.

    Args:
        address: of the process that forks.
        arguments: of the interpreter.
        env: the environment of the script.
        cwd: its folder.
        streams: the descriptors of its standard input, output and error.
        executable: which this process stands in for; empty where it only asks.
        prefix: of the virtual environment of that one.

    Returns:
        The connection. A byte that is sent is a signal to the fork, and closing it kills the fork; see `status`.
    """
    connection = socket.socket(socket.AF_UNIX)
    connection.connect(address)
    asked = json.dumps({"arguments": list(arguments), "env": dict(env), "cwd": cwd, "executable": executable,
                        "prefix": prefix, "client": os.getpid()}).encode()
    socket.send_fds(connection, [len(asked).to_bytes(8, "big")], list(streams))
    connection.sendall(asked)
    return connection


def status(connection: socket.socket) -> int:
    """Wait for a fork; its exit status, negative if a signal ended it."""
    said = b""
    while more := connection.recv(16):
        said += more
    return int(said or -signal.SIGKILL)


def _address(arguments: Sequence[str]) -> str:
    """The address of a process whose forks do what a fresh interpreter does with these arguments; empty where none is.

    pip and venv need an interpreter without any libraries, and what multiprocessing starts the descriptors that are
    open here. Dask starts processes in its own ways.
    """
    exactly = os.environ.get(EXACT, "0") not in ("", "0")
    address = os.environ.get(ADDRESS, "") + EXACTLY * exactly
    first, *rest = arguments or ("-i",)
    if first == "-c":
        able = "multiprocessing" not in rest[0]
    elif first == "-m":
        able = rest[0] not in ("pip", "venv")
    else:
        able = first[0] != "-" and os.path.basename(first) != "dask"
    return address if able and os.path.exists(address) else ""


def main(python: str, prefix: str, name: str, *arguments: str) -> int:
    if not (address := _address(arguments)):
        os.execv(python, [os.path.join(prefix, "bin", "python"), *arguments])
    connection = ask(address, arguments, os.environ, os.getcwd(), (0, 1, 2), name, prefix)

    def forward(number: int, frame: object) -> None:
        with contextlib.suppress(OSError):  # it has just ended
            connection.send(bytes([number]))

    for number in FORWARDED:
        signal.signal(number, forward)
    ended = status(connection)
    if ended < 0:
        with contextlib.suppress(OSError):  # of SIGKILL
            signal.signal(-ended, signal.SIG_DFL)
        os.kill(os.getpid(), -ended)
    return ended


if __name__ == "__main__":
    os._exit(main(*sys.argv[1:]))
