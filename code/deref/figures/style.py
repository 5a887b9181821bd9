"""The one style sheet of the book's figures.

Colours are those of Okabe and Ito, which readers with any common kind of colour blindness can tell apart. Everything
neutral (text, axes, grid) is pure black, by opacity where it should recede, so that a page can let it follow the colour
of its text in a dark theme.
"""

from typing import Any

import matplotlib as mpl
from matplotlib import pyplot as plt
from matplotlib.figure import Figure

PALETTE = {
    "blue": "#0072b2",
    "orange": "#e69f00",
    "green": "#009e73",
    "vermilion": "#d55e00",
    "sky": "#56b4e9",
    "purple": "#cc79a7",
    "yellow": "#f0e442",
    "black": "#000000",
}
SEQUENTIAL = "viridis"
DIVERGING = "PuOr"  # readable with red-green blindness; centre it on zero

WIDTH = 6.4  # inches: the text column of a page, so that type keeps its size
_INK = PALETTE["black"]

STYLE: dict[str, Any] = {
    "axes.edgecolor": _INK,
    "axes.facecolor": "none",
    "axes.grid": True,
    "axes.labelcolor": _INK,
    "axes.prop_cycle": mpl.cycler(color=list(PALETTE.values())),
    "axes.spines.right": False,
    "axes.spines.top": False,
    "axes.titlelocation": "left",
    "axes.titlesize": "medium",
    "figure.constrained_layout.use": True,
    "figure.dpi": 100,
    "figure.facecolor": "none",
    "font.family": "sans-serif",
    "font.sans-serif": ["DejaVu Sans"],
    "font.size": 10,
    "grid.alpha": 0.15,
    "grid.color": _INK,
    "image.cmap": SEQUENTIAL,
    "image.interpolation": "nearest",
    "legend.frameon": False,
    "lines.linewidth": 1.8,
    "text.color": _INK,
    "xtick.color": _INK,
    "ytick.color": _INK,
}


def subplots(rows: int = 1, columns: int = 1, *, height: float = 3.2, **options: Any) -> tuple[Figure, Any]:
    """Open a figure as wide as the text, in the book's style.

    The style stays in force afterwards, because Matplotlib reads it again whenever something is drawn.

    Args:
        rows: of axes.
        columns: of axes.
        height: of the whole figure, in inches.
        **options: more for `matplotlib.pyplot.subplots`, such as `sharey`.

    Returns:
        The figure, and its axes as `matplotlib.pyplot.subplots` gives them.
    """
    mpl.rcParams.update(STYLE)
    return plt.subplots(rows, columns, figsize=(WIDTH, height), **options)
