"""Survival curves: who is still waiting, with the interval as a band."""

from typing import TYPE_CHECKING, Any

from matplotlib.axes import Axes

from deref.figures.style import PALETTE

if TYPE_CHECKING:
    from lifelines import KaplanMeierFitter


def survival_curve(axes: Axes, curve: "KaplanMeierFitter", budget: int, *, label: str, colour: str,
                   style: Any = "-") -> Axes:
    """Draw the share that has not reached its goal, as steps, up to the end of the budget.

    Args:
        axes: where to draw.
        curve: a fitted survival curve.
        budget: where the observation ends; a mark stands there if some had not reached the goal.
        label: of the curve.
        colour: a name in the palette.
        style: of the line.

    Returns:
        The axes.
    """
    share = curve.survival_function_.iloc[:, 0]
    times, values = [*share.index, float(budget)], [*share, share.iloc[-1]]
    axes.step(times, values, where="post", color=PALETTE[colour], linestyle=style, label=label)
    if values[-1] > 0:
        axes.plot(budget, values[-1], "|", color=PALETTE[colour], markersize=10)
    return axes
