"""Section "What a stuck model knows": where seeds ended that did not solve the task, and which bits they go by."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from itertools import combinations

import numpy as np
from jaxtyping import Float, Int
from matplotlib.figure import Figure
from torch import Tensor

from deref.figures.style import PALETTE, subplots
from deref.probes.base.answers import accuracy
from deref.probes.base.memories import probe_memories
from deref.probes.pointer.known_bits import candidates, known_bits
from deref.sections.ch06.depth import depth
from deref.sections.ch06.layers import layers
from deref.sections.ch06.noise import noise
from deref.sections.shared.partial_address_accuracy import ladder, rung
from deref.sections.shared.solving import solving
from deref.tasks.pointer import PointerTask
from deref.train.batches import stream
from evidence.results import exact, mean_t, result, wilson
from evidence.results.estimate import Estimate
from evidence.runs import Run, Store

NEAR = 0.02
SHIFTS = np.linspace(-0.1, 0.1, 41)  # of a whole curve, up or down: what its shape would have met by chance
MEASURED = 2_048  # memories: the 64 that training looks at leave an error as large as what counts as near
ONE, LARGE = "one layer, 8 cells", (f"two layers, {depth.CELLS} cells", f"twice as wide, {depth.CELLS} cells")
ARMS = {
    ONE: layers.one,
    "two layers, 8 cells": layers.two,
    "independent examples, 16 cells": noise.ARMS["tokens", "fresh"],
    LARGE[0]: depth.ARMS["two"],
    LARGE[1]: depth.ARMS["wide"],
}


@dataclass(frozen=True, kw_only=True)
class Stuck:
    """A seed that did not solve its task.

    Args:
        arm: where it was trained.
        seed: its seed.
        cells: of memory.
        accuracy: over all addresses of `MEASURED` memories, or of all memories of eight cells.
        bits: the address bits that flips say it goes by, 0 for the most significant.
        rung: the best accuracy that is possible with those bits.
        likeness: how like its influence is to that of such a model.
        dwelling: the share of its training that it spent near a rung, see `dwelling`.
        chance: the same of its curve moved up and down.
    """

    arm: str
    seed: int
    cells: int
    accuracy: float
    bits: tuple[int, ...]
    rung: float
    likeness: float
    dwelling: float
    chance: float


def stuck(store: Store | None = None) -> tuple[Stuck, ...]:
    """Every seed of the arms that ended below the bar, arms and seeds in order."""
    return tuple(one for name in ARMS for one in _of(name, ARMS[name].run(store)))


@cache  # by run, and not by store: a result rests on the runs that are asked for while it is computed
def _of(name: str, run: Run) -> tuple[Stuck, ...]:
    task = run.config.task
    final = accuracy(run.model, task, probe_memories(task, MEASURED))
    found = known_bits(run.model, task, probe_memories(task))
    heights = rungs_on(task, task.sample(run.config.eval_memories, "trie", stream(0, "held out"))[1])
    time = [dwelling(curve, heights) for curve in run.history.accuracy]
    return tuple(Stuck(arm=name, seed=seed, cells=task.M, accuracy=float(final[i]), bits=found.bits[i],
                       rung=rung(task, found.bits[i]), likeness=float(found.likeness[i]),
                       dwelling=time[i][0], chance=time[i][1])
                 for i, seed in enumerate(run.seeds) if i not in solving(run))


def rungs_on(task: PointerTask, memories: Int[Tensor, "memory cell"]) -> Float[np.ndarray, "rung"]:
    """What a majority vote scores on some memories with every set of known address bits but all of them, sorted.

    On the memories that training looks at these heights are exact; those of `ladder` are their mean over all memories.

    Args:
        task: the pointer task.
        memories: bits, (memory, cell).
    """
    found = set()
    for known in (known for size in range(task.A) for known in combinations(range(task.A), size)):
        left = candidates(task, known)
        ones = memories.numpy() @ (left / left.sum(1, keepdims=True)).T
        found.add(round(float(np.maximum(ones, 1 - ones).mean()), 9))
    return np.array(sorted(found - {1.0}))  # off powers of two, all bits but one may be all that there is to know


def dwelling(curve: Float[np.ndarray, "evaluation"], heights: Float[np.ndarray, "rung"]) -> tuple[float, float]:
    """The share of a training that stands near a rung, and the share of the same curve moved up or down.

    Time counts from when the curve has left the lowest rung, which is to know nothing. A curve that never leaves it
    counts whole.

    Args:
        curve: accuracies, evaluation by evaluation.
        heights: of the rungs, lowest first.
    """
    counted = curve[np.argmax(curve > heights[0] + NEAR):]
    near = (np.abs(counted + SHIFTS[:, None, None] - heights[:, None]) < NEAR).any(1).mean(1)
    return float(near[len(SHIFTS) // 2]), float(near.mean())


@result("plateaus.stuck", title="Seeds that did not solve their task, over all arms looked at", format="d")
def count(store: Store) -> Estimate:
    return exact(len(stuck(store)), "counted")


@dataclass(frozen=True)
class Group:
    """Arms whose stuck seeds are counted together, and what titles call them."""

    name: str
    arms: tuple[str, ...]

    def stuck(self, store: Store) -> list[Stuck]:
        """Their stuck seeds."""
        return [one for name in self.arms for one in _of(name, ARMS[name].run(store))]


SMALL = tuple(name for name in ARMS if name not in LARGE)
SIZES = {"powers": Group("8 and 16 cells", SMALL), "large": Group(f"{depth.CELLS} cells", LARGE)}
DEPTHS = {"one-layer": Group("one layer, 8 cells", (ONE,)),
          "two-layers": Group(f"two layers, {depth.CELLS} cells", LARGE)}


@result("plateaus.near", title="Share of stuck seeds within two points of the rung of the bits they go by",
        format=".0%")
def near(store: Store) -> Estimate:
    return share_near(stuck(store))


@result.each(SIZES, "plateaus.{cells}.near", format=".0%",
             title="Share of stuck seeds within two points of the rung of the bits they go by, {member.name}")
def near_by_size(store: Store, group: Group) -> Estimate:
    return share_near(group.stuck(store))


@result("plateaus.above", title="Share of stuck seeds two points or more above the rung of the bits they go by",
        format=".0%")
def above(store: Store) -> Estimate:
    return share_above(stuck(store))


@result.each(SIZES, "plateaus.{cells}.above", format=".0%",
             title="Share of stuck seeds two points or more above the rung of the bits they go by, {member.name}")
def above_by_size(store: Store, group: Group) -> Estimate:
    return share_above(group.stuck(store))


def share_near(found: Sequence[Stuck]) -> Estimate:
    """The share of some seeds that stand within two points of their rung."""
    return wilson(sum(abs(one.accuracy - one.rung) < NEAR for one in found), len(found))


def share_above(found: Sequence[Stuck]) -> Estimate:
    """The share of some seeds that stand two points or more above their rung."""
    return wilson(sum(one.accuracy - one.rung >= NEAR for one in found), len(found))


@result.each(DEPTHS, "plateaus.{depth}.dwelling", format=".0%",
             title="Share of training that stuck seeds spend within two points of a rung, {member.name}")
def time_near(store: Store, group: Group) -> Estimate:
    return mean_t([one.dwelling for one in group.stuck(store)], bounds=(0, 1))


@result.each(DEPTHS, "plateaus.{depth}.chance", format=".0%",
             title="The same share of their curves moved up and down, {member.name}")
def time_by_chance(store: Store, group: Group) -> Estimate:
    return mean_t([one.chance for one in group.stuck(store)], bounds=(0, 1))


@result.each(DEPTHS, "plateaus.{depth}.beyond", format=".0%",
             title="Of the time that chance would spend off the rungs, the share that is spent on them, {member.name}")
def time_beyond_chance(store: Store, group: Group) -> Estimate:
    found = group.stuck(store)
    time, chance = np.array([one.dwelling for one in found]), np.array([one.chance for one in found])
    return mean_t((time - chance) / (1 - chance.mean()))


def one_missing() -> list[float]:
    """The best accuracies with all address bits but one known, one for each bit."""
    task = PointerTask(M=depth.CELLS)
    return [best for known, best in ladder(task) if len(known) == task.A - 1]


@result("plateaus.one-missing-least", format=".2%",
        title=f"Least best accuracy with one address bit unknown, {depth.CELLS} cells")
def least_missing(store: Store) -> Estimate:
    return exact(min(one_missing()), "counted over all addresses and memories")


@result("plateaus.one-missing-most", format=".2%",
        title=f"Most best accuracy with one address bit unknown, {depth.CELLS} cells")
def most_missing(store: Store) -> Estimate:
    return exact(max(one_missing()), "counted over all addresses and memories")


@result("plateaus.rungs", title=f"Different rungs below one, {depth.CELLS} cells", format="d")
def rungs(store: Store) -> Estimate:
    found = {round(best, 9) for _, best in ladder(PointerTask(M=depth.CELLS))}
    return exact(len(found - {1.0}), "counted over all sets of address bits")


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
    ax.set(xlabel="rung of the address bits that it goes by", ylabel="accuracy after training", xlim=(0.5, 1.015),
           ylim=(0.5, 1.015))
    ax.legend(loc="lower right", fontsize="small")
    fields = ("arm", "seed", "cells", "accuracy", "rung", "likeness", "dwelling", "chance")
    data = {field: [getattr(one, field) for one in found] for field in fields}
    return figure, {**data, "bits": [" ".join(map(str, one.bits)) or "none" for one in found]}

