"""Timing: several things timed in turns, so that whatever else the machine does slows all of them alike.

The clock is the process's own: with one thread it runs as fast as a wall clock on an idle machine, and on a busy one
it leaves out the time in which others had the core.
"""

import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median

import torch

ENOUGH_S = 0.2  # a turn is repeated until it has lasted this long


@dataclass(frozen=True, kw_only=True)
class Row:
    """One line of a report.

    Args:
        what: what was measured.
        value: the figure, with its unit.
        goal: what it is hoped to be; nothing where the line is for information.
    """

    what: str
    value: str
    goal: str = ""


def in_turns(things: Mapping[str, Callable[[], object]], rounds: int = 7) -> dict[str, float]:
    """Time functions in turns.

    Args:
        things: the functions by name; each is called once before the clock starts.
        rounds: how many turns each gets.

    Returns:
        The median over turns of the seconds that one call took, by name.
    """
    for thing in things.values():
        thing()
    seconds = {name: [] for name in things}
    for _ in range(rounds):
        for name, thing in things.items():
            calls, start = 0, time.process_time()
            while (gone := time.process_time() - start) < ENOUGH_S or not calls:
                thing()
                calls += 1
            seconds[name].append(gone / calls)
    return {name: median(turns) for name, turns in seconds.items()}


def in_processes(kinds: Mapping[str, Mapping[str, str]], command: Sequence[str], rounds: int = 3) -> dict[str, float]:
    """Time what differs by the environment of a process, in turns, because a process cannot change its kind.

    Args:
        kinds: the environments by name.
        command: of the interpreter, run in the folder of the benchmarks; it prints seconds.
        rounds: how many turns each gets.

    Returns:
        The median over turns, by name.
    """
    seconds = {name: [] for name in kinds}
    for _ in range(rounds):
        for name, env in kinds.items():
            done = subprocess.run([sys.executable, *command], env=dict(env), check=True, text=True,
                                  cwd=Path(__file__).parent, stdout=subprocess.PIPE)
            seconds[name].append(float(done.stdout))
    return {name: median(turns) for name, turns in seconds.items()}


def sgemm() -> tuple[Callable[[], object], float]:
    """A matrix product in float32 whose rate is the machine's own, and the operations that it takes."""
    n = 1024
    a, b = torch.randn(2, n, n)
    out = torch.empty(n, n)
    return (lambda: torch.mm(a, b, out=out)), 2.0 * n**3
