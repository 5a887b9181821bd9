"""`deref verify`: compute a published result again on this machine, and compare."""

import argparse
from collections.abc import Sequence
from contextlib import nullcontext
from pathlib import Path

from deref.cli import bundles, exact
from deref.cli.commands import Refused, path_argument
from deref.cli.declarations import declarations
from deref.experiment import load_all
from evidence.archive import open_archive
from evidence.location import default_root
from evidence.provenance.source import CODE
from evidence.records import released_file
from evidence.records.compare import DIFFERS
from evidence.records.record import Record
from evidence.results import stages
from evidence.results.verify import report, verify
from evidence.runs.store import Store


def main(arguments: Sequence[str]) -> int:
    """Print "same", "within interval" or "differs"; the exit status is 1 for the last, else 0.

    With --exact, print "identical" or the first stage that differs, with the exit status 0 or 1.
    """
    parser = argparse.ArgumentParser(
        prog="deref verify", description="Compute a published result again on this machine, from the configurations "
        "and seeds of its record, and compare. Runs that are not in the store are trained.")
    parser.add_argument("id", nargs="?", metavar="ID", help="id of the result, such as flip.large-32.addressed")
    parser.add_argument("--record", metavar="FILE", type=path_argument,
                        help="the record, or with an ID the records of a release, as the page of the result offers it "
                        "for download (default: that of the book built here, else of the newest release)")
    parser.add_argument("--runs", metavar="FILE", type=path_argument, help="take the trained runs from this file, "
                        "which `deref runs --export` wrote: nothing is trained, and the store is left alone")
    exact.add_option(parser)
    given = parser.parse_args(arguments)
    if given.id is None and given.record is None:
        raise Refused("expected the id of a result, or --record FILE")
    try:
        if given.record is None:
            record = known(given.id, CODE.parent)
        elif given.record.suffix == released_file.SUFFIX:
            if given.id is None:
                raise Refused(f"expected the id of the result whose record is to be taken from {given.record}")
            record = released_file.read(given.record, given.id)
        else:
            record = Record.read(given.record)
        if given.id not in (None, record.id):
            raise Refused(f"expected a record of {given.id!r}, got one of {record.id!r}")
        if given.exact:
            stages.check(record)
            exact.enter("verify", arguments)
        with declarations():
            load_all()
        with bundles.opened(given.runs) if given.runs else nullcontext() as bundle:
            found = verify(record, bundles.store_in(bundle, record) if bundle else Store(default_root()))
    except OSError as error:
        raise Refused(f"expected a record file: {error}") from None
    except ValueError as error:
        raise Refused(str(error)) from None
    if given.exact:
        print(stages.report(record, compared := stages.stages(record, found.now)))
        return int(any(stage.differences for stage in compared))
    print(report(found))
    return int(found.verdict == DIFFERS)


def known(id: str, project: Path) -> Record:
    """Find the record of an id in the book that was built here, or else in its newest release.

    Args:
        id: of a result.
        project: the folder of the project.

    Raises:
        ValueError: neither has it, or the archive is damaged.
    """
    built = project / "_build" / "html" / "results" / id / "record.json"
    if built.exists():
        return Record.read(built)
    for release in open_archive(project / "records").releases:
        if id in release.results:
            return release.results[id].record
    raise ValueError(f"expected the id of a published result, got {id!r}, which neither the book built here nor a "
                     "release has; a record file of your own goes with --record FILE")

