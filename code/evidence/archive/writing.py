"""Writing a release: what changed becomes objects, the rest points to where it is, and the manifest comes last."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from evidence.archive import manifest, pixels
from evidence.archive.manifest import Manifest
from evidence.archive.objects import ArchiveError
from evidence.archive.releases import Archive, Release
from evidence.records import Record

_WORTH = 0.5
"""A record that is like an earlier one is kept as what differs, if that is less than this part of it."""


def write(records: Path, version: str, *, build: Mapping[str, Any], work: Mapping[str, Any],
          results: Sequence[Mapping[str, Any]], figures: Sequence[Mapping[str, Any]],
          files: Mapping[str, Mapping[str, bytes]], claims: Sequence[Mapping[str, Any]],
          more: Mapping[str, Sequence[Any]] | None = None) -> Release:
    """Add a release to an archive.

    Args:
        records: the folder of releases.
        version: a new one, such as "0.3.0".
        build: what is known of the build.
        work: what the book says of itself.
        results: each with "record", "page" and "line".
        figures: each with "id", "page" and "line", and perhaps "modules" and "runs".
        files: of each figure, by id and kind.
        claims: as their index lists them.
        more: what is released of further kinds of output, by kind.

    Returns:
        The release, as it is read from now on.

    Raises:
        ArchiveError: the version is none or was released; the archive is damaged; or what would be read is not what
            was given. The release does not exist then.
        ValueError: a record that is none.
    """
    if manifest.order(version) is None:
        raise ArchiveError(f'expected a version such as "0.1.0", got {version!r}')
    if manifest.path_of(records, version).exists():
        raise ArchiveError(f"expected a new version, got {version!r}, which is released and never changes")
    archive = Archive(records)
    older = manifest.before(version, [one.version for one in archive.releases])
    before = archive.release(older) if older else None
    index: dict[str, Any] = {"results": {}, "figures": {}, **({"more": dict(more)} if more else {})}
    bundle: dict[str, Any] = {"records": {}, "figures": {}}
    hashes = {}
    for entry in sorted(results, key=lambda entry: entry["record"]["id"]):
        record = entry["record"]
        rid, hashes[record["id"]] = record["id"], Record.from_json(record).sha256
        since = _since(before, record)
        index["results"].setdefault(entry["page"], {})[rid] = [entry["line"], since or version]
        if since is None:
            bundle["records"][rid] = _stored(before, record)
    for entry in sorted(figures, key=lambda entry: entry["id"]):
        fid = entry["id"]
        kept = {kind: archive.objects.put(pixels.pack(content) if kind == "png" else content)
                for kind, content in sorted(files[fid].items())}
        old = before.figures[fid].since if before and fid in before.figures else None
        same = old is not None and old.own_figures[fid] == kept
        index["figures"][fid] = {**{name: value for name, value in entry.items() if name != "id"},
                                 "since": old.version if old and same else version}
        if not same:
            bundle["figures"][fid] = kept
    names = {name: archive.objects.put(_text(data))
             for name, data in (("index", index), ("bundle", bundle), ("claims", list(claims)))}
    made = Manifest(version=version, build=dict(build), work=dict(work), seal=manifest.seal(hashes), **names)
    _check(archive, made, results)
    made.write(records)
    return Archive(records).release(version)


def _since(before: Release | None, record: Mapping[str, Any]) -> str | None:
    """The release that first published just this record, if the one before has it."""
    rid = record["id"]
    if before is None or rid not in before.results:
        return None
    since = before.results[rid].since
    return since.version if _text(since.own_data(rid)) == _text(record) else None


def _stored(before: Release | None, record: Mapping[str, Any]) -> dict[str, Any]:
    """A record without its hash, which follows from the rest; or only what differs from an earlier one."""
    whole = {name: value for name, value in record.items() if name != "sha256"}
    if before is None or record["id"] not in before.results:
        return whole
    base = before.results[record["id"]].since.full(record["id"])
    old = {name: value for name, value in base.own_data(record["id"]).items() if name != "sha256"}
    differs = {name: value for name, value in whole.items() if name not in old or _text(old[name]) != _text(value)}
    small = len(_text(differs)) < _WORTH * len(_text(whole))
    return {"like": base.version, **differs} if small and set(old) == set(whole) else whole


def _check(archive: Archive, made: Manifest, results: Sequence[Mapping[str, Any]]) -> None:
    """Read what was written before it is a release: nothing can be mended later."""
    release = Release(archive, made)
    archive._by_version[made.version] = release
    for entry in results:
        found = release.results[entry["record"]["id"]]
        if _text(found.since.own_data(found.id)) != _text(entry["record"]):
            raise ArchiveError(f"expected the record {found.id!r} to be read as it was written, and it is not")


def _text(data: Any) -> bytes:
    return json.dumps(data, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False).encode()
