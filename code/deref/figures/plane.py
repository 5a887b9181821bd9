"""A query and its keys as arrows in a plane, and the weights that they make."""

import math
from collections.abc import Sequence

from matplotlib.axes import Axes

from deref.figures.style import PALETTE


def arrows(axes: Axes, query: Sequence[float], keys: Sequence[Sequence[float]], names: Sequence[str]) -> None:
    """Draw a query and its keys, all from the origin.

    Args:
        axes: where to draw.
        query: its two coordinates.
        keys: theirs.
        names: of the keys.
    """
    for (x, y), name, colour in [*((key, name, "blue") for key, name in zip(keys, names, strict=True)),
                                 (query, "query", "vermilion")]:
        axes.annotate("", (x, y), (0, 0), arrowprops={"arrowstyle": "-|>", "color": PALETTE[colour], "linewidth": 1.8})
        beyond = 1 + 0.3 / math.hypot(x, y)  # the name stands a little farther out than the tip
        axes.text(x * beyond, y * beyond, name, ha="center", va="center")
    axes.set(xlim=(-2.6, 2.6), ylim=(-2.2, 2.4), aspect="equal", title="query and keys")
    axes.set_xticks([-2, 0, 2])
    axes.set_yticks([-2, 0, 2])


def weight_bars(axes: Axes, weights: Sequence[float], names: Sequence[str]) -> None:
    """Draw weights as bars, the first on top.

    Args:
        axes: where to draw.
        weights: they sum to 1.
        names: one for each.
    """
    axes.barh(range(len(weights)), weights, color=PALETTE["blue"])
    axes.set_yticks(range(len(weights)), names)
    for i, weight in enumerate(weights):
        axes.text(weight + 0.02, i, f"{weight:.2f}", va="center")
    axes.invert_yaxis()
    axes.grid(False)
    axes.set(xlim=(0, 1.15), title="key: value, and weight")
    axes.set_xticks([0, 0.5, 1])
