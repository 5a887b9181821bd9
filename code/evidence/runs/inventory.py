"""What a store's directory holds, and what may go.

Only what a store itself writes is seen here: names that begin with an address, regular files, and directories that hold
the files of a run and nothing else. Links are never followed, and whatever else lies there is left alone.
"""

import os
import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from evidence.files import StoreError, explained, remove, size_of
from evidence.runs.entry import CHECKSUMS, FILES
from evidence.runs.marker import ADDRESS, MARKER, address_in, facts, is_store

ADDRESS_DIGITS = 64
_FOLDERS = {
    "checkpoint": ("checkpoints", re.compile(ADDRESS.pattern + r"\.safetensors")),
    "aside": ("aside", re.compile(ADDRESS.pattern + r"(\.[a-z]+)?\.[0-9]+")),
    "work": ("work", re.compile(ADDRESS.pattern + r"(\..+)?")),
}
"""Where each kind but the finished runs is kept, and its names: `<address>.safetensors`; the same or `<address>` with a
number; and the same or `<address>` with whatever a temporary folder adds."""

_WRITTEN = {*FILES, CHECKSUMS}
_IN_WORK = re.compile(ADDRESS.pattern + r"|work|ids|[\w.]+\.json|weights\.safetensors")
"""Names in a folder below `work`: of a run's files, of such a folder, and of a replication's values."""


@dataclass(frozen=True, kw_only=True)
class Item:
    """One finished run, unfinished run, or damaged piece of a store.

    Args:
        kind: "run", "checkpoint", "aside" or "work" (left by a process that died while it wrote).
        address: the run it belongs to.
        path: its file or directory.
        size: in bytes.
        about: what a run's `run.json` holds, unchecked; empty for everything else and where it cannot be read.
    """

    kind: str
    address: str
    path: Path
    size: int
    about: dict[str, Any]


def items(root: Path) -> list[Item]:
    """Everything in a store, runs first; empty where there is no store.

    Raises:
        StoreError: the directory cannot be read.
    """
    with explained(root):
        found = [Item(kind="run", address=path.name, path=path, size=size_of(path), about=about)
                 for path in _children(root) if ADDRESS.fullmatch(path.name) and _children(path) and _flat(path)
                 and address_in(about := facts(path)) in (None, path.name)]
        for kind, (folder, names) in _FOLDERS.items():
            inside = [] if (root / folder).is_symlink() else _children(root / folder)
            found += [Item(kind=kind, address=path.name[:ADDRESS_DIGITS], path=path, size=size_of(path), about={})
                      for path in inside if names.fullmatch(path.name) and _own(kind, path)]
    return found


def prune(root: Path, wanted: Collection[str]) -> list[Item]:
    """Delete everything that belongs to no wanted run, what was set aside, and what dead processes left half written.

    What another process works on at the moment stays, and so does everything that a store does not write.

    Args:
        root: the store's directory.
        wanted: addresses of the runs to keep, with their checkpoints; none to delete everything.

    Returns:
        What was deleted.

    Raises:
        StoreError: the directory is no store, or something cannot be deleted.
    """
    from filelock import FileLock, Timeout

    _check(root)
    gone = []
    for item in items(root):
        if item.kind in ("run", "checkpoint") and item.address in wanted:
            continue
        with explained(root):
            (root / "locks").mkdir(exist_ok=True)
            lock = FileLock(root / "locks" / f"{item.address}.lock")
            try:
                lock.acquire(blocking=False)
            except Timeout:
                continue
            try:
                if os.path.lexists(item.path):  # else another process deleted it in the meantime
                    remove(item.path)
                    gone.append(item)
                if item.address not in wanted:
                    remove(Path(lock.lock_file))  # while it is held: whoever waits for it notices and starts over
            finally:
                lock.release()
    return gone


def _check(root: Path) -> None:
    """Make sure that a directory is a store, or has nothing that could be deleted."""
    with explained(root):
        if _children(root) and not is_store(root):
            raise StoreError(f"expected a run store at {root}, which has a file {MARKER} or at least one finished run, "
                             f"got another directory: nothing was deleted; set DEREF_STORE to the store")


def _children(directory: Path) -> list[Path]:
    """What a directory holds; nothing where there is none, or none any more, since others may delete here too."""
    try:
        return sorted(directory.iterdir())
    except (FileNotFoundError, NotADirectoryError):
        return []


def _own(kind: str, path: Path) -> bool:
    """Whether what has the name of a checkpoint, a damaged piece or a leftover can be one."""
    if path.is_symlink():
        return False
    if not path.is_dir():
        return True
    return _flat(path) if kind == "aside" else kind == "work" and all(_below(path))


def _flat(path: Path) -> bool:
    """Whether a path is a directory, and no link to one, that holds nothing but files with the names of a run's."""
    return path.is_dir() and not path.is_symlink() and all(
        child.name in _WRITTEN and (child.is_symlink() or not child.is_dir()) for child in _children(path))


def _below(path: Path) -> Iterator[bool]:
    """Whether each thing below a folder in `work` has a name that is used there, and is no link."""
    for child in _children(path):
        yield bool(_IN_WORK.fullmatch(child.name)) and not child.is_symlink()
        if child.is_dir() and not child.is_symlink():
            yield from _below(child)
