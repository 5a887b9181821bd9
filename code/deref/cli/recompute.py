"""`deref recompute`: whether records are what their functions compute from the store; for builds, not for people."""

import argparse
import json
from collections.abc import Sequence

from deref.cli.commands import Refused, path_argument
from deref.cli.declarations import declarations
from deref.experiment import load_all
from evidence.files import write_file
from evidence.location import default_root
from evidence.reading import parse_json, read_bytes
from evidence.records.record import Record
from evidence.results.recompute import Kept, faults
from evidence.runs.store import using


def main(arguments: Sequence[str]) -> int:
    """Write what is wrong, by id, as JSON; the exit status is 0 whatever was found."""
    parser = argparse.ArgumentParser(
        prog="deref recompute", description="Compute published records again from the runs in the store, training "
        "nothing, and write down which ones come out otherwise.")
    parser.add_argument("--records", metavar="FILE", type=path_argument, required=True,
                        help='JSON: "records" to compute again, and "ids" that only have to have a function')
    parser.add_argument("--faults", metavar="FILE", type=path_argument, required=True, help="where to write")
    given = parser.parse_args(arguments)
    try:
        asked = parse_json(read_bytes(given.records))
        records, ids = list(map(Record.from_json, asked["records"])), list(asked["ids"])
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise Refused(f"expected {given.records} to hold records and ids: {error}") from None
    with declarations():
        load_all()
    with using(Kept(default_root())) as store:
        found = faults(records, ids, store)
    write_file(given.faults, json.dumps(found).encode())
    return 0
