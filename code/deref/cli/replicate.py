"""`deref replicate`: run the book's experiments with other seeds, and write down what all results and claims became."""

import argparse
import hashlib
import importlib
import os
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from filelock import FileLock, Timeout

from deref import discovery
from deref import experiment as experiments
from deref.cli import compared, exact, values
from deref.cli.commands import Failed, Refused, path_argument
from deref.cli.declarations import declarations
from deref.cli.device import NO_GPU, lacks_gpu, store_of
from deref.cli.filed import built, machine_here, published, replication_of
from deref.cli.train import make
from deref.experiment import Experiment
from deref.ledger import ledger
from evidence import compressed
from evidence.config import to_json
from evidence.cores import usable_cores
from evidence.files import explained, remove
from evidence.provenance.source import CODE
from evidence.records.record import Record
from evidence.records.replication import Replication
from evidence.results import registry
from evidence.results.provenance import code_of
from evidence.runs import origin
from evidence.runs.address import DEVICES
from evidence.runs.marker import mark
from evidence.runs.store import Store

PROJECT = CODE.parent
FOLDER = Path("records", "replications")


def main(arguments: Sequence[str]) -> int:
    """Make a replication, or check one; 0 if every result that this machine can have was computed."""
    parser = argparse.ArgumentParser(
        prog="deref replicate", description="Run the experiments again with every seed shifted, compute every result "
        "on them, judge every claim, and write one small file without models. What was interrupted goes on where it "
        "was. The part that --claim or --section names is shown, and written only where --out says.")
    parser.add_argument("--offset", type=int, default=1000, metavar="N", help="added to every seed (default: 1000)")
    parser.add_argument("--claim", metavar="ID", nargs="+", help="only the results that these claims are judged by")
    parser.add_argument("--section", metavar="NAME", help="only the results of one module, such as depth")
    parser.add_argument("--from-build", action="store_true",
                        help="compute nothing: write down the book that was built here")
    parser.add_argument("--check", type=path_argument, nargs="+", metavar="FILE",
                        help="compute nothing: read replications and compare them")
    parser.add_argument("--out", type=path_argument, metavar="FILE", help=f"where to write (default: into {FOLDER})")
    parser.add_argument("--jobs", type=int, metavar="N", help="how many processes work at a time (default: one a core)")
    parser.add_argument("--device", choices=DEVICES, help="where to train (default: $DEREF_DEVICE, or auto)")
    exact.add_option(parser)
    given = parser.parse_args(arguments)
    if given.exact and not (given.from_build or given.check):
        exact.enter("replicate", arguments)
    given.scheduler = None
    parts = [given.claim, given.section, given.from_build or None, given.check]
    if sum(one is not None for one in parts) > 1:
        raise Refused("expected one of --claim, --section, --from-build and --check, or none of them")
    if given.offset < 0 or (given.jobs is not None and given.jobs < 1):
        raise Refused(f"expected an offset of at least 0 and at least 1 job, got {given.offset} and {given.jobs}")
    if given.check is not None:
        for path in given.check:
            _check(path)
        return 0
    try:
        found = built(PROJECT) if given.from_build else _computed(given)
    except ValueError as error:
        raise Refused(str(error)) from None
    whole = given.claim is None and given.section is None
    if whole or given.out is not None:
        path = given.out or PROJECT / FOLDER / f"{found.name}.json{compressed.SUFFIX}"
        found.write(path)
        _say(f"wrote {os.path.relpath(path)}: {len(found.values)} values, {len(found.verdicts)} verdicts")
    compared.show(found, published(PROJECT), ledger(), rows=not whole)
    return int(bool(found.failed))


def _check(path: Path) -> None:
    try:
        found = Replication.read(path)
    except OSError as error:
        raise Refused(f"expected a replication's file: {error}") from None
    except ValueError as error:
        raise Refused(str(error)) from None
    _say(f"{path.name}: a replication on {found.machine['processor']}, offset {found.offset}; "
         f"{len(found.values)} values, {len(found.verdicts)} verdicts")
    compared.show(found, published(PROJECT), ledger(), rows=False)


