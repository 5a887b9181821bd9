"""Staircases: what models of each number of layers manage, and how long it takes them."""

from collections.abc import Sequence

import numpy as np
from jaxtyping import Float
from matplotlib.axes import Axes

from deref.figures.style import PALETTE, SEQUENTIAL

_COLOURS = ("sky", "blue", "green", "orange", "vermilion")


def share_map(
    axes: Axes, shares: Float[np.ndarray, "row column"], *, columns: Sequence[int], rows: Sequence[int]
) -> Axes:
    """Draw shares from 0 to 1 as squares with their value written in, the first row at the bottom.

    Args:
        axes: where to draw.
        shares: one a square.
        columns: what columns are called.
        rows: what rows are called.

    Returns:
        The axes.
    """
    axes.imshow(shares, cmap=SEQUENTIAL, vmin=0, vmax=1, origin="lower", aspect="equal")
    for (row, column), share in np.ndenumerate(shares):
        axes.text(column, row, f"{share:.0%}", ha="center", va="center", fontsize=8,
                  color="#111111" if share > 0.5 else "white")  # not black, which turns white in dark pages
    axes.set_xticks(range(len(columns)), [*map(str, columns)])
    axes.set_yticks(range(len(rows)), [*map(str, rows)])
    axes.grid(False)
    return axes


def steps_strip(
    axes: Axes, steps: Float[np.ndarray, "label seed group"], *, groups: Sequence[str], labels: Sequence[int],
    budget: int,
) -> Axes:
    """Draw steps to solve as points, one a seed; those that never solved it stand hollow above the budget's line.

    Args:
        axes: where to draw.
        steps: infinity where a seed never solved it.
        groups: the names of the groups of columns.
        labels: the names of the columns within a group.
        budget: the steps that training had at most.

    Returns:
        The axes.
    """
    count, seeds, _ = steps.shape
    spread = np.linspace(-0.25, 0.25, seeds)
    never = budget * 1.1
    for group, name in enumerate(groups):
        for label in range(count):
            found, x = steps[label, :, group], group * (count + 1) + label + spread
            done, colour = np.isfinite(found), PALETTE[_COLOURS[label]]
            axes.plot(x[done], found[done], "o", color=colour, markersize=4)
            axes.plot(x[~done], np.full((~done).sum(), never), "o", color=colour, markersize=4, fillstyle="none")
        axes.text(group * (count + 1) + (count - 1) / 2, budget * 1.2, name, ha="center", fontsize=9)
    axes.axhline(budget, color=PALETTE["black"], linewidth=0.8, linestyle=":")
    places = [group * (count + 1) + label for group in range(len(groups)) for label in range(count)]
    axes.set_xticks(places, [*map(str, labels)] * len(groups))
    axes.set(ylim=(0, budget * 1.3), yticks=np.linspace(0, budget, 5))
    return axes
