"""Bundles on the command line: which runs go into one, and what became of those that came."""

import sys
from collections.abc import Iterable, Sequence
from pathlib import Path

from deref import experiment as experiments
from deref.cli.commands import Failed, Refused
from deref.cli.declarations import declarations
from deref.cli.filed import of_build, released
from deref.experiment import Experiment
from deref.progress import counting, size_text
from evidence.provenance.code import read_once
from evidence.provenance.source import CODE
from evidence.records.record import Record
from evidence.runs.bundle import BadBundle, Bundle
from evidence.runs.inbox import Inbox
from evidence.runs.packing import pack, take_in
from evidence.runs.store import Store

PROJECT = CODE.parent
NAMED = 3
"""Experiments, and missing runs, that are named; of more only the number is said."""


def stores() -> list[Store]:
    """The default store as the runs of each kind see it: of the CPU, of GPUs, and exact ones."""
    return [Store(device="cpu", exact=False), Store(device="cuda", exact=False), Store(device="cpu", exact=True)]


def export(path: Path, root: Path, version: str | None, names: Sequence[str]) -> int:
    """Write a bundle, and say what is in it.

    Args:
        path: the file.
        root: the store's directory.
        version: of the release whose runs are wanted; None where names are given, or the book built here is meant.
        names: of experiments.

    Raises:
        Refused: there is no such release or experiment, or no book that was built here.
        Failed: a run is missing, or the file cannot be written.
    """
    if names:
        of = f"the experiments {', '.join(names)}" if len(names) <= NAMED else f"{len(names)} experiments"
        addresses = _of_experiments(names, root)
    elif version:
        of, addresses = f"release {version}", _of_records(released(PROJECT, version).values())
    else:
        of, addresses = _of_build(root)
    inbox = Inbox(root)
    if missing := [address for address in addresses if not inbox.holds(address)]:
        some = ", ".join(address[:12] for address in missing[:NAMED]) + (", …" if len(missing) > NAMED else "")
        raise Failed(f"expected all {len(addresses)} runs of {of} in {root}, {len(missing)} are missing ({some}): "
                     f"train them with the code that made them")
    try:
        with counting("exporting runs") as progress:
            sha256 = pack(path, root, addresses, of, progress)
        size = size_text(path.stat().st_size)
    except (OSError, ValueError) as error:
        raise Failed(f"the bundle {path} cannot be written: {_reason(error)}") from None
    print(f"wrote {path}: {len(addresses)} {_runs(len(addresses))} of {of}, {size}, sha256 {sha256}")
    return 0


def bring(path: Path, root: Path) -> int:
    """Take a bundle's runs into the store, and say how many.

    Raises:
        Refused: the file is no bundle, or cannot be read.
    """
    with opened(path) as bundle, counting("importing runs") as progress:
        try:
            taken, there = take_in(bundle, Inbox(root), progress)
        except BadBundle as error:
            raise Refused(str(error)) from None
    were = "was" if there == 1 else "were"
    print(f"imported {taken} {_runs(taken)} of {bundle.of} into {root}; {there} {were} there", file=sys.stderr)
    return 0


def opened(path: Path) -> Bundle:
    """A bundle, to be closed by the caller.

    Raises:
        Refused: the file is none, or cannot be read.
    """
    try:
        return Bundle(path)
    except BadBundle as error:
        raise Refused(str(error)) from None
    except OSError as error:
        raise Refused(f"expected a bundle of runs: {error}") from None


def store_in(bundle: Bundle, record: Record) -> Store:
    """A store that reads a bundle, of the kind of runs that a record rests on.

    Raises:
        BadBundle: the runs of the record in it are damaged.
    """
    there = next((address for address in record.addresses if address in bundle.runs), None)
    if there is None:
        return Store(bundle=bundle)
    about = bundle.entry(there).about
    return Store(device=about["device"], threads=about["threads"], exact=about.get("exact", False), bundle=bundle)


def _of_build(root: Path) -> tuple[str, list[str]]:
    """The runs that the results of the book built here rest on, and those of figures: of every experiment that has runs
    of the same kind."""
    records = of_build(PROJECT)
    if not records:
        raise Refused("expected a book that was built here, found none; first: make book, or name a release with --of "
                      "VERSION")
    addresses = dict.fromkeys(_of_records(records.values()))
    inbox = Inbox(root)
    for store in stores():
        with read_once():
            declared = [store.address(one.config, one.seeds) for one in _every()]
        if addresses.keys() & set(declared):
            addresses |= dict.fromkeys(address for address in declared if inbox.holds(address))
    return "the book built here", list(addresses)


def _of_records(records: Iterable[Record]) -> list[str]:
    return list(dict.fromkeys(address for record in records for address in record.addresses))


def _of_experiments(names: Sequence[str], root: Path) -> list[str]:
    _every()  # or their names are not known
    found, inbox = [], Inbox(root)
    for name in dict.fromkeys(names):
        try:
            one = experiments.get(name)
        except ValueError as error:
            raise Refused(str(error)) from None
        there = [address for store in stores() if inbox.holds(address := store.address(one.config, one.seeds))]
        if not there:
            raise Failed(f"expected a trained run of {name} in {root}, found none; first: deref train {name}")
        found += there
    return list(dict.fromkeys(found))  # two names may share a run


def _every() -> tuple[Experiment, ...]:
    with declarations():
        return experiments.load_all()


def _runs(number: int) -> str:
    return "run" if number == 1 else "runs"


def _reason(error: Exception) -> str:
    return (error.strerror if isinstance(error, OSError) else None) or str(error)
