"""Section "Heads instead of depth": how many heads one layer needs for a memory, by hand and by training."""

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import torch
from jaxtyping import Int
from matplotlib.figure import Figure
from torch import Tensor

from deref.constructions.one_layer import gates
from deref.experiment import Experiment, experiment
from deref.figures.style import PALETTE, subplots
from deref.model.config import ModelConfig
from deref.probes.base.answers import accuracy
from deref.probes.base.memories import probe_memories
from deref.sections.shared.arms import Arm
from deref.sections.shared.solving import accuracies, share_solving, solving
from deref.tasks.pointer import PointerTask
from deref.train.config import TrainConfig
from evidence.results import exact, result, wilson
from evidence.results.estimate import Estimate
from evidence.runs import Store

WAYS = {"plain": False, "norm": True}
KINDS = {"plain": "without a final LayerNorm", "norm": "with a final LayerNorm"}
STEPS = {4: 600, 8: 1_500, 16: 2_500, 32: 5_000}
# What a build trains: at the smallest sizes every number of heads up to that of the hand-written layer.
BUILT = {4: (1, 2), 8: (1, 2, 3, 4), 16: (8,)}
MORE = {(4, 2): 16, (8, 4): 20}  # seeds of what claims are decided by, where a build can afford them
WRITTEN = (2, 4, 8, 16, 32)


def config(cells: int, heads: int, way: str) -> TrainConfig:
    """The recipe of every point: one layer, attention only, heads of size 16 whatever their number.

    Args:
        cells: the size of the memory.
        heads: of the one layer.
        way: "plain", or "norm" for a LayerNorm before the answer is read.
    """
    task = PointerTask(M=cells)
    model = ModelConfig(length=task.length, layers=1, heads=heads, head_size=16, width=64, final_norm=WAYS[way],
                        position_std=1.0, token_std=1.0)
    return TrainConfig(task=task, model=model, steps=STEPS[cells], batch=16, lr=3e-3, warmup=100, schedule="cosine",
                       eval_every=50, stop_at=1.0)


def seeds(cells: int, heads: int) -> range:
    """The seeds of a memory size and number of heads."""
    return range(MORE.get((cells, heads), 8))


def point(cells: int, heads: int, way: str) -> Experiment:
    """The runs of one memory size and number of heads."""
    last = ", a LayerNorm before the answer" if WAYS[way] else ""
    return experiment(f"heads-{way}-{cells}-{heads}", config=config(cells, heads, way), seeds=seeds(cells, heads),
                      about=f"{cells} cells, one layer, {heads} heads of size 16{last}.")


POINTS = {(way, cells, heads): point(cells, heads, way)
          for way in WAYS for cells, tried in BUILT.items() for heads in tried}
ARMS = {(way, str(cells), str(heads)): Arm(f"one layer, {heads} head{'s' * (heads > 1)}, {KINDS[way]}", one)
        for (way, cells, heads), one in POINTS.items()}


def counts(way: str, cells: int, store: Store | None = None) -> dict[int, int]:
    """How many seeds solve a memory size, by the number of heads, fewest heads first."""
    return {heads: len(solving(POINTS[way, cells, heads].run(store))) for heads in BUILT[cells]}


def least(solved: dict[int, int], tried: dict[int, int]) -> int:
    """The smallest number of heads with which at least half of the seeds solve; 0 if there is none.

    Args:
        solved: how many seeds solve, by the number of heads.
        tried: out of how many.
    """
    return next((heads for heads, count in sorted(solved.items()) if 2 * count >= tried[heads]), 0)


@dataclass(frozen=True)
class Size:
    """A memory size in one of the two ways of building the model."""

    way: str
    cells: int

    @property
    def kind(self) -> str:
        """What titles call the way."""
        return KINDS[self.way]


@result.each({(way, str(cells)): Size(way, cells) for way in WAYS for cells in BUILT}, "buy.{way}.{cells}.least",
             title="Fewest heads tried with which half of the seeds solve {cells} cells, {member.kind} (0: none)",
             format="d")
