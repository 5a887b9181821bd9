"""What a store's directory holds, and what may go."""

import json
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from evidence.runs.files import explained, remove, size_of

ADDRESS_DIGITS = 64


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
        found = [Item(kind="run", address=path.name, path=path, size=size_of(path), about=_about(path))
                 for path in _children(root) if len(path.name) == ADDRESS_DIGITS]
        for kind, folder in (("checkpoint", "checkpoints"), ("aside", "aside"), ("work", "work")):
            found += [Item(kind=kind, address=path.name[:ADDRESS_DIGITS], path=path, size=size_of(path), about={})
                      for path in _children(root / folder)]
    return found


def prune(root: Path, wanted: Collection[str]) -> list[Item]:
    """Delete everything that belongs to no wanted run, what was set aside, and what dead processes left half written.

    What another process works on at the moment stays.

    Args:
        root: the store's directory.
        wanted: addresses of the runs to keep, with their checkpoints; none to delete everything.

    Returns:
        What was deleted.

    Raises:
        StoreError: something cannot be deleted.
    """
    from filelock import FileLock, Timeout

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
                remove(item.path)
                if item.address not in wanted:
                    remove(Path(lock.lock_file))  # while it is held: whoever waits for it notices and starts over
            finally:
                lock.release()
        gone.append(item)
    return gone


def _children(directory: Path) -> list[Path]:
    return sorted(directory.iterdir()) if directory.is_dir() else []


def _about(path: Path) -> dict[str, Any]:
    try:
        about = json.loads((path / "run.json").read_bytes())
    except (OSError, ValueError):
        return {}
    return about if isinstance(about, dict) else {}
