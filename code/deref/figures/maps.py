"""Maps: a weight or a recovery for each row and column, on a fixed scale."""

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.image import AxesImage

from deref.figures.style import DIVERGING, SEQUENTIAL


def weight_map(axes: Axes, weights: np.ndarray, *, cells: int) -> AxesImage:
    """Draw attention weights from 0 to 1, a row for each address or query, a column for each position.

    Args:
        axes: where to draw.
        weights: (row, position).
        cells: how many of the positions are memory; a line marks where the address begins, if it does.

    Returns:
        The image, for a colour bar.
    """
    image = axes.imshow(weights, cmap=SEQUENTIAL, vmin=0, vmax=1, aspect="equal")
    if weights.shape[1] > cells:
        axes.axvline(cells - 0.5, color="white", linewidth=1)
    axes.grid(False)
    return image


def recovery_map(axes: Axes, recovery: np.ndarray, rows: Sequence[str]) -> AxesImage:
    """Draw recoveries, coloured alike in both directions from zero.

    Args:
        axes: where to draw.
        recovery: (row, position).
        rows: their names.

    Returns:
        The image, for a colour bar.
    """
    image = axes.imshow(recovery, cmap=DIVERGING, vmin=-1, vmax=1, aspect="auto")
    axes.set_yticks(range(len(rows)), rows)
    axes.grid(False)
    return image


def columns(name: str, values: np.ndarray, **axes: Sequence) -> dict[str, list]:
    """The data behind a map, one row for each of its squares.

    Args:
        name: of the value's column.
        values: an array with one axis for each of the following.
        **axes: what each step along an axis is called.
    """
    grid = np.meshgrid(*[np.asarray(labels) for labels in axes.values()], indexing="ij")
    labels = {key: part.flatten().tolist() for key, part in zip(axes, grid, strict=True)}
    return {**labels, name: np.round(values, 6).flatten().tolist()}
