"""Words on a drawing that say what to look at."""

from matplotlib.axes import Axes

from deref.figures.style import PALETTE


def note(axes: Axes, text: str, words: tuple[float, float], at: tuple[float, float] | None = None, *,
         on_map: bool = False) -> None:
    """Write a few words into axes, with an arrow to what they speak of.

    Args:
        axes: where to write.
        text: the words, lines apart.
        words: the middle of the words, in the units of the axes.
        at: where the arrow ends; None is no arrow.
        on_map: whether the words stand on a map of weights, in its dark part.
    """
    colour = "white" if on_map else PALETTE["black"]
    arrow = {"arrowstyle": "->", "color": colour, "shrinkA": 2, "shrinkB": 3}
    axes.annotate(text, xy=at or words, xytext=words, color=colour, fontsize=9, ha="center", va="center",
                  arrowprops=arrow if at else None)
