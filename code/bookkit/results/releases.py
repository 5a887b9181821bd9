"""Releases: what was published before, and how far this build has drifted from it.

They are read from the archive, see `evidence.archive`. `records/published.json` lists every id that a release ever
published, with the page that did.
"""

import json
from dataclasses import dataclass
from pathlib import Path

from sphinx.errors import ConfigError

from evidence.archive import ArchiveError, Release, Released, ReleasedFigure, open_archive
from evidence.records import Record
from evidence.records.compare import compare

__all__ = ["CLAIMS", "NEW", "PUBLISHED", "RESULTS", "Drift", "Release", "Released", "ReleasedFigure", "drift",
           "line_in", "published", "released_page", "released_pages", "released_title", "releases"]

PUBLISHED, RESULTS, CLAIMS = "published.json", "results.json", "claims.json"
NEW = "new"


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
    try:
        found = open_archive(records).releases
        for release in found:
            release.results, release.own_results  # noqa: B018 (what cannot be read is said here, once)
        return found
    except ArchiveError as error:
        raise ConfigError(str(error)) from None


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
    """The name of the page of a released result, whose address never changes.

    A result that a release has just as the one before it is on the page of the release that first published it so.
    """
    return f"results/v/{release.results[rid].since.version}/{rid}/index"


def released_title(release: Release, rid: str) -> str:
    """The title of that page."""
    return f"{release.results[rid].record.title} (version {release.results[rid].since.version})"


def released_pages(release: Release) -> dict[str, str]:
    """The pages that a release adds to the site, by file name from its root, with their titles."""
    index = {f"results/v/{release.version}/index.html": f"Results of version {release.version}"}
    return index | {f"{released_page(release, rid)}.html": released_title(release, rid) for rid in release.own_results}


def line_in(path: Path, name: str) -> int | None:
    """The line of a JSON file on which a key stands."""
    for number, line in enumerate(path.read_text("utf-8").split("\n"), 1):
        if line.strip().startswith(f'"{name}":'):
            return number
    return None
