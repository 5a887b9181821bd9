"""Paths from outside: the environment's and the command line's, made the program's own in one place.

Whoever writes a path means it from where he stands, and a leading `~` for a home. Programs that are started from here
stand elsewhere (a chapter's kernel in the chapter's folder), so a path is settled once, as soon as it is read, and
handed on whole.
"""

import os
from pathlib import Path


def from_outside(text: str) -> Path:
    """Settle a path: `~` and `~name` become homes, and it is made absolute from the current directory.

    Raises:
        ValueError: it is empty, holds a NUL, or names the home of somebody unknown.
    """
    if not text or "\0" in text:
        raise ValueError(f"expected a path, got {text!r}")
    try:
        return Path(os.path.abspath(Path(text).expanduser()))
    except RuntimeError:  # pathlib's own error for a home that is not known
        raise ValueError(f"expected a path, got {text!r}, whose home directory is not known") from None
