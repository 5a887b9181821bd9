"""Replications as files: made of a set of records, or of the book that was built here; and what they are beside."""

import hashlib
import json
import os
import platform
import re
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from deref.cli.commands import Refused
from deref.ledger import ledger
from evidence.claims import judge
from evidence.records.record import EXACT, Record
from evidence.records.replication import Replication, Value, short_hash
from evidence.runs import origin
from evidence.runs.store import Store

_CORES = re.compile(r"(?P<processor>.+), (?P<cores>\d+) cores")


def replication_of(records: Mapping[str, Record], *, offset: int, exact: bool, created: str, machine: dict[str, Any],
                   not_run: Mapping[str, str], failed: Mapping[str, str]) -> Replication:
    """Write a replication of some records, with every claim that they decide.

    Args:
        records: by id, at least one.
        offset: added to every seed.
        exact: whether they were computed with settings that give the same bits everywhere.
        created: UTC, ISO 8601.
        machine: that trained.
        not_run: by result or module, why the machine could not have it.
        failed: by result, its error.
    """
    verdicts = {}
    for claim in ledger():
        try:
            found = judge(claim, records)
        except Exception as error:  # a hand-written criterion that met values it was not written for
            failed = {**failed, claim.id: " ".join(f"{type(error).__name__}: {error}".split())[:400]}
            continue
        verdicts[claim.id] = {"verdict": found.verdict, "conditions": " ".join(found.conditions.split()),
                              "criterion": short_hash(claim.criterion_text)}
    codes = "\n".join(sorted({record.code for record in records.values()}))
    return Replication(offset=offset, exact=exact, created=created, machine=machine,
                       versions=dict(next(iter(records.values())).versions),
                       code=hashlib.sha256(codes.encode()).hexdigest(),
                       values={rid: Value.of(record) for rid, record in records.items()}, verdicts=verdicts,
                       not_run=dict(not_run), failed=dict(failed))


def machine_here(store: Store) -> dict[str, Any]:
    """This machine, as replications name it: with a GPU's name where a GPU trains."""
    return {"processor": origin.processor() if store.device == "cpu" else origin.hardware(store.device),
            "cores": os.cpu_count(), "device": store.device, "system": f"{platform.system()} {platform.machine()}"}


def built(project: Path) -> Replication:
    """The book that was built here, as a replication with the seeds of the book.

    Args:
        project: the folder of the project.

    Raises:
        Refused: there is no whole build, or its runs come from several kinds of processor.
    """
    site = project / "_build" / "html" / "results"
    if not (site / "index.json").exists():
        raise Refused("expected a book that was built here, found none; first: make book")
    build = json.loads((site / "index.json").read_text("utf-8"))["build"]
    if build["fast"]:
        raise Refused(f"expected a whole build, got a fast one, whose numbers are those of release {build['fast']}")
    records = _site(site)
    exact = all(EXACT in record.build for record in records.values())
    return replication_of(records, offset=0, exact=exact, machine=_machine_of(records.values()), not_run={}, failed={},
                          created=datetime.now(UTC).isoformat(timespec="seconds"))


def published(project: Path) -> dict[str, Record]:
    """The records that replications are compared with: of the book built here, and of releases what it lacks.

    Args:
        project: the folder of the project.
    """
    found: dict[str, Record] = {}
    for version in versions(project):
        found |= released(project, version)
    return found | of_build(project)


def versions(project: Path) -> list[str]:
    """The releases of a project, oldest first."""
    return sorted((path.parent.name for path in project.glob("records/*/results.json")), key=_version)


def released(project: Path, version: str) -> dict[str, Record]:
    """The records of one release, by id.

    Raises:
        Refused: there is no such release.
    """
    known = versions(project)
    if version not in known:
        raise Refused(f"expected a release, one of {', '.join(known) or 'none'}, got {version!r}")
    rows = json.loads((project / "records" / version / "results.json").read_text("utf-8"))["results"]
    return {row["record"]["id"]: Record.from_json(row["record"]) for row in rows}


def of_build(project: Path) -> dict[str, Record]:
    """The records of the book that was built here, by id; none where there is no such book."""
    return _site(project / "_build" / "html" / "results")


def _site(results: Path) -> dict[str, Record]:
    records = [Record.read(path) for path in sorted(results.glob("*/record.json"))]
    return {record.id: record for record in records}


def _machine_of(records: Iterable[Record]) -> dict[str, Any]:
    trained = {text for record in records if record.runs for text in record.build["hardware"].split("; ")}
    parts = {text: _CORES.fullmatch(text) for text in trained}
    names = sorted({part["processor"] if part else text for text, part in parts.items()})
    if len(names) != 1:
        raise Refused("expected a build whose runs come from one kind of processor, got "
                      + ("; ".join(names) or "none that trained anything"))
    cores = [int(part["cores"]) for part in parts.values() if part]
    return {"processor": names[0], "cores": min(cores) if cores else None, "device": "cpu" if cores else "cuda",
            "system": f"{platform.system()} {platform.machine()}"}


def _version(name: str) -> tuple[int, ...]:
    return tuple(int(part) for part in name.split(".") if part.isdecimal())
