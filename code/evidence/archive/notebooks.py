"""The executed chapters of the newest release, for builds that run nothing.

A chapter is kept without the files that its outputs carry. They are objects: those of figures are there already, since
the release has them too. What stands in their place says how to put them back.
"""

import base64
import binascii
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from evidence.archive import pixels
from evidence.archive.objects import ArchiveError, Objects
from evidence.files import write_file
from evidence.reading import parse_json, read_bytes

LIST = "notebooks.json"
LONG = 2048
"""Characters from which on a text of an output is kept as an object."""
_MARK = frozenset({"archived", "form"})


@dataclass(frozen=True, kw_only=True)
class Notebooks:
    """The chapters of one release: for each page the name of an object."""

    records: Path
    version: str
    pages: dict[str, str]

    def read(self, page: str) -> Any:
        """A chapter as data, with everything that its outputs carried.

        Raises:
            ArchiveError: there is none of this page, or it is missing or damaged.
        """
        if page not in self.pages:
            raise ArchiveError(f"expected a chapter of release {self.version}, got {page!r}")
        objects = Objects(self.records)
        return _filled(parse_json(objects.get(self.pages[page])), objects)


def newest(records: Path) -> Notebooks | None:
    """The chapters in an archive; None where there are none.

    Raises:
        ArchiveError: their list cannot be read.
    """
    path = records / LIST
    if not path.exists():
        return None
    try:
        data = parse_json(read_bytes(path))
        pages = {str(page): str(name) for page, name in data["pages"].items()}
        return Notebooks(records=records, version=str(data["version"]), pages=pages)
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise ArchiveError(f'{path}: expected {{"version", "pages": {{page: object}}}}: {error!r}: it is damaged'
                           ) from None


def keep(records: Path, version: str, chapters: Mapping[str, Any]) -> None:
    """Keep the chapters of a release in place of those of the one before.

    Args:
        records: the folder of releases.
        version: the release.
        chapters: executed notebooks as data, by page.
    """
    objects = Objects(records)
    pages = {page: objects.put(_text(_slim(chapter, objects))) for page, chapter in sorted(chapters.items())}
    write_file(records / LIST, (json.dumps({"version": version, "pages": pages}, indent=1, sort_keys=True) + "\n")
               .encode())


def carried(data: Any) -> Iterator[str]:
    """The names of the objects that a kept chapter refers to."""
    if isinstance(data, dict):
        if data.keys() == _MARK:
            yield data["archived"]
        else:
            for value in data.values():
                yield from carried(value)
    elif isinstance(data, list):
        for value in data:
            yield from carried(value)


def _slim(data: Any, objects: Objects) -> Any:
    if isinstance(data, dict):
        return {name: _slim(value, objects) for name, value in data.items()}
    if isinstance(data, list):
        return [_slim(value, objects) for value in data]
    if not isinstance(data, str) or len(data) < LONG:
        return data
    content = _unpacked(data)
    if content is None:
        return {"archived": objects.put(data.encode()), "form": "text"}
    if content.startswith(pixels.PNG):
        return {"archived": objects.put(pixels.pack(content)), "form": "png"}
    return {"archived": objects.put(content), "form": "base64"}


def _filled(data: Any, objects: Objects) -> Any:
    if isinstance(data, list):
        return [_filled(value, objects) for value in data]
    if not isinstance(data, dict):
        return data
    if data.keys() != _MARK:
        return {name: _filled(value, objects) for name, value in data.items()}
    content = objects.get(data["archived"])
    if data["form"] == "text":
        return content.decode()
    return base64.b64encode(pixels.unpack(content) if data["form"] == "png" else content).decode("ascii")


def _unpacked(text: str) -> bytes | None:
    """The bytes that a text writes in base64; None for any other text."""
    try:
        content = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        return None
    return content if base64.b64encode(content).decode("ascii") == text else None


def _text(data: Any) -> bytes:
    return json.dumps(data, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False).encode()
