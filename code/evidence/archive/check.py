"""Whether the archive is whole: every hash computed anew, and what is damaged, missing or left over named."""

from collections.abc import Iterator
from pathlib import Path

from evidence.archive import manifest, notebooks
from evidence.archive.objects import HASH, ArchiveError, Objects
from evidence.archive.releases import Archive, Release
from evidence.reading import parse_json


def problems(records: Path) -> list[str]:
    """What is wrong with an archive, a line each; nothing if it is whole.

    Args:
        records: the folder of releases.
    """
    objects, found, faults = Objects(records), set(), []
    for name in objects.names():
        if not HASH.fullmatch(name):
            faults.append(f"left over: {objects.folder / name} is no object")
            continue
        found.add(name)
        try:
            objects.get(name)
        except ArchiveError as error:
            faults.append(f"damaged: object {name}: {error}")
    faults += [f"left over: {path} is no release" for path in sorted((records / manifest.FOLDER).glob("*"))
               if path.suffix != ".json" or manifest.order(path.stem) is None]
    try:
        archive = Archive(records)
    except ArchiveError as error:
        return [*faults, f"damaged: {error}"]
    needed: dict[str, str] = {}
    try:
        for release in archive.releases:
            needed |= dict.fromkeys(objects_of(release), f"release {release.version}")
        needed |= dict.fromkeys(objects_of_notebooks(records), "the chapters of the newest release")
    except ArchiveError as error:
        faults.append(f"damaged: {error}")
    else:
        faults += [f"left over: object {name}, which no release has" for name in sorted(found - needed.keys())]
        faults += [f"missing: object {name} of {who}" for name, who in sorted(needed.items()) if name not in found]
    for release in archive.releases:
        faults += [f"damaged: release {release.version}: {fault}" for fault in _sealed(release)]
    return list(dict.fromkeys(faults))


def objects_of(release: Release) -> Iterator[str]:
    """The names of the objects that a release itself added or has in common with others.

    Raises:
        ArchiveError: its bundle is missing or damaged.
    """
    described = release.manifest
    yield from (described.index, described.bundle, described.claims)
    for files in release.own_figures.values():
        yield from files.values()


def objects_of_notebooks(records: Path) -> Iterator[str]:
    """The names of the objects that the chapters of the newest release need.

    Raises:
        ArchiveError: their list, or one of them, is missing or damaged.
    """
    kept, objects = notebooks.newest(records), Objects(records)
    for name in kept.pages.values() if kept else ():
        yield name
        yield from notebooks.carried(parse_json(objects.get(name)))


def _sealed(release: Release) -> Iterator[str]:
    """What is wrong with the records of a release, and with the places that it names."""
    try:
        hashes = {rid: one.record.sha256 for rid, one in release.results.items()}
        for figure in release.figures.values():
            if not figure.kinds:
                yield f"the figure {figure.id} has no files"
    except (ArchiveError, KeyError, TypeError, ValueError) as error:
        yield str(error)
        return
    if manifest.seal(hashes) != release.manifest.seal:
        yield f"expected records whose hashes have the hash {release.manifest.seal}, got {manifest.seal(hashes)}"


def prune(records: Path, before: set[str]) -> int:
    """Delete objects that were needed and are no more: chapters of a release that is not the newest any longer.

    Args:
        records: the folder of releases.
        before: names of the objects that the chapters needed.

    Returns:
        How many were deleted.

    Raises:
        ArchiveError: the archive is damaged; nothing is deleted then.
    """
    archive = Archive(records)
    needed = {name for release in archive.releases for name in objects_of(release)}
    gone = before - needed - set(objects_of_notebooks(records))
    for name in gone:
        archive.objects.remove(name)
    return len(gone)
