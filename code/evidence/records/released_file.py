"""The records of a release in one file, compressed: `{"build": …, "results": [{"line", "page", "record"}]}`."""

import gzip
import json
import zlib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from evidence.reading import parse_json, read_bytes
from evidence.records.record import Record

SUFFIX = ".gz"


def write(build: Mapping[str, Any], results: Sequence[Mapping[str, Any]]) -> bytes:
    """The file, the same bytes for the same records.

    Args:
        build: what is known of the build that was released.
        results: each with "record", "page" and "line".

    Raises:
        ValueError: a number that JSON does not have.
    """
    data = {"build": build, "results": results}
    text = json.dumps(data, sort_keys=True, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    return gzip.compress(f"{text}\n".encode(), mtime=0)


def read(path: Path, rid: str) -> Record:
    """One record of a file.

    Args:
        path: of the file.
        rid: the id of the result.

    Raises:
        ValueError: the file is damaged or none of this kind, or it lacks the result.
        OSError: it is no regular file, or cannot be read.
    """
    try:
        data = parse_json(gzip.decompress(read_bytes(path)))
        records = [one["record"] for one in data["results"]]
        found = [record for record in records if record["id"] == rid]
    except (gzip.BadGzipFile, EOFError, zlib.error, ValueError, KeyError, TypeError) as error:
        raise ValueError(f"expected {path} to hold the records of a release: {error!r}") from None
    if not found:
        raise ValueError(f"expected {path} to have a record of {rid!r} among its {len(records)}, found none")
    return Record.from_json(found[0])
