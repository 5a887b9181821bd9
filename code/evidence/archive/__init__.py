"""The archive of releases: what was published, each thing once, under the hash of its content.

    records/releases/<version>.json   one release: what it was built from, and which objects hold the rest
    records/objects/<sha256>.xz       an object: compressed, and named by the hash of what is inside
    records/notebooks.json            the executed chapters of the newest release, for builds that run nothing
    records/published.json            every id that was ever published

A release adds the records and figures that changed; for all others it names the release that has them. Everything that
reads or writes releases goes through this package.
"""

from evidence.archive.objects import ArchiveError, Objects
from evidence.archive.releases import Archive, Release, Released, ReleasedFigure, open_archive

__all__ = ["Archive", "ArchiveError", "Objects", "Release", "Released", "ReleasedFigure", "open_archive"]
