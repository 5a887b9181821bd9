"""Small pictures for the front page, 300 pixels wide: words stand on the drawing, and nothing needs a legend."""

from typing import Any

from matplotlib import pyplot as plt
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from deref.figures.style import PALETTE, STYLE
from evidence.results.estimate import Estimate

WIDTH = 3.125  # inches: 300 pixels, the narrowest column that a page gives it
# Points of type: 11.3 and 12.7 pixels where the picture is 300 wide, which it never falls below.
SMALL, TYPE = 8.5, 9.5
# Only what STYLE sets too, so that the next figure of a page, which sets it again, takes nothing from here.
_STYLE: dict[str, Any] = {"font.size": TYPE, "axes.grid": False}


def card(rows: int = 1, columns: int = 1, *, height: float = 2.9, **options: Any) -> tuple[Figure, Any]:
    """Open a picture for the front page, in the book's style with smaller measures.

    Args:
        rows: of axes.
        columns: of axes.
        height: of the whole picture, in inches.
        **options: more for `matplotlib.pyplot.subplots`, such as `sharey`.

    Returns:
        The figure, and its axes as `matplotlib.pyplot.subplots` gives them.
    """
    plt.style.use({**STYLE, **_STYLE})
    return plt.subplots(rows, columns, figsize=(WIDTH, height), **options)


def bar(ax: Axes, place: float, found: Estimate, colour: str, *, text: str, height: float = 0.5) -> None:
    """Draw a share as a lying bar from zero, with its interval and its number behind both.

    Args:
        ax: where to draw; shares run to the right.
        place: of the bar, upwards.
        found: the share, from 0 to 1.
        colour: a name in the palette.
        text: the number, as readers write it.
        height: of the bar.
    """
    low, high = found.ci or (found.value, found.value)
    # A neutral bar recedes, or its interval, which is black too, would not be seen on it.
    ax.barh(place, found.value, height, color=PALETTE[colour], alpha=0.35 if colour == "black" else 1)
    ax.plot([low, high], [place, place], color=PALETTE["black"], linewidth=1.2)
    ax.annotate(text, (max(found.value, high), place), xytext=(4, 0), textcoords="offset points", va="center",
                fontsize=TYPE, fontweight="bold")


def bare(ax: Axes) -> None:
    """Take away axes whose numbers stand on the drawing."""
    ax.spines[:].set_visible(False)
    ax.set(xticks=[], yticks=[])
