"""A bundle: finished runs in one file, to take along.

The file is a zip archive whose members are stored as they are, uncompressed, since weights hardly shrink; so nothing in
it can unfold to more than the file's own size. A run is four members, `ADDRESS/NAME`, with the files that
`evidence.runs.entry` describes. The last member, `deref-runs.json`, says what the runs are of, and gives for each
address the SHA-256 of its `checksums.json`. The same runs make the same bytes.

Bundles come from outside. One is read only if it is laid out exactly as `evidence.runs.packing` lays it out: every name
known and there once, no link, no compression, no gap, nothing before or behind. Its runs are held to the rules of the
store.
"""

import hashlib
import os
import stat
import struct
import zipfile
from pathlib import Path

from evidence.reading import Irregular, check_regular, parse_json
from evidence.runs import entry as entries
from evidence.runs.entry import CHECKSUMS, FILES, Damaged, Entry
from evidence.runs.marker import ADDRESS

FORMAT, KIND, CONTENTS = 1, "deref trained runs", "deref-runs.json"
NAMES = (*FILES, CHECKSUMS)
LARGEST = {"run.json": 2**22, "weights.safetensors": 2**30, "history.json": 2**27, CHECKSUMS: 2**12, CONTENTS: 2**24}
"""Bytes that a member may declare, by the last part of its name."""
MANY = 16_000
"""Runs that a bundle may hold."""
MODE = (stat.S_IFREG | 0o644) << 16
"""What the archive says of each member: a plain file."""

_END = struct.Struct("<4s4H2LH")
_HEADER, _ROW, _LONGEST_NAME = 30, 46, 96
_LONGEST = 200  # of what the runs are said to be of, which terminals show
_UNREADABLE = (zipfile.BadZipFile, struct.error, NotImplementedError, UnicodeDecodeError, RuntimeError, EOFError,
               OverflowError, ValueError)
"""What Python's reader raises for archives that are none, damaged, encrypted, or of kinds that it does not know."""


class BadBundle(ValueError):
    """A file that is no bundle, or a damaged one; one line says why."""


