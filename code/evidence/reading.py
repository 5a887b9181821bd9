"""Reading what somebody else may have written: files that are files, and JSON that is JSON.

A name in a store, or on a command line, can be a pipe that nobody writes to, and a program that opens it waits for
ever. A text can be JSON by its grammar and still be none that a program can hold. Both are refused here, once, with
errors that callers expect anyway.
"""

import errno
import json
import os
import stat
from pathlib import Path
from typing import Any, NoReturn


class Irregular(OSError):
    """What has a file's name is a pipe, a socket, a device, a circle of links, or another thing that is no file."""

    def __init__(self, path: Path) -> None:
        super().__init__(errno.EINVAL, "it is no regular file", str(path))


def read_bytes(path: Path) -> bytes:
    """The content of a regular file; never waits for anybody to write it.

    Raises:
        Irregular: it is another thing than a file or a directory.
        OSError: it is not there, or cannot be read.
    """
    # Asked before it is opened, since opening a device can do something, and after, since it can change in between.
    check_regular(path)
    with open(os.open(path, os.O_RDONLY | os.O_NONBLOCK), "rb") as file:
        _check(path, os.fstat(file.fileno()).st_mode)
        return file.read()


def check_regular(path: Path) -> None:
    """Make sure that a path leads to a regular file.

    Raises:
        Irregular, OSError: as `read_bytes`.
    """
    try:
        mode = os.stat(path).st_mode
    except OSError as error:
        if error.errno != errno.ELOOP:
            raise
        raise Irregular(path) from None  # links that lead in a circle
    _check(path, mode)


def parse_json(data: bytes | str) -> Any:
    """The data of a JSON text.

    Raises:
        ValueError: it is no JSON (NaN and Infinity are none), not UTF-8, has numbers of thousands of digits, or is
            nested more deeply than Python follows.
    """
    try:
        return json.loads(data, parse_constant=_no_constant)
    except RecursionError:
        raise ValueError("it is nested too deeply") from None


def _check(path: Path, mode: int) -> None:
    if stat.S_ISDIR(mode):
        raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), str(path))
    if not stat.S_ISREG(mode):
        raise Irregular(path)


def _no_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is no JSON number")
