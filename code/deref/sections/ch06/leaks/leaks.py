"""Section "Where the argument against one layer leaks": the best vote, the arms that go beyond it, and what is left."""

import math
from dataclasses import replace
from functools import cache

import numpy as np
from matplotlib.figure import Figure

from deref.constructions.one_layer import voting
from deref.experiment import experiment
from deref.figures.notes import note
from deref.figures.style import PALETTE, subplots
from deref.probes.base.answers import accuracy
from deref.probes.base.memories import probe_memories
from deref.probes.pointer.best_vote import Vote, best_vote, orders
from deref.sections.ch06.layers.layers import TASK, one, one_norm
from deref.sections.shared.solving import SOLVED, accuracies, share_solving
from evidence.results import exact, mean_t, result
from evidence.results.estimate import Estimate
from evidence.runs import Store, default_store

PRECISION = 32  # bits of a number in the models of this book
SEARCHED = "largest over all orders of weights and all cuts, each decided by a linear program"

mlp = experiment(
    "one-layer-8-mlp",
    config=replace(one.config, model=replace(one.config.model, mlp=64), stop_at=1.0),
    seeds=range(200),  # five in eight solve the task, and the claims need more than half to be plain
    about="As one-layer-8, with an MLP of 64 hidden units behind the attention.",
)

ARMS = {"one head": one, "with a final norm": one_norm, "with an MLP": mlp}


@cache  # the page shows what several results count
def vote(bits: int = 2, fixed: bool = False) -> Vote:
    """The best vote of one head, for that many address bits beside the one in the query."""
    return best_vote(bits, fixed=fixed)


@result("leaks.fixed", title="Best accuracy of a vote of cells alone, eight cells", format=".2%")
def fixed(store: Store) -> Estimate:
    return exact(vote(fixed=True).accuracy, SEARCHED)


@result("leaks.vote", title="Best accuracy of a vote of cells and address bits, eight cells", format=".2%")
def gated(store: Store) -> Estimate:
    return exact(vote().accuracy, SEARCHED)


@result("leaks.vote-4", title="Best accuracy of a vote of cells and address bits, four cells", format=".2%")
def gated_four(store: Store) -> Estimate:
    return exact(vote(1).accuracy, SEARCHED)


@result("leaks.orders", title="Orders in which the weights of four cells can put all memories", format="d")
def counted(store: Store) -> Estimate:
    return exact(len(orders(4)), "counted, weights sorted by size")


@result("leaks.written", title="Accuracy of one head with the weights of the best vote, eight cells", format=".2%")
def written(store: Store) -> Estimate:
    model, task = voting(vote())
    return exact(accuracy(model, task, probe_memories(task))[0], "every memory and address")


@result("leaks.mlp.accuracy", title="Accuracy of one layer with an MLP on eight cells", format=".1%")
def mlp_accuracy(store: Store) -> Estimate:
    return mean_t(accuracies(mlp.run(store)), bounds=(0, 1))


@result("leaks.mlp.solved", title="Share of seeds of one layer with an MLP that solve eight cells", format=".0%")
def mlp_solved(store: Store) -> Estimate:
    return share_solving(mlp.run(store))


@result("leaks.mlp.best", title="Accuracy of the best seed of one layer with an MLP on eight cells", format=".1%")
def mlp_best(store: Store) -> Estimate:
    return exact(accuracies(mlp.run(store)).max(), f"largest of {len(mlp.seeds)} seeds, every memory and address")


def message() -> int:
    """Bits about the memory that reach a readout of the one-layer models of this section, for one last address bit."""
    return one.config.model.heads * (one.config.model.K + 1) * PRECISION


def capacity(right: float = 1.0) -> float:
    """The most cells of which a message can tell enough for that share of right answers.

    About a fair bit that is guessed rightly with chance r, a message tells at least 1 - h(r) bits, h being the entropy
    of a coin that shows heads with chance r; and about independent bits it tells at least the sum. A message is for
    one last address bit, which leaves half of the cells.
    """
    wrong = 1 - right
    entropy = -right * math.log2(right) - wrong * math.log2(wrong) if wrong else 0.0
    return 2 * message() / (1 - entropy)


@result("leaks.message", title="Bits about the memory that reach the readout through one head of size 32", format=",d")
def message_bits(store: Store) -> Estimate:
    return exact(message(), "heads x (head size + 1) x bits of a number")


@result("leaks.cells", title="Cells above which one head of size 32 cannot answer without error", format=",d")
def ceiling(store: Store) -> Estimate:
    return exact(int(capacity()), "by the INDEX bound")


@result("leaks.cells-99", title="Cells above which one head of size 32 cannot answer 99% rightly", format=",d")
def ceiling_solved(store: Store) -> Estimate:
    return exact(int(capacity(SOLVED)), "by the INDEX bound and the entropy of a guess")


@result("leaks.needed", title="Bits about the memory that eight cells need, for one last address bit", format="d")
def needed(store: Store) -> Estimate:
    return exact(TASK.M // 2, "one bit for each cell that the last address bit leaves")


def arms() -> tuple[Figure, dict[str, list]]:
    """The accuracy of every seed of each arm, with the best that a vote can do."""
    found = {name: accuracies(arm.run(default_store())) for name, arm in ARMS.items()}
    figure, ax = subplots(height=3.0)
    for row, (values, colour) in enumerate(zip(found.values(), ("orange", "purple", "green"), strict=True)):
        spread = np.linspace(-0.25, 0.25, len(values))
        ax.plot(values, row + spread, "o", color=PALETTE[colour], markersize=6, alpha=0.8)
    for level, name in ((vote(fixed=True).accuracy, "cells\nvote"), (vote().accuracy, "address\nvotes too")):
        ax.axvline(level, color=PALETTE["black"], linewidth=0.9, linestyle=":")
        ax.text(level + 0.005, -0.45, name, va="bottom", fontsize=8)
    note(ax, "out here is more\nthan a vote can do", (0.9, 0.1))
    ax.set_yticks(range(len(found)), found)
    ax.set(xlabel="accuracy", xlim=(0.64, 1.01), ylim=(len(found) - 0.5, -1.3))
    rows = [(name, seed, round(value, 6)) for name, arm in ARMS.items()
            for seed, value in zip(arm.seeds, found[name].tolist(), strict=True)]
    return figure, dict(zip(("arm", "seed", "accuracy"), map(list, zip(*rows, strict=True)), strict=True))
