"""Section "Direct path against recurrent path": its figures."""

import numpy as np
from matplotlib.figure import Figure

from deref.figures import growth as growths
from deref.figures.growth import by_seed
from deref.figures.style import PALETTE, subplots
from deref.sections.ch06.paths.gradients import DISTANCES, slopes_of
from deref.sections.ch06.paths.networks import ARMS, FACTORS, LENGTHS, LONGEST, NETS, recall
from deref.tasks.recall import RecallTask
from evidence.runs import default_store

LOOKS = {"positions": ("blue", "v"), "no-positions": ("sky", "^"), "rnn": ("green", "D"), "gru": ("orange", "o"),
         "lstm": ("purple", "s")}


def gradients() -> tuple[Figure, dict[str, list]]:
    """The gradient by the note against its distance, relative to distance 1, before training and after."""
    figure, axes = subplots(1, 2, sharey=True, height=3.4)
    curves = {}
    for ax, when in zip(axes, ("untrained", "trained"), strict=True):
        for net, looks in LOOKS.items():
            arm = ARMS[net, LONGEST]
            found = slopes_of(arm.run(default_store()), when)
            relative = np.maximum(found / found[:, :1], 1e-12)
            by_seed(ax, DISTANCES, relative, *looks, NETS[net].label)
            curves |= {f"{net}, {when}, seed {seed}": line
                       for seed, line in zip(arm.seeds, np.log10(relative), strict=True)}
        ax.set_xscale("log", base=2)
        ax.set_yscale("log")
        ax.set_xticks([1, 4, 16, 64], [1, 4, 16, 64])
        ax.set(title=when, xlabel="distance, tokens")
    axes[0].set_ylabel("gradient, relative")
    axes[0].legend(fontsize="small", loc="lower left")
    return figure, growths.columns("distance", DISTANCES, curves)


def recalls() -> tuple[Figure, dict[str, list]]:
    """Recall against the trained length, and of the networks trained longest against the length they are asked in."""
    asked = [factor * LONGEST for factor in FACTORS]
    figure, axes = subplots(1, 2, sharey=True, height=3.4)
    rows: dict[str, list] = {}
    for net, looks in LOOKS.items():
        name = NETS[net].label
        trained = np.stack([recall(net, length).mean(1) for length in LENGTHS], 1)
        longer = np.stack([recall(net, LONGEST, factor=factor).mean(1) for factor in FACTORS], 1)
        for ax, x, values, what in ((axes[0], LENGTHS, trained, "trained"), (axes[1], asked, longer, "asked")):
            by_seed(ax, x, values, *looks, name)
            part = growths.columns("length", x, {f"{net}, {what}, seed {i}": line for i, line in enumerate(values)})
            rows = {key: rows.get(key, []) + column for key, column in part.items()}
    for ax, x, title in ((axes[0], LENGTHS, "trained on this length"), (axes[1], asked, "asked beyond training")):
        ax.axhline(1 / RecallTask(context=1).values, color=PALETTE["black"], linestyle=":", linewidth=1)
        ax.set_xscale("log", base=2)
        ax.set_xticks(x, x)
        ax.set(title=title, xlabel="length, tokens", ylim=(0, 1.03))
    axes[0].set_ylabel("recall")
    axes[0].legend(fontsize="small", loc=(0.02, 0.15))
    return figure, rows
