"""Several runs at a time, the longest first, in processes that take one after the other; and one report for all."""

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
from contextlib import suppress
from dataclasses import dataclass
from typing import TextIO, cast

from deref.cli.cost import seconds
from deref.cli.worker import DONE, STOP, order
from deref.experiment import Experiment
from deref.progress import Board, Report, board, duration
from evidence import parents
from evidence.runs.store import Store

THREADS = ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS")
KEEP_MEMORY = {"MALLOC_MMAP_THRESHOLD_": str(2**25), "MALLOC_TRIM_THRESHOLD_": str(2**28)}
"""The memory of one step serves the next. Otherwise glibc hands large blocks back to the system after every step, which
clears them anew for the next; with wide models that takes up to a tenth of the time."""


PATIENCE_S = 60
"""How long workers may take to their checkpoints when they are asked to stop."""


def environment(threads: int) -> dict[str, str]:
    """The environment of a process that trains with a number of threads."""
    return {**os.environ, **KEEP_MEMORY, **dict.fromkeys(THREADS, str(threads))}


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


class _Worker:
    """A process that trains one run after the other.

    Args:
        threads: the number of threads that it trains with.
        events: where it puts itself, with a line that it wrote, or with None after its end.
    """

    def __init__(self, threads: int, events: "Events") -> None:
        self.one: Experiment | None = None
        self._errors = tempfile.TemporaryFile()  # noqa: SIM115 (closed in `end`)
        self._process = subprocess.Popen(
            [sys.executable, "-m", "deref.cli.worker"], env=environment(threads), stdin=subprocess.PIPE,
            stdout=subprocess.PIPE, stderr=self._errors, text=True, encoding="utf-8", errors="replace")
        said, self._orders = cast(TextIO, self._process.stdout), cast(TextIO, self._process.stdin)

        def listen() -> None:
            for line in said:
                events.put((self, line))
            self._process.wait()
            events.put((self, None))

        threading.Thread(target=listen, daemon=True).start()

    def take(self, one: Experiment, store: Store) -> None:
        """Begin with a run."""
        self.one, self._began, self._before = one, time.monotonic(), self._written
        try:
            self._orders.write(json.dumps(order(one, store, root=str(store.root), device=store.device)) + "\n")
            self._orders.flush()
        except BrokenPipeError:  # it was ended while it waited, and its end will be heard of
            pass

    @property
    def name(self) -> str:
        """The name of its run; empty while it has none."""
        return self.one.name if self.one is not None else ""

    def done(self, shown: Board, ahead: str) -> None:
        """Say that it has trained its run, and what is ahead of all of them."""
        if said := self._said():
            shown.end(self.name, said)
        shown.end(self.name, f"trained in {duration(time.monotonic() - self._began)}{ahead}")
        self.one = None

    def failed(self) -> Failure:
        """Why it ended in the middle of a run."""
        return Failure(name=self.name, reason=why(self._process.returncode, self._said()))

    def stop(self) -> None:
        """Ask the process to end after a checkpoint."""
        with suppress(BrokenPipeError):
            self._orders.write(f"{STOP}\n")
            self._orders.flush()

    def stopped(self, until: float) -> None:
        """Wait until the process has ended, or until a moment of the monotonic clock."""
        with suppress(subprocess.TimeoutExpired):
            self._process.wait(max(0.0, until - time.monotonic()))

    def end(self) -> None:
        """End the process, and wait until it is gone."""
        self._process.terminate()
        self._process.wait()
        with suppress(BrokenPipeError):  # of an order that it did not live to read
            self._orders.close()
        self._errors.close()

    @property
    def _written(self) -> int:
        """How much it has written to standard error."""
        return os.fstat(self._errors.fileno()).st_size

    def _said(self) -> str:
        """What it wrote to standard error since it began with its run."""
        # Read at a place: the process writes where this file's one cursor stands.
        found = os.pread(self._errors.fileno(), self._written - self._before, self._before)
        return found.decode("utf-8", "replace").strip()


class _Ahead:
    """How much of many runs is left, told from what the finished ones took.

    Args:
        experiments: all of them.
    """

    def __init__(self, experiments: Sequence[Experiment]) -> None:
        self._cost = {one.name: seconds(one) for one in experiments}
        self._left, self._began = dict(self._cost), time.monotonic()

    def after(self, name: str) -> str:
        """What to say behind the end of a run; nothing where it is the last or the only one."""
        self._left.pop(name, None)
        if not self._left:
            return ""
        gone = sum(self._cost.values()) - sum(self._left.values())
        ahead = (time.monotonic() - self._began) * sum(self._left.values()) / max(gone, 1e-9)
        return f"; {len(self._cost) - len(self._left)} of {len(self._cost)} runs, about {duration(ahead)} left"


Events = queue.SimpleQueue[tuple[_Worker | None, str | None]]
"""A worker with a line that it wrote, or with None after its end; None with None where nobody waits for the runs."""


class Abandoned(Exception):
    """Whoever started the training is gone."""


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
        Abandoned: the process that the environment names (see `evidence.parents`) is gone, or nobody reads what is
            said; after every process was ended, with a checkpoint.
    """
    waiting = sorted(experiments, key=seconds, reverse=True)
    workers: list[_Worker] = []
    events: Events = queue.SimpleQueue()
    failures: list[Failure] = []
    ahead = _Ahead(experiments)
    parents.when_gone(lambda: events.put((None, None)))
    with board() as shown:
        try:
            while waiting or any(worker.one for worker in workers):
                idle = [worker for worker in workers if worker.one is None]
                new = [_Worker(store.threads, events)
                       for _ in range(min(jobs - len(workers), len(waiting) - len(idle)))]
                workers += new
                for worker in (*idle, *new)[: len(waiting)]:
                    worker.take(waiting.pop(0), store)
                worker, line = events.get()
                if worker is None:
                    raise Abandoned
                if line is None:
                    workers.remove(worker)
                    if worker.one is not None:
                        failures.append(worker.failed())
                        shown.end(worker.one.name, "failed")
                    worker.end()
                elif line.rstrip() == DONE:
                    worker.done(shown, ahead.after(worker.name))
                elif worker.one is not None:
                    show(shown, worker.one.name, line)
        except (Abandoned, BrokenPipeError):
            for worker in workers:
                worker.stop()
            until = time.monotonic() + PATIENCE_S
            for worker in workers:
                worker.stopped(until)
            raise Abandoned from None
        finally:
            for worker in workers:
                worker.end()
    return failures
