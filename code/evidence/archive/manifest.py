"""The manifest of a release: a small file that says what it is, and names the objects with all that it has.

Three of them hold data as JSON:

- the INDEX, every id with its place: `{"results": {page: {id: [line, version]}}, "figures": {id: {"page", "line",
  "since", …}}, "more": {kind: list}}`; the version is that of the release whose bundle has the record, or the files;
  "more" is there where further kinds of output are;
- the BUNDLE, what this release has and the one before it had not: `{"records": {id: record}, "figures": {id: {kind:
  object}}}`; of a record that differs in few fields from that of an earlier release it has these fields, and in "like"
  the version of that release;
- the CLAIMS, with their verdicts.
"""

import dataclasses
import hashlib
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from packaging.version import InvalidVersion, Version

from evidence.archive.objects import ArchiveError
from evidence.files import write_file
from evidence.reading import parse_json, read_bytes

FOLDER = "releases"


@dataclasses.dataclass(frozen=True, kw_only=True)
class Manifest:
    """One release.

    Args:
        version: such as "0.2.0".
        build: version, date, commit and more of the build that was released.
        work: what the book said of itself: title, authors, licences and more; empty for a book that said nothing.
        index: the name of an object, as are the next two.
        bundle: see above.
        claims: see above.
        seal: the hash of the hashes of all records.
    """

    version: str
    build: dict[str, Any]
    work: dict[str, Any]
    index: str
    bundle: str
    claims: str
    seal: str

    def write(self, records: Path) -> None:
        """Put the manifest into the folder of releases, of which it makes one more."""
        data = dataclasses.asdict(self)
        write_file(path_of(records, self.version), (json.dumps(data, indent=1, sort_keys=True, ensure_ascii=False)
                                                    + "\n").encode())

    @classmethod
    def read(cls, path: Path) -> "Manifest":
        """Read a manifest.

        Raises:
            ArchiveError: it cannot be read, or is none.
        """
        try:
            data = parse_json(read_bytes(path))
            expected = {field.name: field.type for field in dataclasses.fields(cls)}
            if set(data) != set(expected) or not all(isinstance(data[name], dict if name in ("build", "work") else str)
                                                     for name in expected):
                raise ValueError(f"got {sorted(data)}, or something else in one of them")
        except (OSError, ValueError, TypeError) as error:
            raise ArchiveError(f"{path}: expected a release's manifest with build, bundle, claims, index, seal, "
                               f"version and work: {error}: it is damaged") from None
        if data["version"] != path.stem:
            raise ArchiveError(f"{path}: expected the release {path.stem}, got {data['version']!r}: it is damaged")
        return cls(**data)


def path_of(records: Path, version: str) -> Path:
    """Where the manifest of a release is."""
    return records / FOLDER / f"{version}.json"


def versions(records: Path) -> list[str]:
    """The versions of all releases, newest first; files with other names are none."""
    names = [path.stem for path in (records / FOLDER).glob("*.json")]
    known = [(found, name) for name in names if (found := order(name)) is not None]
    return [name for _, name in sorted(known, reverse=True)]


def order(version: str) -> Version | None:
    """What versions are sorted by; None for a text that is none."""
    try:
        return Version(version)
    except InvalidVersion:
        return None


def before(version: str, others: Sequence[str]) -> str | None:
    """The newest of other versions, which are sorted with the newest first, that is older than a version."""
    this = order(version)
    return next((name for name in others if (other := order(name)) and this and other < this), None)


def seal(hashes: Mapping[str, str]) -> str:
    """One hash for those of many records, given by id."""
    lines = "".join(f"{name} {found}\n" for name, found in sorted(hashes.items()))
    return hashlib.sha256(lines.encode()).hexdigest()
