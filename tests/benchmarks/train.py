"""Training the book's runs: a process for each run, against workers that stay."""

import os
import resource
import tempfile
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import redirect_stderr
from itertools import chain

from timing import Row

from deref import experiment as experiments
from deref.cli.cost import seconds
from deref.cli.pool import train_all
from deref.experiment import Experiment
from evidence.cores import usable_cores
from evidence.runs.store import Store

EVERY = 10
"""Of the runs in the order of their cost, every so manieth is trained."""


def measure() -> Iterator[Row]:
    """Train the same runs both ways, twice in turns, from an empty store each time."""
    jobs = usable_cores()
    runs = sorted(experiments.load_all(), key=seconds, reverse=True)[EVERY // 2::EVERY]
    ways = {"a process each": lambda store: _alone(runs, store, jobs),
            "workers": lambda store: train_all(runs, store, jobs)}
    spent = {name: [0.0, 0.0] for name in ways}
    for names in (list(ways), list(ways)[::-1]):
        for name in names:
            for place, value in enumerate(_spent(ways[name])):
                spent[name][place] += value / 2
    for name, (wall, cores) in spent.items():
        yield Row(what=f"{len(runs)} of {len(experiments.names())} runs, {name}, {jobs} at a time",
                  value=f"{wall:.0f} s, {cores:.0f} core-seconds")
    for place, what in enumerate(("wall time", "core-seconds")):
        ratio = spent["workers"][place] / spent["a process each"][place]
        yield Row(what=f"{what}, workers / a process each", value=f"{ratio:.2f}")


def _alone(runs: list[Experiment], store: Store, jobs: int) -> list:
    """Train each run with a worker of its own."""
    with ThreadPoolExecutor(jobs) as at_once:
        return list(chain.from_iterable(at_once.map(lambda one: train_all([one], store, 1), runs)))


def _spent(way: Callable[[Store], list]) -> tuple[float, float]:
    """Seconds by the wall clock, and of processor time in the processes that trained."""
    with tempfile.TemporaryDirectory() as folder, open(os.devnull, "w") as nowhere, redirect_stderr(nowhere):
        began, before = time.monotonic(), _processor_time()
        if failures := way(Store(folder, device="cpu")):
            raise SystemExit(f"expected every run to be trained, got {'; '.join(map(str, failures))}")
        return time.monotonic() - began, _processor_time() - before


def _processor_time() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime
