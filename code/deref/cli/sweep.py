"""`deref sweep`: compute a released record anew."""

import argparse
import os
import sys
from collections.abc import Sequence
from datetime import UTC, datetime

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
    parser.add_argument("--out", type=path_argument, metavar="FILE",
                        help="where to write the record (default: records/sweeps/NAME.json of the project)")
    add_training_options(parser)
    given = parser.parse_args(arguments)
    with declarations():
        known = sweeps.load_all()
    if given.name is None:
        width = max(len(one.name) for one in known)
        for one in known:
            print(f"{one.name:{width}}  {len(one.experiments):3} runs  {one.about}")
        return 0
    try:
        chosen = sweeps.get(given.name)
    except ValueError as error:
        raise Refused(str(error)) from None
    store = store_of(given.device)
    if status := make(chosen.experiments, store, given):
        return status
    path = given.out or record_path(chosen.name)
    checksum = compute(chosen, store).write(path)
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
        name=chosen.name, about=chosen.about, command=f"deref sweep {chosen.name}",
        created=datetime.now(UTC).isoformat(timespec="seconds"), wall_s=round(sum(run.wall_s for run in runs), 1),
        hardware="; ".join(hardware), versions=origin.versions(), code=code_of([chosen.module]),
        runs=[run.address for run in runs], columns={name: list(column) for name, column in columns.items()})
