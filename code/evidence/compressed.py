"""Files whose names say whether they are compressed: by xz, if they end in .xz."""

import lzma
from pathlib import Path
from typing import IO

from evidence.files import write_file

SUFFIX = ".xz"
DAMAGED = (lzma.LZMAError, EOFError)
"""What reading raises where a file that should be compressed is none, or is cut short."""


def opened(path: Path) -> IO[bytes]:
    """A file to read the content of, as it was before it was compressed; no more of it is expanded than is read."""
    return lzma.LZMAFile(path) if path.suffix == SUFFIX else path.open("rb")


def write(path: Path, content: bytes) -> None:
    """Write a content, whole or not at all, compressed if the name of the file asks for it."""
    write_file(path, lzma.compress(content, preset=9) if path.suffix == SUFFIX else content)
