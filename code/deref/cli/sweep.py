"""`deref sweep`: compute a released record anew."""

import argparse
import os
import sys
from collections.abc import Sequence
from datetime import UTC, datetime

import numpy as np

from deref import sweep as sweeps
from deref.cli.commands import Refused, path_argument
from deref.cli.declarations import declarations
from deref.cli.device import store_of
from deref.cli.train import add_training_options, make
from deref.sweep import Sweep
from evidence.results.provenance import code_of
from evidence.runs import Store, origin
from evidence.runs.sweep_record import SweepRecord, record_path


def main(arguments: Sequence[str]) -> int:
    """Compute the record of a sweep, training what is missing; 0 if it was written."""
    parser = argparse.ArgumentParser(
        prog="deref sweep", description="Compute the record of a sweep: train the runs that the store lacks, then "
        "write one file. What was interrupted goes on where it stopped. Without a name, list the sweeps.")
    parser.add_argument("name", nargs="?", metavar="NAME", help="name of a sweep")
    parser.add_argument("--part", metavar="PART", help="only this part of a large sweep (default: one after the other)")
    parser.add_argument("--seeds", type=int, metavar="N", help="of a large sweep, only the runs of seeds below N")
    parser.add_argument("--kept", action="store_true",
                        help="train nothing: write the record of the runs that the store has by now, and of those "
                             "that the record has")
    parser.add_argument("--out", type=path_argument, metavar="FILE",
                        help="where to write the record (default: records/sweeps/NAME.json.xz of the project)")
    add_training_options(parser)
    given = parser.parse_args(arguments)
    with declarations():
        known = sweeps.load_all()
    if given.name is None:
        width = max(len(f"{one.name} {one.part}") for one in known)
        for one in known:
            print(f"{f'{one.name} {one.part}':{width}}  {len(one.experiments):3} runs  {one.about}")
        return 0
    try:
        chosen = sweeps.chosen(given.name, given.part)
    except ValueError as error:
        raise Refused(str(error)) from None
    _check(chosen, given)
    store = store_of(given.device)
    return max(_written(one, store, given) for one in chosen)


def _check(chosen: Sequence[Sweep], given: argparse.Namespace) -> None:
    """Refuse options that do not go with what was chosen."""
    if (given.kept or given.seeds is not None) and not all(one.rows_by for one in chosen):
        raise Refused(f"expected --kept and --seeds with a sweep that can be kept in part, got {given.name}, whose "
                      f"record needs all of its runs")
    if given.seeds is not None and given.seeds < 1:
        raise Refused(f"expected at least 1 seed, got {given.seeds}")
    if given.out is not None and len(chosen) > 1:
        raise Refused(f"expected --part with --out: {given.name} has {len(chosen)} parts, each with its own record")


def _written(chosen: Sweep, store: Store, given: argparse.Namespace) -> int:
    """Train what one record needs and write it; exit status."""
    wanted = [one for one in chosen.experiments if given.seeds is None or max(one.seeds) < given.seeds]
    if not given.kept and (status := make(wanted, store, given)):
        return status
    if chosen.rows_by and not any(store.has(one.config, one.seeds) for one in chosen.experiments):
        raise Refused(f"expected finished runs of {chosen.key} in the store, found none: {chosen.command}")
    found, released = compute(chosen, store), record_path(chosen.key)
    if chosen.rows_by and released.exists():
        found = found.with_rows_of(SweepRecord.read(released, None), chosen.rows_by)
    path = given.out or released
    checksum = found.write(path)
    shown = os.path.relpath(path)
    print(f"deref: wrote {shown}, sha256 {checksum}; state it where {chosen.module} is read", file=sys.stderr)
    return 0


def compute(chosen: Sweep, store: Store) -> SweepRecord:
    """Make the record of a sweep from runs that are in the store.

    Args:
        chosen: the sweep.
        store: of its runs; one that is missing is trained here.
    """
    with store.recording() as runs:
        columns = chosen.table(store)
    hardware = dict.fromkeys([run.hardware for run in runs] or [origin.hardware(store.device)])
    return SweepRecord(
        name=chosen.key, about=chosen.about, command=chosen.command,
        created=datetime.now(UTC).isoformat(timespec="seconds"), wall_s=round(sum(run.wall_s for run in runs), 1),
        hardware="; ".join(hardware), versions=origin.versions(), code=code_of([chosen.module]),
        runs=[run.address for run in runs], columns={
            name: column if isinstance(column, np.ndarray) else list(column) for name, column in columns.items()})