def _computed(given: argparse.Namespace) -> Replication:
    store = store_of(given.device)
    if lacks_gpu(store):
        raise Refused(f"{NO_GPU}: leave out --device cuda and DEREF_DEVICE")
    missing = load_what_can_be()
    ids = _wanted(given.claim, given.section)
    chosen = [one for one in _experiments(ids, given.section) if one.module not in missing]
    _say(f"{len(ids)} results, {len(chosen)} experiments, seeds shifted by {given.offset}")
    if chosen:
        make([replace(one, seeds=tuple(seed + given.offset for seed in one.seeds)) for one in chosen],
             store, given)
    modules = sorted({registry.get(id).module for id in ids})
    with _kept(modules, ids, store, given.offset) as folder:
        lost = values.compute(modules, ids, store, given.offset, folder,
                              given.jobs or usable_cores(), _say)
        parts = {module: values.read(folder, module) for module in modules}
    records = [Record.from_json(one) for part in parts.values() for one in part["records"]]
    not_run = {name: why for part in parts.values() for name, why in part["not_run"].items()}
    failed = {name: why for part in parts.values() for name, why in part["failed"].items()}
    failed |= {id: lost[module] for id in ids if (module := registry.get(id).module) in lost}
    if given.claim is None and given.section is None:
        not_run |= missing
    if not records:
        raise Failed("nothing was computed: " + "; ".join(f"{k}: {v}" for k, v in (not_run | failed).items())[:400])
    return replication_of({one.id: one for one in records if one.id in ids}, offset=given.offset, not_run=not_run,
                          failed=failed, machine=machine_here(store), exact=store.exact,
                          created=datetime.now(UTC).isoformat(timespec="seconds"))


def load_what_can_be() -> dict[str, str]:
    """Import every module of the sections whose packages are installed.

    Returns:
        The others, with the reason.
    """
    missing = {}
    with declarations():
        for name in discovery.declaring():
            try:
                importlib.import_module(name)
            except ModuleNotFoundError as error:
                missing[name] = f"the package {error.name} is not installed"
    return missing


def _wanted(claims: Sequence[str] | None, section: str | None) -> list[str]:
    """The ids of the results that are asked for, among those that this machine declares."""
    every = registry.ids()
    if claims is not None:
        found = {one.id: one for one in ledger()}
        for claim in claims:
            if claim not in found:
                raise Refused(f"expected the id of a claim, got {claim!r}; there are {', '.join(sorted(found))}")
        return [id for id in every if any(id in found[claim].needs for claim in claims)]
    if section is not None:
        ids = [id for id in every if registry.get(id).module.rpartition(".")[2] == section]
        if not ids:
            names = sorted({registry.get(id).module.rpartition(".")[2] for id in every})
            raise Refused(f"expected a module of results, got {section!r}; there are {', '.join(names)}")
        return ids
    return list(every)


def _experiments(ids: Sequence[str], section: str | None) -> list[Experiment]:
    """The experiments whose runs some results are known to read; what is missed is trained when it is asked for."""
    every = [experiments.get(name) for name in experiments.names()]
    if len(ids) == len(registry.ids()):
        return every
    records = published(PROJECT)
    configs = [config for id in ids if id in records for config in records[id].configs]
    return [one for one in every if one.module.rpartition(".")[2] == section or to_json(one.config) in configs]


@contextmanager
def _kept(modules: Sequence[str], ids: Sequence[str], store: Store, offset: int) -> Iterator[Path]:
    """The folder of values that are computed already, by this very code and setting; gone once all are there."""
    parts = [code_of(modules), sorted(origin.versions().items()), store.device, store.exact, store.threads, offset,
             *ids]
    key = hashlib.sha256(repr(parts).encode()).hexdigest()
    folder = store.root / "work" / key
    with explained(store.root):
        folder.mkdir(parents=True, exist_ok=True)
        mark(store.root)
        (store.root / "locks").mkdir(exist_ok=True)
        lock = FileLock(store.root / "locks" / f"{key}.lock")  # `deref runs --prune` leaves alone what is locked
        try:
            lock.acquire(blocking=False)
        except Timeout:
            raise Failed("another process makes this replication at the moment") from None
    try:
        yield folder
        if all(values.complete(folder, module) for module in modules):
            remove(folder)
            remove(Path(lock.lock_file))
    finally:
        lock.release()


def _say(text: str) -> None:
    print(f"deref: {text}", file=sys.stderr)
