"""`deref train`: make the runs of experiments, several at a time."""

import argparse
import importlib
import os
import sys
import time
from collections.abc import Sequence

from deref import experiment as experiments
from deref.cli import exact
from deref.cli.commands import INTERRUPTED, Refused
from deref.cli.declarations import declarations
from deref.cli.device import NO_GPU, lacks_gpu, store_of
from deref.cli.pool import Abandoned, Failure, train_all
from deref.experiment import Experiment
from deref.progress import duration
from evidence.cores import usable_cores
from evidence.provenance.code import read_once
from evidence.runs.address import DEVICES
from evidence.runs.store import Store


def main(arguments: Sequence[str]) -> int:
    """Train what is missing; 0 if every run is in the store afterwards."""
    parser = argparse.ArgumentParser(
        prog="deref train", description="Train the runs of experiments that are not in the store, the longest first, "
        "in one process of one thread for each core. What was interrupted goes on from its last checkpoint. With "
        "--scheduler they are sent to the workers of a Dask cluster, and finished runs come back into this store.")
    parser.add_argument("names", nargs="*", metavar="NAME", help="names of experiments")
    parser.add_argument("--all", action="store_true", help="every experiment of the book")
    parser.add_argument("--module", nargs="+", default=[], metavar="MODULE",
                        help="every experiment that these modules declare, such as deref.sections.ch06.depth.depth")
    add_training_options(parser)
    exact.add_option(parser)
    given = parser.parse_args(arguments)
    if given.exact:
        exact.enter("train", arguments)
    if bool(given.names) + given.all + bool(given.module) != 1:
        raise Refused("expected names of experiments, or --all, or --module, and one of these only")
    return make(_wanted(given), store_of(given.device), given)


def add_training_options(parser: argparse.ArgumentParser) -> None:
    """Add the options that `make` takes to a command's parser."""
    parser.add_argument("--jobs", type=int, metavar="N",
                        help="how many runs train at a time (default: one for each core)")
    parser.add_argument("--scheduler", metavar="ADDRESS", help="train on the Dask cluster with this scheduler, such as "
                        "tcp://10.0.0.1:8786; only connect to one that you trust")
    parser.add_argument("--device", choices=DEVICES, help="where to train (default: $DEREF_DEVICE, or auto)")


def make(wanted: Sequence[Experiment], store: Store, given: argparse.Namespace) -> int:
    """Train the runs of experiments that a store lacks, here or on a cluster, and say how it went.

    Args:
        wanted: the experiments.
        store: of their runs.
        given: arguments that hold the options of `add_training_options`.

    Returns:
        Exit status: 0 if every run is in the store now, else 1, or that of an interruption.

    Raises:
        Refused: options that do not go together, or a GPU is asked for and there is none.
    """
    if given.jobs is not None and given.scheduler is not None:
        raise Refused("expected --jobs or --scheduler, and not both: each worker of a cluster says itself how many "
                      "runs it takes at a time")
    if given.jobs is not None and given.jobs < 1:
        raise Refused(f"expected at least 1 job, got {given.jobs}")
    with read_once():
        runs = {store.address(one.config, one.seeds): one for one in reversed(wanted)}  # two names may share a run
        missing = [one for one in runs.values() if not store.has(one.config, one.seeds)]
    if not missing:
        _say(f"every run is in the store ({len(runs)} of {len(runs)})")
        return 0
    if given.scheduler is None and lacks_gpu(store):
        raise Refused(f"{NO_GPU}: leave out --device cuda and DEREF_DEVICE, or send the runs to a cluster that has "
                      f"GPUs, with --scheduler")
    began = time.monotonic()
    if given.scheduler is None:
        try:
            failures = train_all(missing, store, given.jobs or usable_cores())
        except Abandoned:
            return INTERRUPTED  # without a word, since nobody is there to read it
    else:
        failures = _on_cluster(missing, store, given)
    for failure in failures:
        _say(str(failure))
    _say(f"trained {len(missing) - len(failures)} of {len(missing)} missing runs "
         f"in {duration(time.monotonic() - began)}")
    return 1 if failures else 0


def _on_cluster(missing: list[Experiment], store: Store, given: argparse.Namespace) -> list[Failure]:
    try:
        from deref.cli import cluster
    except ModuleNotFoundError as error:
        if error.name not in ("dask", "distributed"):
            raise
        raise Refused(f"expected dask.distributed for --scheduler, found no {error.name}; in the project's folder: "
                      f"{sys.executable} -m pip install -c requirements.txt -e '.[scale]'") from None
    asked = given.device or os.environ.get("DEREF_DEVICE")
    return cluster.train_all(missing, store, given.scheduler, None if asked == "auto" else asked)


def _wanted(given: argparse.Namespace) -> list[Experiment]:
    """The experiments that the arguments name, each once."""
    if given.module:
        for module in given.module:
            try:
                with declarations():
                    importlib.import_module(module)
            except ModuleNotFoundError as error:
                if error.name is None or not f"{module}.".startswith(f"{error.name}."):
                    raise  # the module is there, but imports one that is not
                raise Refused(f"expected the name of a module of experiments, got {module!r}") from None
        return [one for one in map(experiments.get, experiments.names()) if one.module in given.module]
    with declarations():
        every = experiments.load_all()
    if given.all:
        return list(every)
    try:
        return [experiments.get(name) for name in dict.fromkeys(given.names)]
    except ValueError as error:
        raise Refused(str(error)) from None


def _say(text: str) -> None:
    print(f"deref: {text}", file=sys.stderr)
