"""Section "What can be done without a lookup": its figures."""

import numpy as np
from matplotlib.figure import Figure

from deref.figures import growth as growths
from deref.figures.curves import columns, learning_curves
from deref.figures.growth import by_seed
from deref.figures.style import PALETTE, subplots
from deref.sections.ch06.baselines import held_out
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


def never_asked() -> tuple[Figure, dict[str, list]]:
    """Accuracy at asked and at never-asked addresses, by network and number of cells, a point for each seed."""
    figure, axes = subplots(1, len(held_out.SIZES), sharey=True, height=3.2)
    data: dict[str, list] = {"network": [], "cells": [], "seed": [], "asked": [], "never": []}
    names = {"binary": "transformer,\nbinary", "learned": "transformer,\nlearned", "mlp": "MLP"}
    for ax, size in zip(axes, held_out.SIZES, strict=True):
        ax.axhline(0.5, color=PALETTE["black"], linestyle=":", linewidth=1)
        for place, kind in enumerate(names):
            run = held_out.ADDRESSES[kind, size].run()
            found = held_out.answered(run)
            for aside, colour, mark, values, label in ((-0.15, "blue", "o", found.asked, "asked in training"),
                                                       (0.15, "vermilion", "D", found.never, "never asked")):
                ax.plot(place + aside + np.linspace(-0.06, 0.06, len(values)), values, mark, color=PALETTE[colour],
                        markersize=5, alpha=0.8, label=None if place else label)
            data["network"] += [kind] * len(run.seeds)
            data["cells"] += [size] * len(run.seeds)
            data["seed"] += run.seeds
            data["asked"] += found.asked.round(6).tolist()
            data["never"] += found.never.round(6).tolist()
        ax.set_xticks(range(len(names)), names.values())
        ax.set(title=f"{size} cells", ylim=(0.4, 1.03), xlim=(-0.5, len(names) - 0.5))
    axes[0].set_ylabel("accuracy")
    axes[0].legend(fontsize="small", loc=(0.02, 0.4))
    return figure, data
