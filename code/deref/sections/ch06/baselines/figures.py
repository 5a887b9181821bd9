"""Section "What can be done without a lookup": its figures."""

import numpy as np
from matplotlib.figure import Figure

from deref.figures import growth as growths
from deref.figures.curves import columns, learning_curves
from deref.figures.growth import by_seed
from deref.figures.style import PALETTE, subplots
from deref.sections.ch06.baselines.baselines import ARMS, BLIND, SIZES, TITLES, WHOLE
from deref.sections.shared.partial_address_accuracy import majority, rung
from deref.sections.shared.solving import accuracies
from deref.tasks.pointer import PointerTask

_SHORT = {kind: kind.upper() for kind in ("mlp", "gru", "lstm")}


def by_size() -> tuple[Figure, dict[str, list]]:
    """Accuracy against the number of cells, every kind, every seed, with the best score without the address."""
    figure, axes = subplots(1, 2, sharey=True, height=3.4)
    curves = {}
    looks = dict(zip(TITLES, [("orange", "o"), ("purple", "s"), ("green", "^"), ("vermilion", "D"), ("orange", "o"),
                              ("purple", "s"), ("blue", "v")], strict=True))
    for ax, kinds in zip(axes, (BLIND, (*WHOLE, "transformer")), strict=True):
        ax.plot(SIZES, [majority(size) for size in SIZES], color=PALETTE["black"], linestyle=":", linewidth=1)
        for kind in kinds:
            values = np.stack([accuracies(ARMS[kind, size].run()) for size in SIZES], axis=1)
            by_seed(ax, SIZES, values, *looks[kind], _SHORT.get(kind, kind))
            curves |= {f"{kind}, seed {seed}": line for seed, line in enumerate(values)}
        ax.set_xscale("log", base=2)
        ax.set_xticks(SIZES, SIZES)
        ax.set(xlabel="cells", ylim=(0.45, 1.03))
        ax.legend(fontsize="small", **({"loc": (0.42, 0.62)} if kinds is BLIND else {"loc": "lower left", "ncols": 2}))
    axes[0].set(ylabel="accuracy", title="part of the input")
    axes[1].set(title="all of the input")
    return figure, growths.columns("cells", SIZES, curves)


def curves(size: int = 16) -> tuple[Figure, dict[str, list]]:
    """Learning curves of the networks that see everything, with the rungs of the ladder."""
    task = PointerTask(M=size)
    histories = {kind: ARMS[kind, size].run().history for kind in (*WHOLE, "transformer")}
    levels = [rung(task, tuple(range(known))) for known in range(task.A + 1)]
    figure, axes = subplots(2, 2, sharex=True, sharey=True, height=4.6)
    colours = ("vermilion", "orange", "purple", "blue")
    for ax, (kind, history), colour in zip(axes.flat, histories.items(), colours, strict=True):
        learning_curves(ax, history, colour, levels).set(title=_SHORT.get(kind, kind), xlabel="")
    for ax in axes[:, 0]:
        ax.set_ylabel("accuracy")
    for ax in axes[-1]:
        ax.set_xlabel("training step")
    return figure, columns(histories)
