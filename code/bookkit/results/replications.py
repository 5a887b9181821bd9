"""The replications in the repository, and which of their values stand beside a build's results."""

import functools
from collections.abc import Mapping
from pathlib import Path

from sphinx.errors import ConfigError

from evidence.claims.agreement import seen_by
from evidence.records import Record
from evidence.records.replication import Replication

FOLDER = "replications"


def replications(records: Path) -> dict[str, Replication]:
    """Every replication, by the name of its file.

    Args:
        records: the folder of releases; replications are in a folder of it, which need not exist.

    Raises:
        ConfigError: a file that is no replication.
    """
    return {path.name.partition(".json")[0]: _read(path, path.stat().st_mtime_ns) for path in files(records)}


def files(records: Path) -> list[Path]:
    """The files of the replications in a folder of releases, in the order of their names."""
    return sorted(path for kind in ("*.json", "*.json.xz") for path in (records / FOLDER).glob(kind))


def beside(found: Mapping[str, Replication], records: Mapping[str, Record]) -> dict[str, dict[str, Record]]:
    """The values of replications as records, where they ran what a build ran.

    A replication with the seeds of the book from the build's own kind of processor is left out: it is this build.

    Args:
        found: replications by name.
        records: of the build, by id.
    """
    here = {record.build["hardware"].partition(", ")[0] for record in records.values() if record.runs}
    return {name: _seen(name, one, records) for name, one in found.items()
            if one.offset or one.machine["processor"] not in here}


def _seen(name: str, one: Replication, records: Mapping[str, Record]) -> dict[str, Record]:
    """As `seen_by`; kept, because every page asks."""
    known = _KEPT.get(name)
    if known is None or known[0] is not one or known[1] != [id(record) for record in records.values()]:
        known = _KEPT[name] = (one, [id(record) for record in records.values()], dict(records), seen_by(one, records))
    return known[3]


# by name: the replication, the build's records (by identity, and held, so that none is another's) and what came of both
_KEPT: dict[str, tuple[Replication, list[int], dict[str, Record], dict[str, Record]]] = {}


@functools.lru_cache(maxsize=64)
def _read(path: Path, _changed: int) -> Replication:
    try:
        return Replication.read(path)
    except ValueError as error:
        raise ConfigError(f"{path.parent.parent.name}/{FOLDER}/{error}") from None