def fewest(store: Store, size: Size) -> Estimate:
    tried = {heads: len(seeds(size.cells, heads)) for heads in BUILT[size.cells]}
    method = f"smallest of {', '.join(map(str, tried))} heads, at least {min(tried.values())} seeds each; 0: none"
    return exact(least(counts(size.way, size.cells, store), tried), method)


@result.each(ARMS, "buy.{way}.{cells}.solved-{heads}", format=".0%",
             title="Share of seeds that solve {cells} cells, {member.name}")
def solved(store: Store, arm: Arm) -> Estimate:
    return share_solving(arm.run(store))


def worst(task: PointerTask, n: int = 512) -> Int[Tensor, "memory cell"]:
    """Memories that a hand-written lookup is asked about: all where there are few, else a draw and the hardest.

    The hardest are those in which one cell differs from all others, whichever it is.
    """
    if task.M <= 8:
        return probe_memories(task)
    lone = torch.eye(task.M, dtype=torch.long)
    return torch.cat([probe_memories(task, n), lone, 1 - lone])


@result("buy.written", title="Smallest accuracy of the hand-written layer of half as many heads as cells", format=".0%")
def written(store: Store) -> Estimate:
    right = [accuracy(*model, worst(model[1])).item() for model in map(gates, WRITTEN)]
    return exact(min(right), f"smallest over {len(WRITTEN)} sizes up to {WRITTEN[-1]} cells, every address")


@result("buy.off-by", title="Largest error of the hand-written layer's answer, which should be 0 or 1", format=".4f")
def off_by(store: Store) -> Estimate:
    found = []
    for model, task in map(gates, WRITTEN):
        memories = worst(task)
        answer = model(task.trie_tokens(memories), task.layout("trie"))[0, ..., 1] + 0.5
        found.append((answer - memories).abs().max().item())
    return exact(max(found), f"largest over {len(WRITTEN)} sizes up to {WRITTEN[-1]} cells, every address")


def needed() -> tuple[Figure, dict[str, list]]:
    """The share of seeds that solve each memory size with each number of heads, and the line of the written layer."""
    figure, axes = subplots(1, 2, sharey=True, height=3.4)
    data: dict[str, list] = {"way": [], "cells": [], "heads": [], "seeds_solved": [], "seeds": [], "best": [],
                             "median": []}
    for ax, way, title in zip(axes, WAYS, ("no final LayerNorm", "final LayerNorm"), strict=True):
        for ends in pairwise(WRITTEN):  # with a gap at every size, where a circle holds a number
            x = np.array(ends) * 2.0 ** np.array([0.17, -0.17])
            ax.plot(x, x / 2, color=PALETTE["blue"], linewidth=1.2)
        for cells in BUILT:
            for heads, solved in counts(way, cells).items():
                tried = len(seeds(cells, heads))
                enough = wilson(solved, tried).ci[0] > 0.5
                ax.plot(cells, heads, "o", markersize=15, markeredgecolor=PALETTE["vermilion" if enough else "black"],
                        markerfacecolor="none", markeredgewidth=2.0 if enough else 0.7)
                ax.annotate(f"{100 * solved / tried:.0f}", (cells, heads), ha="center", va="center", fontsize=7)
                reached = accuracies(POINTS[way, cells, heads].run())
                for column, entry in zip(data, (way, cells, heads, solved, tried, reached.max(),
                                                np.median(reached)), strict=True):
                    data[column].append(round(entry, 6) if isinstance(entry, float) else entry)
        ax.set_xscale("log", base=2)
        ax.set_yscale("log", base=2)
        ax.set_xticks([4, 8, 16, 32], ["4", "8", "16", "32"])
        ax.set_yticks([1, 2, 4, 8, 16], ["1", "2", "4", "8", "16"])
        ax.set(title=title, xlabel="cells", xlim=(2.9, 44), ylim=(0.75, 22))
    axes[0].set_ylabel("heads")
    return figure, data
