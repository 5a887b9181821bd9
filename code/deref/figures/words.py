"""One sentence read by a language model: where its last token looks, and what the looks are worth."""

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.image import AxesImage

from deref.figures.style import PALETTE, SEQUENTIAL


def word_bars(
    axes: Axes, words: Sequence[str], values: np.ndarray, colours: tuple[str, str] = ("blue", "blue")
) -> None:
    """Draw a bar for each word, the first word on top.

    Args:
        axes: where to draw.
        words: their names.
        values: one a word; NaN leaves a place empty.
        colours: of the palette, for values from zero on and below.
    """
    places = np.arange(len(words))
    axes.barh(places, np.nan_to_num(values), color=[PALETTE[colours[int(value < 0)]] for value in values], height=0.7)
    axes.set_yticks(places, words)
    axes.axvline(0, color="black", linewidth=0.8, alpha=0.5)
    axes.set_ylim(len(words) - 0.4, -0.6)
    axes.grid(axis="y", visible=False)


def head_grid(axes: Axes, weights: np.ndarray, chosen: tuple[int, int]) -> AxesImage:
    """Draw the weight of every head on one word, layers down and heads across, and frame one head.

    Args:
        axes: where to draw.
        weights: (layer, head).
        chosen: the layer and the head to frame.

    Returns:
        The image, for a colour bar.
    """
    image = axes.imshow(weights, cmap=SEQUENTIAL, vmin=0, vmax=1, aspect="auto")
    layer, head = chosen
    axes.plot([head - 0.5, head + 0.5, head + 0.5, head - 0.5, head - 0.5],
              [layer - 0.5, layer - 0.5, layer + 0.5, layer + 0.5, layer - 0.5], color=PALETTE["vermilion"])
    axes.set(xlabel="head", ylabel="layer", xticks=range(0, weights.shape[1], 2), yticks=range(0, len(weights), 5))
    axes.grid(False)
    return image
