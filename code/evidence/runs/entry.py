"""One finished run on disk, in a layout that any other program can read.

A store is a directory. A finished run is the subdirectory named after its address, and holds four files:

`run.json`: one object.
    `format`: 1, the version of this layout.
    `config`: the configuration, nested objects with their class under `type`.
    `seeds`: the ensemble's seeds; index i of every seed axis below belongs to `seeds[i]`.
    `code`: fingerprint of the code the run depends on (see `evidence.provenance.source`).
    `torch`, `device`, `threads`: what it was trained with: version, "cpu" or "cuda", number of threads.
    `exact`: true for an exact run (see `evidence.exact`); other runs lack it.
    `created` (UTC, ISO 8601), `wall_s` (seconds of training), `hardware`, `versions`: where it comes from.
`weights.safetensors`: the model's parameters by name, each with the seeds as leading axis, in float32.
`history.json`: the learning curves; for training runs `seeds`, `step` (evaluation), `loss` and `accuracy`
    (seed, evaluation), and beside them accuracies of parts; or several such objects by name.
`checksums.json`: `sha256` of the three files above, in hexadecimal, by file name.

The ADDRESS is the SHA-256 of the first fields of `run.json`, from `format` to `exact`, as JSON with sorted keys and no
spaces. A directory whose name is not the address of its own `run.json` is foreign, and not read.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from evidence.reading import Irregular, parse_json, read_bytes
from evidence.runs import content
from evidence.runs.address import FORMAT, address_of

FILES = ("run.json", "weights.safetensors", "history.json")
CHECKSUMS = "checksums.json"


class Damaged(ValueError):
    """Stored files that are not what was once written; the message says how."""


@dataclass(frozen=True, kw_only=True)
class Entry:
    """The files of one finished run, checked against their checksums and address.

    Args:
        about: what `run.json` holds.
        history: what `history.json` holds.
        weights: the bytes of `weights.safetensors`.
    """

    about: dict[str, Any]
    history: Any
    weights: bytes


def files_of(entry: Entry) -> dict[str, bytes]:
    """Lay an entry out as files, checksums included: content by file name."""
    contents = (_dump(entry.about), entry.weights, _dump(entry.history))
    files = dict(zip(FILES, contents, strict=True))
    sums = {name: hashlib.sha256(data).hexdigest() for name, data in files.items()}
    return {**files, CHECKSUMS: _dump(sums)}


def read(path: Path) -> Entry:
    """Read the files of a finished run and check every one of them.

    Args:
        path: the entry's directory, named after its address.

    Raises:
        Damaged: a file is missing, does not have its checksum, or holds what no training leaves behind, or the entry is
            not the one its name says.
        OSError: the operating system refuses to read a file that is there.
    """
    return checked(path.name, {name: _bytes(path, name) for name in (CHECKSUMS, *FILES)})


def checked(address: str, data: Mapping[str, bytes]) -> Entry:
    """Check the files of a finished run, wherever they come from.

    Args:
        address: the run that they are to be.
        data: content by file name: `FILES` and `CHECKSUMS`.

    Raises:
        Damaged: as `read`.
    """
    sums = _load(CHECKSUMS, data[CHECKSUMS])
    if not isinstance(sums, dict) or set(sums) != set(FILES):
        raise Damaged(f"{CHECKSUMS} does not list {', '.join(FILES)}")
    for name in FILES:
        if hashlib.sha256(data[name]).hexdigest() != sums[name]:
            raise Damaged(f"{name} does not have its checksum: it was truncated or altered")
    about = _load("run.json", data["run.json"])
    if not isinstance(about, Mapping) or about.get("format") != FORMAT:
        raise Damaged(f"run.json is not in format {FORMAT}")
    if address_of(about) != address:
        raise Damaged("run.json describes another run than the one that its folder is named after")
    entry = Entry(about=about, history=_load("history.json", data["history.json"]), weights=data["weights.safetensors"])
    try:
        content.check_facts(entry.about)
        content.check_history(entry.history, entry.about["seeds"])
        content.check_weights(entry.weights)
    except ValueError as error:
        raise Damaged(str(error)) from None
    return entry


def _bytes(path: Path, name: str) -> bytes:
    try:
        return read_bytes(path / name)
    except (FileNotFoundError, IsADirectoryError, NotADirectoryError):
        raise Damaged(f"{name} is missing") from None
    except Irregular:
        raise Damaged(f"{name} is no regular file") from None


def _dump(data: Any) -> bytes:
    return (json.dumps(data, indent=1, sort_keys=True) + "\n").encode()


def _load(name: str, data: bytes) -> Any:
    try:
        return parse_json(data)
    except ValueError:
        raise Damaged(f"{name} is not JSON") from None
