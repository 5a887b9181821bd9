"""Files of a site, each whole or as it was: written beside their place, and renamed.

Unlike `evidence.files.write_file`, nothing waits for the disk: a site has thousands of files, and the next build finds
what a power cut took (see `pages.site_state`).
"""

import os
from pathlib import Path

from sphinx.errors import ExtensionError

PART = ".bookkit-part"
"""The end of the names of files that are being written; nothing else in a site has it."""


def put(path: Path, data: bytes) -> None:
    """Give a file a content; one that has it already stays untouched.

    Raises:
        ExtensionError: the disk refuses; the file then is as it was.
    """
    part = path.with_name(f".{path.name[:100]}.{os.getpid()}{PART}")
    try:
        if path.is_file() and path.stat().st_size == len(data) and path.read_bytes() == data:
            return
        path.parent.mkdir(parents=True, exist_ok=True)
        part.write_bytes(data)
        os.replace(part, path)
    except OSError as error:
        part.unlink(missing_ok=True)
        raise ExtensionError(f"expected to write {path}, got: {error.strerror or error}; the site is not complete"
                             ) from None


def copy(source: Path, target: Path) -> None:
    """Put a file's content into a site.

    Raises:
        ExtensionError: as `put`.
    """
    put(target, source.read_bytes())
