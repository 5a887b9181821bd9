"""Packing runs of a store into a bundle, and taking those of a bundle into a store."""

import hashlib
import json
import os
import secrets
import zipfile
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from evidence.runs.bundle import CONTENTS, FORMAT, KIND, MANY, MODE, NAMES, BadBundle, Bundle
from evidence.runs.entry import CHECKSUMS, Damaged
from evidence.runs.inbox import Inbox, packed

Progress = Callable[[int, int], None]
"""Takes the number of runs that are done and of all."""


def pack(path: Path, root: Path, addresses: Iterable[str], of: str, progress: Progress | None = None) -> str:
    """Write a bundle, at once: under its name it is whole or not there.

    Args:
        path: the file; one that is there is replaced.
        root: the store's directory.
        addresses: of finished runs.
        of: what they are, such as "release 1.2.3", in words for people.
        progress: told how many runs are written.

    Returns:
        The SHA-256 of the file.

    Raises:
        Damaged: one of the runs is not in the store, or not as it was written.
        StoreError: the store cannot be read.
        OSError: the file cannot be written.
        ValueError: more runs than a bundle may hold, or more bytes than a zip archive of the plain kind.
    """
    wanted = sorted(set(addresses))
    if not 1 <= len(wanted) <= MANY:
        raise ValueError(f"expected between 1 and {MANY:,} runs for a bundle, got {len(wanted):,}")
    with _appearing(path) as part:
        try:
            with zipfile.ZipFile(part, "x", allowZip64=False) as archive:
                runs = {}
                for number, address in enumerate(wanted, 1):
                    files = packed(root, address)
                    for name in NAMES:
                        archive.writestr(_member(f"{address}/{name}"), files[name])
                    runs[address] = hashlib.sha256(files[CHECKSUMS]).hexdigest()
                    if progress is not None:
                        progress(number, len(wanted))
                contents: dict[str, Any] = {"format": FORMAT, "kind": KIND, "of": of, "runs": runs}
                archive.writestr(_member(CONTENTS), json.dumps(contents, indent=1, sort_keys=True) + "\n")
        except zipfile.LargeZipFile:
            raise ValueError("expected runs of less than 4 GB for a bundle, got more: export fewer") from None
        with part.open("rb") as file:
            os.fsync(file.fileno())
            return hashlib.file_digest(file, "sha256").hexdigest()


def take_in(bundle: Bundle, inbox: Inbox, progress: Progress | None = None) -> tuple[int, int]:
    """Put the runs of a bundle into a store, once all of them have been checked; those that are there stay.

    Args:
        bundle: the runs.
        inbox: the store.
        progress: told how many runs are in the store.

    Returns:
        How many were taken in, and how many were there.

    Raises:
        BadBundle: one of its runs is damaged; the store is as it was.
        StoreError: the store cannot be written; whole runs that it has by then stay.
        OSError: the file cannot be read.
    """
    missing = [address for address in bundle.runs if not inbox.holds(address)]
    for address in missing:
        bundle.entry(address)
    there = len(bundle.runs) - len(missing)
    for number, address in enumerate(missing, 1):
        try:
            inbox.receive(address, bundle.files(address))
        except Damaged as damage:  # the file was changed since it was checked
            raise BadBundle(f"{bundle.path.name} was changed while it was read: {damage}") from None
        if progress is not None:
            progress(there + number, len(bundle.runs))
    return len(missing), there


def _member(name: str) -> zipfile.ZipInfo:
    made = zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0))
    made.create_system, made.external_attr, made.compress_type = 3, MODE, zipfile.ZIP_STORED
    return made


@contextmanager
def _appearing(path: Path) -> Iterator[Path]:
    """A name beside a file's to write it under, which becomes the file's once the `with` block is through."""
    part = path.with_name(f".{path.name[:100]}.{secrets.token_hex(8)}.part")
    try:
        yield part
        os.replace(part, path)
    finally:
        part.unlink(missing_ok=True)
