"""The marker of a store: the file that says that a directory is one. Where it is missing nothing is ever deleted.

DEREF_STORE may name any directory, a home directory too, and `work` or `aside` are names that others use. So a store
writes `deref-store.json` before anything else. A directory that an earlier version filled has no marker; it is
recognised by a finished run, a subdirectory that is named after the address to which its own `run.json` hashes, since
nothing but a store writes that, and it is marked then. A directory with neither is no store, whatever else it holds.
"""

import json
import re
from pathlib import Path
from typing import Any

from evidence.files import write_file
from evidence.location import MARKER
from evidence.reading import parse_json, read_bytes
from evidence.runs.address import address_of

ADDRESS = re.compile(r"[0-9a-f]{64}")
_KIND = "deref run store"
_TEXT = {"kind": _KIND, "about": "Trained runs are kept here; `deref runs --prune` deletes those that nothing needs. "
                                 "Without this file it deletes nothing."}


def mark(root: Path) -> None:
    """Make a directory a store, unless it is one.

    Raises:
        OSError: the marker cannot be written.
    """
    if not _marked(root):
        write_file(root / MARKER, (json.dumps(_TEXT, indent=1) + "\n").encode())


def is_store(root: Path) -> bool:
    """Whether a directory is a store; one of an earlier version is marked.

    Raises:
        OSError: the directory cannot be read, or the marker cannot be written.
    """
    if _marked(root):
        return True
    if not any(is_run(path) for path in root.iterdir() if ADDRESS.fullmatch(path.name)):
        return False
    mark(root)
    return True


def is_run(path: Path) -> bool:
    """Whether a path is the directory, and no link to one, of a run whose `run.json` hashes to the path's name."""
    return path.is_dir() and not path.is_symlink() and address_in(facts(path)) == path.name


def facts(path: Path) -> dict[str, Any]:
    """What the `run.json` of a run's directory holds; empty where it cannot be read or is no object."""
    try:
        about = parse_json(read_bytes(path / "run.json"))
    except (OSError, ValueError):
        return {}
    return about if isinstance(about, dict) else {}


def address_in(about: dict[str, Any]) -> str | None:
    """The address of a run by its facts; None where there are none."""
    return address_of(about) if about else None


def _marked(root: Path) -> bool:
    path = root / MARKER
    try:
        found = parse_json(read_bytes(path)) if not path.is_symlink() else None
    except (OSError, ValueError):
        return False
    return isinstance(found, dict) and found.get("kind") == _KIND
