"""Section "What a stuck model knows": where seeds ended that did not solve the task, and which bits they go by."""

from dataclasses import dataclass
from functools import cache

import numpy as np
from matplotlib.figure import Figure

from deref.experiments import depth, layers, noise
from deref.experiments.ladder import ladder, rung
from deref.experiments.models import probe_memories
from deref.experiments.registry import Experiment
from deref.figures.style import PALETTE, subplots
from deref.probes.known import known_bits
from deref.results import exact, result, wilson
from deref.results.estimate import Estimate
from deref.runs import Store, default_store
from deref.tasks.pointer import PointerTask

SOLVED, NEAR = 0.99, 0.02
ARMS = {
    "one layer, 8 cells": layers.one,
    "two layers, 8 cells": layers.two,
    "independent examples, 16 cells": noise.ARMS["tokens", "fresh"],
    f"two layers, {depth.CELLS} cells": depth.ARMS["two"],
    f"twice as wide, {depth.CELLS} cells": depth.ARMS["wide"],
}


@dataclass(frozen=True, kw_only=True)
class Stuck:
    """A seed that did not solve its task.

    Args:
        arm: where it was trained.
        seed: its seed.
        cells: of memory.
        accuracy: at the end of training, on held-out memories and all addresses.
        bits: the address bits that flips say it goes by, 0 for the most significant.
        rung: the best accuracy that is possible with those bits.
        likeness: how like its influence is to that of such a model.
    """

    arm: str
    seed: int
    cells: int
    accuracy: float
    bits: tuple[int, ...]
    rung: float
    likeness: float


def stuck(store: Store | None = None) -> tuple[Stuck, ...]:
    """Every seed of the arms that ended below the bar, arms and seeds in order."""
    return _stuck(store or default_store())


@cache  # several results and figures ask for the same
def _stuck(store: Store) -> tuple[Stuck, ...]:
    return tuple(one for name, arm in ARMS.items() for one in _of(name, arm, store))


def _of(name: str, arm: Experiment, store: Store) -> list[Stuck]:
    run, task = arm.run(store), arm.config.task
    final = run.history.accuracy[:, -1]
    found = known_bits(run.model, task, probe_memories(task))
    return [Stuck(arm=name, seed=seed, cells=task.M, accuracy=float(final[i]), bits=found.bits[i],
                  rung=rung(task, found.bits[i]), likeness=float(found.likeness[i]))
            for i, seed in enumerate(run.seeds) if final[i] <= SOLVED]


@result("plateaus.stuck", title="Seeds that did not solve their task, over all arms looked at", format="d")
def count(store: Store) -> Estimate:
    return exact(len(stuck(store)), "counted")


def _share(name: str, what: str, sizes: tuple[int, ...]) -> None:
    @result(f"plateaus.{name}near", format=".0%",
            title=f"Share of stuck seeds within two points of the rung of the bits they go by{what}")
    def near(store: Store) -> Estimate:
        found = [one for one in stuck(store) if one.cells in sizes]
        return wilson(sum(abs(one.accuracy - one.rung) < NEAR for one in found), len(found))

    @result(f"plateaus.{name}above", format=".0%",
            title=f"Share of stuck seeds two points or more above the rung of the bits they go by{what}")
    def above(store: Store) -> Estimate:
        found = [one for one in stuck(store) if one.cells in sizes]
        return wilson(sum(one.accuracy - one.rung >= NEAR for one in found), len(found))


_share("", "", (8, 16, depth.CELLS))
_share("powers.", ", 8 and 16 cells", (8, 16))
_share("large.", f", {depth.CELLS} cells", (depth.CELLS,))


def ladders() -> tuple[Figure, dict[str, list]]:
    """The accuracy of every stuck seed against the rung of the bits that it goes by."""
    figure, ax = subplots(height=4.4)
    found = stuck()
    for (name, colour), mark in zip(
            zip(ARMS, ("black", "blue", "vermilion", "green", "orange"), strict=True), "os^Dv", strict=True):
        here = [one for one in found if one.arm == name]
        ax.plot([one.rung for one in here], [one.accuracy for one in here], mark, color=PALETTE[colour], label=name,
                markersize=6, alpha=0.8)
    ends = np.array([0.5, 1.0])
    ax.plot(ends, ends, color=PALETTE["black"], linewidth=0.8, linestyle=":")
    ax.fill_between(ends, ends - NEAR, ends + NEAR, color=PALETTE["black"], alpha=0.1, linewidth=0)
    ax.set(xlabel="rung of the address bits that it goes by", ylabel="accuracy after training", xlim=(0.5, 1.0),
           ylim=(0.5, 1.01))
    ax.legend(loc="lower right", fontsize="small")
    fields = ("arm", "seed", "cells", "accuracy", "rung", "likeness")
    data = {field: [getattr(one, field) for one in found] for field in fields}
    return figure, {**data, "bits": [" ".join(map(str, one.bits)) or "none" for one in found]}


def levels(task: PointerTask) -> dict[str, list]:
    """The rung of every set of address bits, for a table."""
    found = ladder(task)
    return {"bits": [" ".join(map(str, known)) or "none" for known, _ in found],
            "accuracy": [accuracy for _, accuracy in found]}
