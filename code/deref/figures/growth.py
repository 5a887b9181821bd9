"""Growth: quantities against length, both on logarithmic scales, so that a power is a straight line."""

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.axes import Axes

from deref.figures.style import PALETTE

_MARKS = ("o", "s", "^", "D", "v")
_COLOURS = ("vermilion", "blue", "green", "purple", "orange")


def growth(axes: Axes, lengths: Sequence[int], curves: Mapping[str, Sequence[float]]) -> Axes:
    """Draw quantities that grow with length, each with a colour and a mark of its own.

    Args:
        axes: where to draw.
        lengths: the lengths, one a point.
        curves: by name, one number a length.

    Returns:
        The axes.
    """
    for (name, values), colour, mark in zip(curves.items(), _COLOURS, _MARKS, strict=False):
        axes.plot(lengths, values, color=PALETTE[colour], marker=mark, markersize=4, label=name)
    axes.set_xscale("log", base=2)
    axes.set_yscale("log")
    shown = lengths[:: -(-len(lengths) // 6)]  # no more labels than there is room for
    axes.set_xticks(shown, [f"{length:,}" for length in shown])
    axes.set_xlabel("length, tokens")
    axes.legend(fontsize="small")
    return axes


def by_seed(axes: Axes, x: Sequence[float], values: np.ndarray, colour: str, mark: str, label: str) -> Axes:
    """Draw one thin line a seed and their mean as a thick one.

    Args:
        axes: where to draw.
        x: where the points stand.
        values: (seed, point).
        colour: a name in the palette.
        mark: of the mean's points.
        label: of the mean.

    Returns:
        The axes.
    """
    axes.plot(x, values.T, color=PALETTE[colour], linewidth=0.8, alpha=0.4)
    axes.plot(x, values.mean(0), color=PALETTE[colour], marker=mark, markersize=4, label=label)
    return axes


def columns(x: str, points: Sequence[float], curves: Mapping[str, Sequence[float]]) -> dict[str, list]:
    """The data behind curves, one row for each curve and point.

    Args:
        x: what the points are, as the name of their column.
        points: of all curves.
        curves: by name, a value at each point.

    Returns:
        The columns "curve", `x` and "value", with six decimal places.
    """
    rows = [(name, point, round(float(value), 6)) for name, values in curves.items()
            for point, value in zip(points, values, strict=True)]
    return dict(zip(("curve", x, "value"), map(list, zip(*rows, strict=True)), strict=True))
