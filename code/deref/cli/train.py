"""`deref train`: make the runs of experiments, several at a time."""

import argparse
import importlib
import os
import sys
import time
from collections.abc import Sequence

from deref import experiments
from deref.cli.commands import Refused
from deref.cli.pool import train_all
from deref.experiments import Experiment
from deref.progress import duration
from deref.runs.address import DEVICES
from deref.runs.store import Store


def main(arguments: Sequence[str]) -> int:
    """Train what is missing; 0 if every run is in the store afterwards."""
    parser = argparse.ArgumentParser(
        prog="deref train", description="Train the runs of experiments that are not in the store, each in a process of "
        "its own with one thread, the longest first. What was interrupted goes on from its last checkpoint.")
    parser.add_argument("names", nargs="*", metavar="NAME", help="names of experiments")
    parser.add_argument("--all", action="store_true", help="every experiment of the book")
    parser.add_argument("--module", nargs="+", default=[], metavar="MODULE",
                        help="every experiment that these modules declare, such as deref.experiments.ch06")
    parser.add_argument("--jobs", type=int, default=len(os.sched_getaffinity(0)), metavar="N",
                        help="how many runs train at a time (default: one for each core)")
    parser.add_argument("--device", choices=DEVICES, help="where to train (default: $DEREF_DEVICE, or auto)")
    given = parser.parse_args(arguments)
    if bool(given.names) + given.all + bool(given.module) != 1:
        raise Refused("expected names of experiments, or --all, or --module, and one of these only")
    if given.jobs < 1:
        raise Refused(f"expected at least 1 job, got {given.jobs}")
    wanted, store = _wanted(given), Store(device=given.device)
    runs = {store.address(one.config, one.seeds): one for one in reversed(wanted)}  # two names may share a run
    missing = [one for one in runs.values() if not store.has(one.config, one.seeds)]
    if not missing:
        _say(f"every run is in the store ({len(runs)} of {len(runs)})")
        return 0
    began = time.monotonic()
    failures = train_all(missing, store, given.jobs)
    for failure in failures:
        _say(str(failure))
    _say(f"trained {len(missing) - len(failures)} of {len(missing)} missing runs "
         f"in {duration(time.monotonic() - began)}")
    return 1 if failures else 0


def _wanted(given: argparse.Namespace) -> list[Experiment]:
    """The experiments that the arguments name, each once."""
    if given.module:
        for module in given.module:
            try:
                importlib.import_module(module)
            except ModuleNotFoundError as error:
                if error.name is None or not f"{module}.".startswith(f"{error.name}."):
                    raise  # the module is there, but imports one that is not
                raise Refused(f"expected the name of a module of experiments, got {module!r}") from None
        return [one for one in map(experiments.get, experiments.names()) if one.module in given.module]
    every = experiments.load_all()
    if given.all:
        return list(every)
    try:
        return [experiments.get(name) for name in dict.fromkeys(given.names)]
    except ValueError as error:
        raise Refused(str(error)) from None


def _say(text: str) -> None:
    print(f"deref: {text}", file=sys.stderr)
