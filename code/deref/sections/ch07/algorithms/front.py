"""Section "Fetch, or gather and select", its picture on the front page: one recipe, two seeds, two algorithms."""

from functools import cache
from typing import NamedTuple

import numpy as np
import torch
from jaxtyping import Float
from matplotlib.figure import Figure

from deref.figures.card import SMALL, bare, card
from deref.figures.maps import columns, weight_map
from deref.figures.style import PALETTE
from deref.model.transformer import Transformer
from deref.probes.base.memories import few_memories, probe_memories
from deref.probes.pointer.coverage import attention_coverage
from deref.probes.pointer.flip import flip_test
from deref.probes.pointer.passed import passed_rate
from deref.probes.pointer.trace import CLASSES, causal_trace
from deref.sections.ch07.algorithms.algorithms import CELL, MEMORIES, READOUT, traced
from deref.sections.shared.models import again
from deref.tasks.pointer import PointerTask
from evidence.results import exact, result
from evidence.results.estimate import Estimate
from evidence.runs import Run, Store

LINES = {CELL: ("blue", "its cell"), READOUT: ("vermilion", "readout")}


class Seed(NamedTuple):
    """One seed of the recipe.

    Args:
        seed: its number.
        passed: the share of flips of one cell, on all memories and addresses, that the answer follows or ignores as it
            should.
        weights: of the last layer's readout, for each address in the head that looks most at its cell.
        recovery: where the bit is, by row of the trace and class of position.
    """

    seed: int
    passed: float
    weights: Float[np.ndarray, "address position"]
    recovery: Float[np.ndarray, "row class"]


@cache  # the figure and a result read them
def extremes(run: Run) -> dict[str, Seed]:
    """The solving seed in which most of the bit waits in its cell after layer 1, and that in which least does.

    Args:
        run: an ensemble of one recipe.
    """
    found, task = traced(run), run.config.task
    seeds = {"fetches": found.seeds[found.waiting.argmax()], "gathers": found.seeds[found.waiting.argmin()]}
    return {name: _seed(run.model.member(run.seeds.index(seed)), task, seed) for name, seed in seeds.items()}


def _seed(model: Transformer, task: PointerTask, seed: int) -> Seed:
    memories = probe_memories(task)
    flips, coverage = flip_test(model, task, memories), attention_coverage(model, task, memories)
    return Seed(seed=seed, passed=passed_rate(flips).item(),
                weights=coverage.pattern[-1, 0][coverage.best_head[0], torch.arange(task.M)].numpy(),
                recovery=causal_trace(model, task, few_memories(task, MEMORIES)).by_class()[0].numpy())


@result("algorithms.again.extremes-passed", format=".1%",
        title="Single flips that the answer follows or ignores as it should, worse of the two fresh seeds with most "
              "and with least of the bit at its cell")
def extremes_passed(store: Store) -> Estimate:
    return exact(min(one.passed for one in extremes(again.run(store)).values()),
                 "smaller of two seeds, every flip of one cell, every address, all memories there are")


def front() -> tuple[Figure, dict[str, list]]:
    """Both seeds with their flip tests: where the readout looks, and below it where the bit is."""
    figure, axes = card(2, 2, sharex="row", sharey="row", height_ratios=(3, 2))
    data: dict[str, list] = {}
    for (upper, lower), (name, one) in zip(axes.T, extremes(again.run()).items(), strict=True):
        cells, last = len(one.weights), len(one.recovery) - 1
        weight_map(upper, one.weights, cells=cells)
        upper.set_title(f"seed {one.seed} {name}\nflip test: {_percent(one.passed)}", loc="center", fontweight="bold")
        upper.set_xlabel("where it looks", fontsize=SMALL)
        for kind, (colour, label) in LINES.items():
            lower.plot(one.recovery[:, kind], color=PALETTE[colour], marker="o", markersize=4)
            # where it is 1 in every model: the cell behind the embedding, the readout behind the last layer
            row, side = (0, "left") if kind == CELL else (last, "right")
            lower.annotate(label, (row, 1), xytext=(0, 5), textcoords="offset points", ha=side, fontsize=SMALL)
        lower.set(ylim=(-0.1, 1.5))
        lower.set_xlabel("its bit, by layer", fontsize=SMALL)
        for ax in (upper, lower):
            bare(ax)
        for what, values, rows, names in (("weight", one.weights, range(cells), range(one.weights.shape[1])),
                                          ("recovery", one.recovery, range(last + 1), CLASSES)):
            table = columns("value", values[None, None], seed=[one.seed], what=[what], row=rows, column=names)
            data = {key: data.get(key, []) + entries for key, entries in table.items()}
    return figure, data


def _percent(share: float) -> str:
    """A share that is all says so; one that is nearly all does not round to it."""
    return "100%" if share == 1 else f"{share:.2%}"
