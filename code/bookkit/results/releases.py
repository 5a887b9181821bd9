"""Releases: what was published before, and how far this build has drifted from it.

`records/published.json` lists every id that a release ever published, with the page that did. `records/<version>/` is
one release, never changed again: `results.json`, `claims.json`, `figures/`, and `pages/` (see
`execution.released_notebooks`).
"""

import contextlib
import functools
import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from packaging.version import InvalidVersion, Version
from sphinx.errors import ConfigError

from evidence.records import Record
from evidence.records.compare import compare

PUBLISHED, RESULTS, CLAIMS = "published.json", "results.json", "claims.json"
FILES = "files"
"""Key of the hashes of a release's figures, pages and claims, by path; 0.1.0 and 0.2.0 have none."""
NEW = "new"


@dataclass(frozen=True, kw_only=True)
class Released:
    """A result as a release published it, and the page and anchor that did."""

    record: Record
    page: str
    line: int | None


@dataclass(frozen=True, kw_only=True)
class Release:
    """One frozen release."""

    version: str
    folder: Path
    results: dict[str, Released]
    build: dict[str, Any]

    def unchanged(self, record: Record) -> bool:
        """Whether this release published exactly this record."""
        return record.id in self.results and self.results[record.id].record.sha256 == record.sha256


@dataclass(frozen=True, kw_only=True)
class Drift:
    """How a result stands to the newest release: `kind`, the released record, and what differs beside the number."""

    kind: str
    version: str = ""
    released: Record | None = None
    environment: tuple[str, ...] = ()


def releases(records: Path) -> list[Release]:
    """Every release, newest first.

    Args:
        records: the folder of releases; it need not exist.

    Raises:
        ConfigError: a release that cannot be read.
    """
    return [_read(records / name, (records / name / RESULTS).stat().st_mtime_ns)
            for name in by_version(path.parent.name for path in records.glob(f"*/{RESULTS}"))]


def published(records: Path) -> dict[str, dict[str, dict[str, str]]]:
    """What releases ever published.

    Args:
        records: the folder of releases.

    Returns:
        By kind of output ("results", "figures"), for each id the page that published it last and the first version.

    Raises:
        ConfigError: the list cannot be read.
    """
    path = records / PUBLISHED
    if not path.exists():
        return {}
    try:
        data = json.loads(path.read_text("utf-8"))
        return {kind: {name: {"page": entry["page"], "since": entry["since"]} for name, entry in data[kind].items()}
                for kind in data}
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise ConfigError(f'{path}: expected {{"results": {{id: {{"page", "since"}}}}, "figures": …}}: '
                          f"{error!r}") from None


def drift(record: Record, release: Release | None) -> Drift:
    """Compare a result with the newest release.

    Args:
        record: from this build.
        release: to compare with, or None if there is none.

    Returns:
        Of the kind that `evidence.records.compare` gives, or NEW if it was not released; and the names of what else
        differs.
    """
    if release is None or record.id not in release.results:
        return Drift(kind=NEW, version=release.version if release else "")
    old = release.results[record.id].record
    changed = [name for name in ("n", "seeds", "configs", "code") if getattr(record, name) != getattr(old, name)]
    changed += [f"{name} {old.versions[name]} → {version}" for name, version in record.versions.items()
                if old.versions[name] != version]
    return Drift(kind=compare(old, record), version=release.version, released=old, environment=tuple(changed))


def released_page(release: Release, rid: str) -> str:
    """The name of the page of a released result, whose address never changes."""
    return f"results/v/{release.version}/{rid}/index"


def hashes(folder: Path) -> dict[str, str]:
    """The SHA-256 of every file of a release but its results, which have their own, by path from its folder."""
    paths = (path for path in sorted(folder.rglob("*")) if path.is_file() and path != folder / RESULTS)
    return {path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest() for path in paths}


def line_in(path: Path, name: str) -> int | None:
    """The line of a JSON file on which a key stands."""
    for number, line in enumerate(path.read_text("utf-8").split("\n"), 1):
        if line.strip().startswith(f'"{name}":'):
            return number
    return None


@functools.lru_cache(maxsize=32)
def _read(folder: Path, _changed: int) -> Release:
    path = folder / RESULTS
    try:
        data = json.loads(path.read_text("utf-8"))
        results = {entry["record"]["id"]: Released(record=Record.from_json(entry["record"]), page=entry["page"],
                                                   line=entry["line"]) for entry in data["results"]}
        _check(folder, data.get(FILES, {}))
        return Release(version=folder.name, folder=folder, results=results, build=data["build"])
    except (ValueError, KeyError, TypeError) as error:
        raise ConfigError(f"{path}: expected a release's results: {error!s}") from None


def by_version(names: Iterable[str]) -> list[str]:
    """Those of some names that are versions, newest first."""
    found = []
    for name in names:
        with contextlib.suppress(InvalidVersion):
            found.append((Version(name), name))
    return [name for _, name in sorted(found, reverse=True)]


def _check(folder: Path, expected: dict[str, str]) -> None:
    found = hashes(folder) if expected else {}
    for name, digest in expected.items():
        if found.get(name) != digest:
            raise ValueError(f"{name} with the hash {digest}, got {found.get(name, 'no such file')}: a release never "
                             "changes; `git checkout` brings it back")
