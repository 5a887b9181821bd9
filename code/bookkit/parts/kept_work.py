"""What is written at the end of builds is left alone where the last one wrote just the same.

Each piece of work names what it depends on and what it leaves behind. The names are kept beside the trees, one list
for each output format; a piece is struck out before it begins, so that one that was broken off is done again.
"""

import hashlib
import json
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from sphinx.application import Sphinx

from evidence.files import write_file
from evidence.reading import parse_json, read_bytes


def digest(data: Any) -> str:
    """The hash of JSON-able data."""
    return hashlib.sha256(json.dumps(data, sort_keys=True, default=str).encode()).hexdigest()


def seen(paths: Iterable[Path]) -> list[tuple[str, str]]:
    """Files as they are told apart, by name and content: another content may come with the same size and date."""
    return [(str(path), hashlib.sha256(path.read_bytes()).hexdigest()) for path in paths]


def load(path: Path) -> dict[str, Any]:
    """What was kept in a file; nothing, where it is missing or damaged."""
    try:
        found = parse_json(read_bytes(path))
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


def unless_same(app: Sphinx, name: str, depends: Any, left: Iterable[Path], work: Callable[[], None]) -> bool:
    """Do a piece of work, unless a build did it from the same and what it left is there.

    Args:
        app: the application.
        name: of the piece.
        depends: JSON-able data; all that what it writes depends on.
        left: files that it writes.
        work: does it.

    Returns:
        Whether it was done.
    """
    path = Path(app.doctreedir, f"bookkit-work-{app.builder.name}.json")
    known = load(path)
    now = digest(depends)
    if known.pop(name, None) == now and all(one.exists() for one in left):
        return False
    write_file(path, json.dumps(known, indent=1).encode())
    work()
    write_file(path, json.dumps({**known, name: now}, indent=1).encode())
    return True
