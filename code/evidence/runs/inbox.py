"""Finished runs that travel: packed from one store as bytes by file name, and taken into another.

What arrives is held to the same rules as what was trained here: every checksum, the address, the lock of the run, and
a directory that appears complete or not at all. It is data in open formats; nothing in it is ever executed.
"""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from evidence.files import explained, remove, write_directory
from evidence.runs import entry as entries
from evidence.runs.entry import CHECKSUMS, FILES, Damaged, Entry
from evidence.runs.marker import ADDRESS
from evidence.runs.store import Store


def packed(root: Path, address: str) -> dict[str, bytes]:
    """The files of a finished run, checked, to be sent somewhere.

    Args:
        root: the store's directory.
        address: the run.

    Returns:
        Content by file name.

    Raises:
        Damaged: the run is not there, or not as it was written.
        StoreError: the store cannot be read.
    """
    with explained(root):
        return entries.files_of(entries.read(root / address))


def _check(address: Any, files: Any) -> None:
    """Make sure that what arrived is an address and files, whatever is sent; a name could also lead elsewhere."""
    if not isinstance(address, str) or not ADDRESS.fullmatch(address):
        raise Damaged(f"expected the address of a run, 64 hexadecimal digits, got {address!r:.80}")
    expected = (*FILES, CHECKSUMS)
    if not isinstance(files, Mapping) or set(files) != set(expected):
        got = ", ".join(sorted(map(str, files))) if isinstance(files, Mapping) else type(files).__name__
        raise Damaged(f"expected the files {', '.join(expected)}, got {got:.400}")
    if wrong := [name for name, data in files.items() if not isinstance(data, bytes)]:
        raise Damaged(f"expected the content of files as bytes, got {type(files[wrong[0]]).__name__} for {wrong[0]}")


class Inbox(Store):
    """A store that also takes in runs that were trained elsewhere."""

    def holds(self, address: str) -> bool:
        """Whether the run of an address is here, with every file intact."""
        try:
            with explained(self.root):
                entries.read(self.root / address)
        except Damaged:
            return False
        return True

    def receive(self, address: str, files: Mapping[str, bytes]) -> Entry:
        """Put a finished run in its place, unless it is there by now.

        A checkpoint of it that was left here is deleted, and a damaged entry in its place is set aside with a warning.

        Args:
            address: the run that was asked for.
            files: content by file name, as `packed` gives it.

        Returns:
            The run as it is in this store afterwards.

        Raises:
            Damaged: the files are not a finished run of that address; the store is as it was.
            StoreError: the store cannot be written; it is as it was.
        """
        _check(address, files)
        entry = entries.checked(address, files)
        work, place = self.root / "work", self.root / address
        with self._locked(address), explained(self.root):
            if os.path.lexists(place):
                try:
                    return entries.read(place)
                except Damaged as damage:
                    self._set_aside(place, f"the run {address[:12]}", str(damage), "replaced by the one that arrived")
            write_directory(place, entries.files_of(entry), work)
            checkpoint = self.checkpoint_path(address)
            for needless in (checkpoint, work / checkpoint.name):
                remove(needless)
        return entry
