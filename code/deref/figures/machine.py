"""One question put to a model: its tokens, where the readout looks in each layer, and the answer."""

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes

from deref.figures.style import PALETTE


def readout_flow(axes: Axes, tokens: Sequence[int], pattern: np.ndarray, *, cells: int, answer: int) -> None:
    """Draw tokens at the bottom, a row of positions above them for each layer, and the weights of the readout as lines.

    Args:
        axes: where to draw.
        tokens: bits, memory then address.
        pattern: the readout's weights, (layer, position).
        cells: how many of the tokens are memory.
        answer: the bit that the model answers.
    """
    readout, layers = len(tokens) - 1, len(pattern)
    places = [i + 0.6 * (i >= cells) for i in range(len(tokens))]  # a gap between memory and address
    for row in range(layers):
        for place, weight in zip(places, pattern[row], strict=True):
            axes.plot([place, places[readout]], [row + 0.2, row + 0.87], color=PALETTE["blue"], linewidth=6 * weight,
                      alpha=0.25 + 0.75 * float(weight), solid_capstyle="butt")
        axes.scatter(places, [row + 1] * len(places), s=18, color="black", alpha=0.3, linewidths=0)
        axes.scatter(places[readout], row + 1, s=60, color=PALETTE["blue"], zorder=3)
        axes.text(-0.8, row + 1, f"layer {row + 1}", ha="right", va="center")
    for place, bit in zip(places, tokens, strict=True):
        axes.text(place, 0, str(bit), ha="center", va="center", bbox={
            "boxstyle": "round,pad=0.35", "facecolor": "none", "edgecolor": "black"})
    for i in range(len(tokens)):
        axes.text(places[i], -0.38, str(i) if i < cells else f"a{i - cells}", ha="center", va="center", alpha=0.7)
    axes.text(-0.8, 0, "token", ha="right", va="center")
    axes.text(places[readout], layers + 0.35, f"answer {answer}", ha="center", va="center", fontweight="bold")
    axes.set(xlim=(-2.2, places[readout] + 0.9), ylim=(-0.55, layers + 0.55))
    axes.set_axis_off()
