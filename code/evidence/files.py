"""Files that are written whole or not at all, and what is said when the disk refuses.

Data goes to a temporary name on the same file system, is flushed to the disk, and only then renamed: whoever dies on
the way, by a signal or a power cut, leaves behind the old state and perhaps a temporary name that nobody reads.
"""

import errno
import os
import secrets
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path


class StoreError(RuntimeError):
    """The run store cannot be read or written; the message is one line for whoever has to act on it."""


class StoreWarning(UserWarning):
    """Something in the run store was damaged and has been set aside."""


_FULL = (errno.ENOSPC, errno.EDQUOT)
_CLOSED = (errno.EACCES, errno.EPERM, errno.EROFS)
_IN_THE_WAY = (errno.EEXIST, errno.ENOTDIR, errno.EISDIR, errno.ENOTEMPTY)


@contextmanager
def explained(root: Path) -> Iterator[None]:
    """Turn what the operating system refuses to do with a store's files into one clear line.

    Raises:
        StoreError: instead of any OSError inside.
    """
    try:
        yield
    except OSError as error:
        raise StoreError(f"the run store at {root} cannot be used: {error.strerror or error}; "
                         f"{_advice(root, error)}") from error


def _advice(root: Path, error: OSError) -> str:
    """What to do about a refusal: about the one file that it names, if it lies in the store, and else about the store.
    """
    named = [Path(os.fsdecode(name)) for name in (error.filename2, error.filename) if isinstance(name, (str, bytes))]
    place = named[0] if named else root
    inside = place != root and place.is_relative_to(root)
    if error.errno in _FULL:
        return "free some space (`make clean-runs` removes runs that nothing refers to)"
    if error.errno == errno.EFBIG:
        return "raise the limit on the size of files"
    if error.errno in _IN_THE_WAY:
        there = next((path for path in (place, *place.parents) if os.path.lexists(path)), root)
        return f"{there} is in the way: move it elsewhere"
    if error.errno in _CLOSED and (error.errno == errno.EROFS or not inside):
        return "make it writable, or set DEREF_STORE to a directory that is"
    if inside:
        return f"make {place} readable and writable, or move it elsewhere"
    return "set DEREF_STORE to a directory that can be written"


def write_file(path: Path, data: bytes, work: Path | None = None) -> None:
    """Put a file in place of whatever has its name, at once.

    Args:
        path: its name.
        data: its content.
        work: another directory on the same file system; the caller sees to it that nobody else uses this name there.
            Without one it is written beside the file, under a name that nobody else uses.

    Raises:
        OSError: it cannot be written; the name then holds what it held before.
    """
    part = path.with_name(f".{path.stem[:100]}.{secrets.token_hex(8)}.part") if work is None else work / path.name
    if part == path:
        raise ValueError(f"expected another directory than that of {path} to write it in")
    try:
        part.parent.mkdir(parents=True, exist_ok=True)
        _write(part, data)
        path.parent.mkdir(parents=True, exist_ok=True)
        os.replace(part, path)
    except BaseException:
        part.unlink(missing_ok=True)
        raise
    _flush_names(path.parent)


def write_directory(path: Path, files: Mapping[str, bytes], work: Path) -> None:
    """Make a directory of files appear at once, complete.

    Args:
        path: its name, which must be free.
        files: content by file name.
        work: a directory on the same file system; the caller sees to it that nobody else uses this name there.

    Raises:
        OSError: it cannot be written, and does not exist then.
    """
    part = work / path.name
    shutil.rmtree(part, ignore_errors=True)
    try:
        part.mkdir(parents=True)
        for name, data in files.items():
            _write(part / name, data)
        _flush_names(part)
        os.rename(part, path)
    except BaseException:
        shutil.rmtree(part, ignore_errors=True)
        raise
    _flush_names(path.parent)


def move_aside(path: Path, aside: Path, name: str | None = None) -> Path:
    """Move a file or directory into a directory, under a name with the first free number.

    Args:
        path: what to move.
        aside: where to.
        name: None takes its own.

    Returns:
        Where it is now.

    Raises:
        OSError: it cannot be moved.
    """
    aside.mkdir(parents=True, exist_ok=True)
    number = 1
    while os.path.lexists(target := aside / f"{name or path.name}.{number}"):
        number += 1
    os.rename(path, target)
    return target


def remove(path: Path) -> None:
    """Delete a file or a directory with everything in it; it is no error if it, or a part of it, is gone already."""
    try:
        if not path.is_dir() or path.is_symlink():
            path.unlink()
            return
        for child in path.iterdir():
            remove(child)
        path.rmdir()
    except FileNotFoundError:
        pass


def size_of(path: Path) -> int:
    """Bytes in a file, or in all files below a directory; links are not followed, and what is gone by now is empty."""
    try:
        if not path.is_dir() or path.is_symlink():
            return path.lstat().st_size
        return sum(size_of(child) for child in path.iterdir())
    except FileNotFoundError:
        return 0


def _write(path: Path, data: bytes) -> None:
    with path.open("wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())


def _flush_names(directory: Path) -> None:
    handle = os.open(directory, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
