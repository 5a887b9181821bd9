"""How far training is, shown where someone watches: bars on a terminal, lines in a log, one line in a notebook.

A BOARD shows any number of runs by name. It receives every report, and decides itself how often to show one.
"""

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import asdict, dataclass
from typing import Any, Protocol, TextIO

from evidence.results.keys import PROGRESS


@dataclass(frozen=True, kw_only=True)
class Report:
    """How far one run is.

    Args:
        step: optimiser steps taken.
        steps: steps it takes at most.
        loss: training loss, mean over the seeds, in nats; None before the first step.
        accuracy: held-out accuracy, mean over the seeds; None before the first evaluation.
    """

    step: int
    steps: int
    loss: float | None
    accuracy: float | None

    @classmethod
    def of(cls, progress: Any) -> "Report":
        """The report of a trainer, which has the same four attributes."""
        return cls(step=progress.step, steps=progress.steps, loss=progress.loss, accuracy=progress.accuracy)

    def to_json(self) -> dict[str, Any]:
        """The report as JSON data."""
        return asdict(self)


class Board(AbstractContextManager, Protocol):
    """Where the progress of runs is shown."""

    def update(self, name: str, report: Report) -> None:
        """Show how far a run is."""

    def end(self, name: str, text: str) -> None:
        """Show that a run is over, and how."""


class PlainBoard(AbstractContextManager):
    """One line a run every few seconds, for logs.

    Args:
        say: called with each line of text.
        every_s: seconds between two lines of one run.
    """

    def __init__(self, say: Callable[[str], None], every_s: float = 10.0):
        self.say = say
        self.every_s = every_s
        self._first: dict[str, tuple[float, int]] = {}
        self._said: dict[str, float] = {}

    def __exit__(self, *exception: object) -> None:
        pass

    def update(self, name: str, report: Report) -> None:
        """Show how far a run is, if nothing was said about it for a while."""
        now = time.monotonic()
        began, step = self._first.setdefault(name, (now, report.step))
        if now - self._said.setdefault(name, began) >= self.every_s:
            self._said[name] = now
            left = (now - began) / max(report.step - step, 1) * (report.steps - report.step)
            self.say(f"{name}: {described(report)}, {duration(left)} left")

    def end(self, name: str, text: str) -> None:
        """Show that a run is over, and how."""
        self.say(f"{name}: {text}")


class RichBoard(AbstractContextManager):
    """One bar a run, for terminals."""

    def __init__(self):
        from rich.console import Console
        from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

        self._bars = Progress(TextColumn("{task.description}"), BarColumn(bar_width=24),
                              TextColumn("{task.fields[report]}"), TimeRemainingColumn(), TextColumn("left"),
                              console=Console(stderr=True, highlight=False), transient=True)
        self._tasks: dict[str, Any] = {}

    def __enter__(self) -> "RichBoard":
        self._bars.start()
        return self

    def __exit__(self, *exception: object) -> None:
        self._bars.stop()

    def update(self, name: str, report: Report) -> None:
        """Show how far a run is."""
        if name not in self._tasks:
            self._tasks[name] = self._bars.add_task(name, total=report.steps, report="")
        self._bars.update(self._tasks[name], completed=report.step, report=described(report))

    def end(self, name: str, text: str) -> None:
        """Replace a run's bar by a line about how it ended."""
        if name in self._tasks:
            self._bars.remove_task(self._tasks.pop(name))
        self._bars.console.print(f"{name}: {text}", markup=False)


class NotebookLine:
    """Says lines in a notebook's kernel: each replaces the one before, below the cell that runs."""

    def __init__(self):
        self._handle: Any = None

    def __call__(self, text: str) -> None:
        from IPython.display import display

        data = {PROGRESS: {"text": text}, "text/plain": text}
        if self._handle is None:
            self._handle = display(data, raw=True, display_id=True)
        else:
            self._handle.update(data, raw=True)


def board(stream: TextIO | None = None) -> Board:
    """The board that suits the place: a notebook's kernel, a terminal, or anything else.

    Args:
        stream: where lines go that are for no terminal and no notebook; None is standard error.
    """
    if _in_kernel():
        return PlainBoard(NotebookLine(), every_s=2.0)
    if stream is None and sys.stderr.isatty():
        return RichBoard()
    return PlainBoard(lambda text: print(text, file=stream or sys.stderr, flush=True))


@contextmanager
def showing(name: str) -> Iterator[Callable[[Any], None]]:
    """Show one run's progress for as long as the `with` block lasts; nothing is shown for a run that does not train.

    Yields:
        A function that takes the trainer's reports.
    """
    shown: Board | None = None
    began = time.monotonic()

    def progress(report: Any) -> None:
        nonlocal shown
        if shown is None:
            shown = board().__enter__()
        shown.update(name, Report.of(report))

    try:
        yield progress
        if shown is not None:
            shown.end(name, f"trained in {duration(time.monotonic() - began)}")
    finally:
        if shown is not None:
            shown.__exit__(None, None, None)


@contextmanager
def counting(what: str) -> Iterator[Callable[[int, int], None]]:
    """Show on one line of a terminal how many of several things are done; elsewhere nothing.

    Yields:
        A function that takes the number of those that are done, and of all.
    """
    shown = sys.stderr.isatty()

    def count(done: int, every: int) -> None:
        if shown:
            print(f"\r{what}: {done:,} of {every:,}", end="", file=sys.stderr, flush=True)

    try:
        yield count
    finally:
        if shown:
            print("\r\033[K", end="", file=sys.stderr, flush=True)


def described(report: Report) -> str:
    """One phrase for a report: step, and loss and accuracy where they are known."""
    parts = [f"step {report.step:,} of {report.steps:,}"]
    if report.loss is not None:
        parts.append(f"loss {report.loss:.4f}")
    if report.accuracy is not None:
        parts.append(f"accuracy {report.accuracy:.1%}")
    return ", ".join(parts)


def duration(seconds: float) -> str:
    """Seconds in words: "42 s", "3 min 05 s", "1 h 12 min"."""
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min {whole % 60:02d} s"
    return f"{whole // 3600} h {whole % 3600 // 60:02d} min"


def size_text(number: float) -> str:
    """A number of bytes in words: "1.2 MB"."""
    for unit in ("B", "kB", "MB"):
        if number < 1000:
            return f"{number:.3g} {unit}"
        number /= 1000
    return f"{number:.3g} GB"


def _in_kernel() -> bool:
    if "IPython" not in sys.modules:
        return False
    from IPython import get_ipython

    return hasattr(get_ipython(), "kernel")
