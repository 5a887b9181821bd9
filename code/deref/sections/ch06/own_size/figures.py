"""Figures of the section "At the textbook's own size", drawn from the released records."""

from collections.abc import Callable
from textwrap import fill

import numpy as np
from matplotlib.figure import Figure

from deref.figures.style import PALETTE, subplots
from deref.sections.ch06.own_size.arms import ARMS, PRINTED, SIXTEEN
from deref.sections.shared.book_records import curve, finals, steps
from evidence.unavailable import Absent

Drawn = tuple[Figure | Absent, dict[str, list]]


def or_absent(draw: Callable[[], Drawn]) -> Callable[[], Drawn]:
    """Give the reason in place of a figure whose records are not released."""

    def drawn() -> Drawn:
        try:
            return draw()
        except Absent as reason:
            return reason, {}

    return drawn


LABEL = 28
"""Letters of a line of a label: a longer one would leave a phone no room for the points."""
COLUMNS = {"loss": "training loss", "accuracy": "accuracy"}


def _lines(part: str, columns: list[tuple[str, dict[str, str]]]) -> Drawn:
    """Learning curves, a line for each seed: training loss above held-out accuracy, arms in columns.

    Args:
        part: of the sweep.
        columns: the title of each, and its arms with their colours.
    """
    found = {key: {name: curve(part, key, name) for name in COLUMNS} for _, arms in columns for key in arms}
    figure, axes = subplots(2, len(columns), sharex=True, sharey="row", height=4.4)
    data: dict[str, list] = {"arm": [], "seed": [], "step": [], "loss": [], "accuracy": []}
    for column, (title, arms) in enumerate(columns):
        axes[0, column].set_title(title, fontsize="small")
        axes[1, column].set_xlabel("step")
        for key, colour in arms.items():
            at = steps(part, key)
            for row, name in enumerate(COLUMNS):
                axes[row, column].plot(at, found[key][name].T, color=PALETTE[colour], linewidth=0.8, alpha=0.8)
            for seed, (loss, right) in enumerate(zip(*found[key].values(), strict=True)):
                kept = ~np.isnan(loss)
                data["arm"] += [key] * int(kept.sum())
                data["seed"] += [seed] * int(kept.sum())
                data["step"] += at[kept].astype(int).tolist()
                data["loss"] += loss[kept].tolist()
                data["accuracy"] += right[kept].tolist()
    for row, label in enumerate(COLUMNS.values()):
        axes[row, 0].set_ylabel(label)
    return figure, data


@or_absent
def eight() -> Drawn:
    """Training loss and held-out accuracy at eight cells, a line for each seed of four arms."""
    return _lines("at-8", [("one layer", {"one-8": "vermilion"}), ("two layers", {"two-8": "blue"}),
                           ("two layers, larger eps", {"eps-8": "green"}), ("MLP", {"mlp-64-8": "orange"})])


def _points(keys: list[str], printed: dict[str, float]) -> Drawn:
    """A point for each seed of some arms, a row an arm, and what the book prints as a cross."""
    found = {key: finals(ARMS[key].part, key) for key in keys}
    figure, ax = subplots(height=0.6 + 0.32 * len(keys))
    for row, (key, right) in enumerate(found.items()):
        ax.plot(right, row + np.linspace(-0.2, 0.2, len(right)), "o", color=PALETTE["blue"], markersize=4, alpha=0.7,
                clip_on=False)
        if key in printed:
            ax.plot(printed[key], row, "x", color=PALETTE["vermilion"], markersize=8, markeredgewidth=1.8)
    ax.set_yticks(range(len(found)), [fill(ARMS[key].title.removesuffix(", 16 cells"), LABEL) for key in found])
    ax.set(xlim=(0.48, 1.005), ylim=(len(found) - 0.5, -0.5), xlabel="held-out accuracy")
    return figure, {"arm": [key for key, right in found.items() for _ in right],
                    "seed": [seed for right in found.values() for seed in range(len(right))],
                    "accuracy": [value for right in found.values() for value in right.tolist()]}


@or_absent
def sixteen() -> Drawn:
    """Every arm at sixteen cells whose record is released, beside what the book prints."""
    keys = []
    for key in SIXTEEN:
        try:
            finals(ARMS[key].part, key)
        except Absent:
            continue
        keys.append(key)
    if not keys:
        finals("scale", "base-16")  # says which command computes it
    return _points(keys, PRINTED)


@or_absent
def depth() -> Drawn:
    """Training loss and held-out accuracy over 40,000 steps, two layers and three, fixed examples and fresh ones."""
    return _lines("depth-32", [(title, {f"{name}-2": "vermilion", f"{name}-3": "blue"})
                               for name, title in (("depth", "20,000 examples"), ("fresh", "fresh examples"))])
