"""Learning curves: one thin line for each seed, so that no seed hides behind a mean."""

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes

from deref.figures.style import PALETTE
from deref.train.history import History


def learning_curves(axes: Axes, history: History, colour: str, levels: Sequence[float] = ()) -> Axes:
    """Draw held-out accuracy against steps.

    Args:
        axes: where to draw.
        history: of an ensemble.
        colour: a name in the palette.
        levels: accuracies to mark with dotted lines.

    Returns:
        The axes.
    """
    for level in levels:
        axes.axhline(level, color=PALETTE["black"], linewidth=0.8, linestyle=":", alpha=0.6)
    axes.plot(history.step, history.accuracy.T, color=PALETTE[colour], linewidth=1, alpha=0.7)
    axes.set(xlabel="training step", ylim=(0.45, 1.02), xlim=(0, history.step[-1]))
    return axes


def columns(arms: dict[str, History]) -> dict[str, list]:
    """The data behind curves, one row for each arm, seed and evaluation."""
    rows = [(arm, seed, step, accuracy) for arm, history in arms.items()
            for seed, curve in zip(history.seeds, history.accuracy, strict=True)
            for step, accuracy in zip(history.step.tolist(), np.round(curve, 6).tolist(), strict=True)]
    return dict(zip(("arm", "seed", "step", "accuracy"), map(list, zip(*rows, strict=True)), strict=True))
