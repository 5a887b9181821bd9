"""Releases as they are read: places at once, records and files when somebody asks for one."""

import functools
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from evidence.archive import manifest, pixels
from evidence.archive.manifest import Manifest
from evidence.archive.objects import ArchiveError, Objects
from evidence.reading import parse_json
from evidence.records import Record, sha256_of


class Archive:
    """Every release in a folder.

    Args:
        records: the folder; it need not exist.

    Raises:
        ArchiveError: a manifest that cannot be read.
    """

    def __init__(self, records: Path):
        self.records, self.objects = records, Objects(records)
        self.releases = [Release(self, Manifest.read(manifest.path_of(records, version)))
                         for version in manifest.versions(records)]
        self._by_version = {one.version: one for one in self.releases}

    def release(self, version: str) -> "Release":
        """One release.

        Raises:
            ArchiveError: there is none of this version.
        """
        if version not in self._by_version:
            raise ArchiveError(f"expected a version among {', '.join(self._by_version) or 'none that there are'}, "
                               f"got {version!r}")
        return self._by_version[version]

    def data(self, name: str) -> Any:
        """The data of an object that holds JSON.

        Raises:
            ArchiveError: it is missing or damaged.
        """
        try:
            return parse_json(self.objects.get(name))
        except ArchiveError:
            raise
        except ValueError as error:
            raise ArchiveError(f"expected the object {name} to hold JSON: {error}: it is damaged") from None


@dataclass(frozen=True, eq=False)
class Released:
    """A result of a release: the page and line that published it, and the release that did so first, just as it is."""

    id: str
    page: str
    line: int | None
    since: "Release" = field(repr=False)

    @property
    def record(self) -> Record:
        """The record.

        Raises:
            ArchiveError: it is missing or damaged.
        """
        return self.since.own_record(self.id)


@dataclass(frozen=True, kw_only=True)
class ReleasedFigure:
    """A figure of a release: the page and line that published it, the release that has its files, and what it shows."""

    id: str
    page: str
    line: int | None
    since: "Release" = field(repr=False)
    modules: tuple[str, ...] | None = None
    runs: tuple[str, ...] | None = None

    @property
    def kinds(self) -> tuple[str, ...]:
        """The kinds of its files, such as "svg"."""
        return tuple(self.since.own_figures[self.id])

    def file(self, kind: str) -> bytes:
        """One of its files.

        Raises:
            ArchiveError: there is none of this kind, or it is missing or damaged.
        """
        files = self.since.own_figures[self.id]
        if kind not in files:
            raise ArchiveError(f"expected a file of {self.id} among {', '.join(files)}, got {kind!r}")
        content = self.since.archive.objects.get(files[kind])
        return pixels.unpack(content) if kind == "png" else content


class Release:
    """One release of an archive."""

    def __init__(self, archive: Archive, described: Manifest):
        self.archive, self.manifest = archive, described
        self.version, self.build, self.work = described.version, described.build, described.work
        self._records: dict[str, Record] = {}

    @functools.cached_property
    def results(self) -> Mapping[str, Released]:
        """The results by id, sorted.

        Raises:
            ArchiveError: the index is missing or damaged.
        """
        pages = self._index["results"]
        return dict(sorted((rid, Released(rid, page, line, self.archive.release(since)))
                           for page, listed in pages.items() for rid, (line, since) in listed.items()))

    @functools.cached_property
    def figures(self) -> Mapping[str, ReleasedFigure]:
        """The figures by id, sorted.

        Raises:
            ArchiveError: the index is missing or damaged.
        """
        return {fid: ReleasedFigure(id=fid, page=one["page"], line=one["line"],
                                    since=self.archive.release(one["since"]),
                                    **{name: tuple(one[name]) for name in ("modules", "runs") if name in one})
                for fid, one in sorted(self._index["figures"].items())}

    @property
    def more(self) -> dict[str, list[Any]]:
        """What it has of further kinds of output, by kind."""
        return self._index.get("more", {})

    @property
    def claims(self) -> list[dict[str, Any]]:
        """The claims with their verdicts, in the order of the ledger."""
        return self.archive.data(self.manifest.claims)

    def unchanged(self, record: Record) -> bool:
        """Whether this release published exactly this record."""
        return record.id in self.results and self.results[record.id].record.sha256 == record.sha256

    def own_record(self, rid: str) -> Record:
        """A record of the bundle; others are in those of earlier releases.

        Raises:
            ArchiveError: it is not there, or damaged.
        """
        if rid not in self._records:
            try:
                self._records[rid] = Record.from_json(self.own_data(rid))
            except ValueError as error:
                raise ArchiveError(f"release {self.version}: {error}") from None
        return self._records[rid]

    def own_data(self, rid: str) -> dict[str, Any]:
        """A record of the bundle as data, hash included."""
        given = dict(self._stored(rid))
        if like := given.pop("like", None):
            given = {**self.archive.release(like)._stored(rid), **given}
        return {**given, "sha256": sha256_of(given)}

    def full(self, rid: str) -> "Release":
        """The release whose bundle has all fields of the record: this one, or the one that it is like."""
        return self.archive.release(self._stored(rid).get("like", self.version))

    @property
    def own_figures(self) -> dict[str, dict[str, str]]:
        """The objects of the figures of the bundle, by id and kind of file."""
        return self._bundle["figures"]

    @property
    def own_results(self) -> list[str]:
        """The ids of the records of the bundle: those that this release was the first to publish as they are."""
        return sorted(self._bundle["records"])

    def _stored(self, rid: str) -> dict[str, Any]:
        if rid not in self._bundle["records"]:
            raise ArchiveError(f"expected a record of {rid!r} in the bundle of release {self.version}, found none")
        return self._bundle["records"][rid]

    @functools.cached_property
    def _index(self) -> dict[str, Any]:
        return self.archive.data(self.manifest.index)

    @functools.cached_property
    def _bundle(self) -> dict[str, Any]:
        return self.archive.data(self.manifest.bundle)


def open_archive(records: Path) -> Archive:
    """The archive of a folder; one that has not changed is read once.

    Args:
        records: the folder of releases; it need not exist.

    Raises:
        ArchiveError: a manifest that cannot be read.
    """
    paths = [manifest.path_of(records, version) for version in manifest.versions(records)]
    return _opened(records, tuple((path.name, path.stat().st_mtime_ns, path.stat().st_size) for path in paths))


@functools.lru_cache(maxsize=32)
def _opened(records: Path, _changed: tuple[tuple[str, int, int], ...]) -> Archive:
    return Archive(records)