class Bundle:
    """The runs of a file, read one at a time when they are asked for.

    Args:
        path: the file.

    Raises:
        BadBundle: it is laid out otherwise than a bundle.
        OSError: it cannot be read.
    """

    def __init__(self, path: Path):
        self.path = path
        try:
            check_regular(path)
        except (Irregular, IsADirectoryError):
            raise self._bad("it is no regular file") from None
        self._file = path.open("rb")
        try:
            self._open()
        except BaseException:
            self._file.close()
            raise

    def __enter__(self) -> "Bundle":
        return self

    def __exit__(self, *exception: object) -> None:
        self._file.close()

    def entry(self, address: str) -> Entry:
        """A run, checked.

        Raises:
            BadBundle: there is none of that address, or it is not as it was written.
            OSError: the file cannot be read.
        """
        try:
            return entries.checked(address, self.files(address))
        except Damaged as damage:
            raise self._bad(f"the run {address[:12]} is damaged: {damage}") from None

    def files(self, address: str) -> dict[str, bytes]:
        """The files of a run: content by name, unchecked but for the hash of its checksums.

        Raises:
            BadBundle, OSError: as `entry`.
        """
        if address not in self.runs:
            raise self._bad(f"it has no run {address[:12]}")
        found = {name: self._read(f"{address}/{name}") for name in NAMES}
        if hashlib.sha256(found[CHECKSUMS]).hexdigest() != self.runs[address]:
            raise self._bad(f"the run {address[:12]} is damaged: {CHECKSUMS} does not have its checksum")
        return found

    def _open(self) -> None:
        size = os.fstat(self._file.fileno()).st_size
        count = self._check_end(size)
        try:
            self._archive = zipfile.ZipFile(self._file)
        except _UNREADABLE as error:
            raise self._bad(f"it is no zip archive: {error}") from None
        if len(self._archive.infolist()) != count:
            raise self._bad("it has another number of files than it says")
        self._check_layout(size)
        addresses = sorted({name.partition("/")[0] for name in self._archive.NameToInfo if name != CONTENTS})
        wanted = {CONTENTS, *(f"{address}/{name}" for address in addresses for name in NAMES)}
        if lacking := sorted(wanted - self._archive.NameToInfo.keys()):
            raise self._bad(f"it lacks {lacking[0]}")
        self.of, self.runs = self._contents()
        if sorted(self.runs) != addresses:
            raise self._bad(f"{CONTENTS} lists other runs than it holds")

    def _check_end(self, size: int) -> int:
        """Make sure of the archive's last record before anything is read by it: no comment, and a table of a size that
        so many members can have. Gives the number of members."""
        self._file.seek(max(0, size - _END.size))
        data = self._file.read(_END.size)
        if len(data) < _END.size or data[:4] != b"PK\5\6":
            raise self._bad("it is no zip archive, or does not end as one")
        _, disk, start, here, count, table, offset, comment = _END.unpack(data)
        if disk or start or comment or here != count or offset + table + _END.size != size:
            raise self._bad("it does not end as a bundle does")
        if count > len(NAMES) * MANY + 1 or table > count * (_ROW + _LONGEST_NAME):
            raise self._bad(f"expected at most {MANY:,} runs, got a table of {count:,} files")
        return count

    def _check_layout(self, size: int) -> None:
        """Make sure that members are plain stored files of known names, each once, side by side without gaps."""
        place, seen = 0, set()
        for one in sorted(self._archive.infolist(), key=lambda one: one.header_offset):
            name, last = one.orig_filename, one.orig_filename.rpartition("/")[2]
            address = name.partition("/")[0]
            if name != CONTENTS and not (ADDRESS.fullmatch(address) and name == f"{address}/{last}" and last in NAMES):
                raise self._bad(f"expected names such as <address>/run.json, got {name!r:.100}")
            if name in seen:
                raise self._bad(f"it holds {name} twice")
            seen.add(name)
            if one.external_attr != MODE or one.create_system != 3:
                raise self._bad(f"expected {name} as a plain file, got {_kind(one.external_attr >> 16)}")
            if one.compress_type != zipfile.ZIP_STORED or one.compress_size != one.file_size or one.flag_bits:
                raise self._bad(f"expected {name} stored as it is, got it compressed or encrypted")
            if one.file_size > LARGEST[last]:
                raise self._bad(f"expected at most {LARGEST[last]:,} bytes in {name}, got {one.file_size:,}")
            if one.header_offset != place:
                raise self._bad(f"{name} does not lie where the file before it ends")
            place += _HEADER + len(name) + one.file_size
        if place != self._archive.start_dir or place > size:
            raise self._bad("it holds bytes that belong to no file")

    def _contents(self) -> tuple[str, dict[str, str]]:
        try:
            data = parse_json(self._read(CONTENTS))
        except ValueError as error:
            raise error if isinstance(error, BadBundle) else self._bad(f"{CONTENTS} is not JSON: {error}") from None
        if not isinstance(data, dict) or data.get("format") != FORMAT or data.get("kind") != KIND:
            raise self._bad(f"{CONTENTS} is not that of a bundle in format {FORMAT}")
        runs, of = data.get("runs"), data.get("of")
        named = isinstance(of, str) and len(of) <= _LONGEST and of.isprintable()
        if not named or not isinstance(runs, dict) or not all(
                isinstance(sha256, str) and ADDRESS.fullmatch(sha256) for sha256 in runs.values()):
            raise self._bad(f"{CONTENTS} does not say what the runs are of, and their checksums")
        return of, runs

    def _read(self, name: str) -> bytes:
        try:
            return self._archive.read(name)
        except _UNREADABLE as error:
            raise self._bad(f"{name} cannot be read: {error}") from None

    def _bad(self, reason: str) -> BadBundle:
        return BadBundle(f"expected a bundle of runs, got {self.path.name}: {reason}")


def _kind(mode: int) -> str:
    return "a link" if stat.S_ISLNK(mode) else f"the mode {mode:o}"
