"""Several runs at a time: a process for each, the longest first, and one report for all."""

import json
import os
import queue
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import IO, Any

from deref.experiments import Experiment
from deref.progress import Board, Report, board, duration
from deref.runs.store import Store

THREADS = ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS")


def environment(threads: int) -> dict[str, str]:
    """The environment of a process that trains with a number of threads."""
    return {**os.environ, **dict.fromkeys(THREADS, str(threads))}


def why(status: int, said: str) -> str:
    """Why a training process did not end well.

    Args:
        status: its exit status, negative if a signal ended it.
        said: what it wrote to standard error.
    """
    if status < 0:
        return (f"its process was ended by {signal.Signals(-status).name}"
                f"{' (out of memory?)' if -status == signal.SIGKILL else ''}; "
                f"start it again to go on from its last checkpoint")
    return said or f"its process ended with exit status {status}"


def show(shown: Board, name: str, line: str) -> None:
    """Show a line that a training process wrote to standard output.

    Args:
        shown: where.
        name: the run's name.
        line: a report as JSON, or words for people.
    """
    try:
        report = Report(**json.loads(line))
    except (TypeError, ValueError):
        shown.end(name, line.rstrip())
    else:
        shown.update(name, report)


@dataclass(frozen=True, kw_only=True)
class Failure:
    """A run that was not trained.

    Args:
        name: the experiment's name.
        reason: what its process said last, or what ended it.
    """

    name: str
    reason: str

    def __str__(self) -> str:
        return f"{self.name} failed: {self.reason}"


@dataclass(frozen=True, kw_only=True)
class _Worker:
    """A process that trains one run, and what it wrote to standard error."""

    name: str
    process: subprocess.Popen
    errors: IO[str]
    began: float = field(default_factory=time.monotonic)


def train_all(experiments: Sequence[Experiment], store: Store, jobs: int) -> list[Failure]:
    """Train runs, several at a time; one that fails does not stop the others.

    Args:
        experiments: what to train.
        store: where the runs go, and how they are trained.
        jobs: how many processes work at a time.

    Returns:
        The runs that failed, in the order of their ends.

    Raises:
        KeyboardInterrupt: after every process was ended.
    """
    waiting = sorted(experiments, key=lambda one: -one.cost)
    working: dict[str, _Worker] = {}
    events: queue.SimpleQueue[tuple[str, Any]] = queue.SimpleQueue()
    failures: list[Failure] = []
    with board() as shown:
        try:
            while waiting or working:
                while waiting and len(working) < jobs:
                    worker = _start(waiting.pop(0), store, events)
                    working[worker.name] = worker
                name, event = events.get()
                if event is not None:
                    show(shown, name, event)
                else:
                    failures += _ended(working.pop(name), shown)
        finally:
            for worker in working.values():
                worker.process.terminate()
            for worker in working.values():
                worker.process.wait()
    return failures


def _start(one: Experiment, store: Store, events: queue.SimpleQueue) -> _Worker:
    errors = tempfile.TemporaryFile("w+", encoding="utf-8", errors="replace")  # noqa: SIM115 (closed in _ended)
    process = subprocess.Popen(
        [sys.executable, "-m", "deref.cli.worker", one.name, "--module", one.module, "--root", str(store.root),
         "--device", store.device, "--threads", str(store.threads), "--seeds", ",".join(map(str, one.seeds))],
        env=environment(store.threads), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=errors, text=True,
        encoding="utf-8", errors="replace")

    def listen() -> None:
        for line in process.stdout:
            events.put((one.name, line))
        process.wait()
        events.put((one.name, None))

    threading.Thread(target=listen, daemon=True).start()
    return _Worker(name=one.name, process=process, errors=errors)


def _ended(worker: _Worker, shown: Board) -> list[Failure]:
    """Say how a worker ended: one failure, or none."""
    with worker.errors as errors:
        errors.seek(0)
        said = errors.read().strip()
    status = worker.process.returncode
    if status == 0:
        if said:
            shown.end(worker.name, said)
        shown.end(worker.name, f"trained in {duration(time.monotonic() - worker.began)}")
        return []
    shown.end(worker.name, "failed")
    return [Failure(name=worker.name, reason=why(status, said))]
