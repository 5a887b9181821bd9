"""Objects: contents of any kind, each kept once, compressed, under the hash of what it is."""

import hashlib
import lzma
import re
from pathlib import Path

from evidence.files import write_file
from evidence.reading import read_bytes

FOLDER, SUFFIX = "objects", ".xz"
HASH = re.compile(r"[0-9a-f]{64}")
_PRESET = 6 | lzma.PRESET_EXTREME
"""With a window of 8 MiB, more than any object has."""


class ArchiveError(ValueError):
    """Something of the archive is damaged or missing; the message is one line that names it."""


class Objects:
    """The folder of objects.

    Args:
        records: the folder of releases; it need not exist.
    """

    def __init__(self, records: Path):
        self.folder = records / FOLDER

    def put(self, content: bytes) -> str:
        """Keep a content, and return its name: the SHA-256 of the content, as hexadecimal digits."""
        name = hashlib.sha256(content).hexdigest()
        path = self.path(name)
        if not path.exists():
            write_file(path, lzma.compress(content, check=lzma.CHECK_CRC32, preset=_PRESET))
        return name

    def get(self, name: str) -> bytes:
        """The content of an object.

        Raises:
            ArchiveError: there is none of this name, or its content has another hash.
        """
        try:
            content = lzma.decompress(read_bytes(self.path(name)))
        except FileNotFoundError:
            raise ArchiveError(f"expected the object {name} in {self.folder}, found none: it is missing") from None
        except (OSError, lzma.LZMAError, EOFError) as error:
            raise ArchiveError(f"expected {self.path(name)} to be a file compressed by xz, got: {error}: it is damaged"
                               ) from None
        found = hashlib.sha256(content).hexdigest()
        if found != name:
            raise ArchiveError(f"expected {self.path(name)} to hold what its name says, got {found}: it is damaged")
        return content

    def path(self, name: str) -> Path:
        """Where an object is.

        Raises:
            ArchiveError: the name is no hash.
        """
        if not isinstance(name, str) or not HASH.fullmatch(name):
            raise ArchiveError(f"expected the name of an object, 64 hexadecimal digits, got {name!r:.80}")
        return self.folder / f"{name}{SUFFIX}"

    def names(self) -> list[str]:
        """The names of all files in the folder, without their suffix where it is that of objects; sorted."""
        return sorted(path.name.removesuffix(SUFFIX) for path in self.folder.glob("*"))

    def remove(self, name: str) -> None:
        """Delete an object; it is no error if there is none."""
        self.path(name).unlink(missing_ok=True)
