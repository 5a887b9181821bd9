"""Section "A real language model", its figures: maps over heads, and what losing heads costs."""

from collections.abc import Callable, Mapping, Sequence
from functools import wraps

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MultipleLocator

from deref.figures.maps import columns
from deref.figures.style import DIVERGING, PALETTE, SEQUENTIAL
from deref.lm.model import language_model
from evidence.results.estimate import Estimate
from evidence.unavailable import Absent

_COLOURS = (PALETTE["blue"], PALETTE["vermilion"], PALETTE["black"])
Drawing = tuple[Figure | Absent, dict[str, list]]
"""A figure and its data, or the reason why there is none."""


def needs_model(draw: Callable[..., Drawing]) -> Callable[..., Drawing]:
    """Make a figure of the language model one that can be lacking: where there is no model, the reason replaces it.

    Args:
        draw: gives the figure and its data.
    """

    @wraps(draw)
    def drawn(*arguments: object) -> Drawing:
        try:
            language_model()
        except Absent as reason:
            return reason, {}
        return draw(*arguments)

    return drawn


def score_maps(
    figure: Figure, axes: Sequence[Axes], scores: Mapping[str, np.ndarray], titles: Sequence[str]
) -> dict[str, list]:
    """Draw one map a kind of edge, a row for each layer and a column for each head.

    Args:
        figure: for the colour bar.
        axes: one for each map.
        scores: (layer, head), from 0 to 1, by name.
        titles: of the maps.

    Returns:
        The data drawn.
    """
    for ax, values, title in zip(axes, scores.values(), titles, strict=True):
        image = ax.imshow(values, cmap=SEQUENTIAL, vmin=0, vmax=1, aspect="auto")
        ax.set(title=title, xlabel="head", xticks=range(values.shape[1]))
        ax.grid(False)
    axes[0].set_ylabel("layer")
    figure.colorbar(image, ax=list(axes), label="weight")
    stacked = np.stack(list(scores.values()))
    return columns("weight", stacked, edge=list(scores), layer=range(stacked.shape[1]), head=range(stacked.shape[2]))


def costs_by_head(
    ax: Axes, heads: Sequence[str], costs: Mapping[str, Sequence[Estimate]], barely: float
) -> dict[str, list]:
    """Draw what losing each head costs, with intervals.

    Args:
        ax: where to draw.
        heads: their names.
        costs: a share of the gain for each head, by kind of repeat.
        barely: below this line a head barely matters.

    Returns:
        The data drawn.
    """
    data: dict[str, list] = {"repeat": [], "head": [], "cost": [], "low": [], "high": []}
    for i, (what, found) in enumerate(costs.items()):
        values = np.array([one.value for one in found])
        low, high = np.array([one.ci for one in found]).T
        at = np.arange(len(heads)) + (i - 0.5) * 0.25
        ax.errorbar(at, values, yerr=(values - low, high - values), fmt="os"[i], color=_COLOURS[i], label=what)
        for key, column in zip(data, ([what] * len(heads), heads, values, low, high), strict=True):
            data[key] += [round(x, 6) if isinstance(x, float) else x for x in list(column)]
    ax.axhline(0, color=PALETTE["black"], linewidth=0.8)
    ax.axhline(barely, color=PALETTE["black"], linestyle=":")
    ax.set_xticks(range(len(heads)), heads)
    ax.set(ylabel="share of the gain lost", xlabel="head switched off")
    ax.yaxis.set_major_locator(MultipleLocator(0.05))
    ax.yaxis.set_major_formatter("{x:.0%}")
    ax.legend()
    return data


def costs_by_number(
    axes: Sequence[Axes], numbers: Sequence[int], lines: Mapping[str, Mapping[str, Sequence[float]]]
) -> dict[str, list]:
    """Draw what losing several heads costs, by how many they are.

    Args:
        axes: one for each kind of repeat.
        numbers: of heads.
        lines: shares of the gain for each number, by kind of repeat and by what is lost.

    Returns:
        The data drawn.
    """
    for ax, (what, found) in zip(axes, lines.items(), strict=True):
        for (name, values), colour, marker in zip(found.items(), _COLOURS, "os^", strict=True):
            ax.plot(numbers, values, color=colour, marker=marker, label=name)
        ax.set(title=what, xlabel="heads switched off", xticks=numbers)
        ax.yaxis.set_major_formatter("{x:.0%}")
    axes[0].set_ylabel("share of the gain lost")
    axes[0].legend()
    grid = np.array([list(found.values()) for found in lines.values()])
    kinds = next(iter(lines.values()))
    return columns("cost", grid, repeat=list(lines), lost=list(kinds), heads=numbers)


def share_map(
    figure: Figure, ax: Axes, shares: np.ndarray, heads: Sequence[str], kinds: Sequence[str]
) -> dict[str, list]:
    """Draw the share of each margin that is lost without each head, with the number in every square.

    Args:
        figure: for the colour bar.
        ax: where to draw.
        shares: (head, kind of work).
        heads: names of the rows.
        kinds: names of the columns.

    Returns:
        The data drawn.
    """
    image = ax.imshow(shares, cmap=DIVERGING, vmin=-1, vmax=1, aspect="auto")
    for (row, column), share in np.ndenumerate(shares):
        ink = "white" if abs(share) > 0.6 else "#111111"  # not black, which turns white in dark pages
        ax.text(column, row, f"{share:z.0%}".replace("-", "−"), ha="center", va="center", color=ink)
    ax.set_xticks(range(len(kinds)), kinds)
    ax.set_yticks(range(len(heads)), heads)
    ax.grid(False)
    figure.colorbar(image, ax=ax, label="share of the margin lost", format="{x:.0%}")
    return columns("lost", shares, head=heads, work=kinds)


def moves(ax: Axes, sentences: Sequence[str], moved: Mapping[str, np.ndarray]) -> dict[str, list]:
    """Draw how far the answer to each sentence moves, a row for each, largest on top.

    Args:
        ax: where to draw.
        sentences: their names.
        moved: changes of a logit difference, by what was cut; the last decides the order.

    Returns:
        The data drawn.
    """
    order = np.argsort(list(moved.values())[-1])
    for (name, values), colour, marker in zip(moved.items(), _COLOURS, "os^", strict=False):
        ax.plot(values[order], range(len(order)), marker, color=colour, label=name)
    ax.set_yticks(range(len(order)), [sentences[i] for i in order])
    ax.set(xlabel="change of the logit difference", xlim=(-0.2, None))
    ax.legend(loc="lower right", title="looks cut")
    return columns("moved", np.array(list(moved.values())), cut=list(moved), sentence=sentences)


def weight_against_cost(
    ax: Axes, heads: Sequence[str], weights: np.ndarray, costs: np.ndarray, named: int
) -> dict[str, list]:
    """Draw what each head looks at against what losing it costs.

    Args:
        ax: where to draw.
        heads: their names.
        weights: of the look, from 0 to 1.
        costs: share of the gain lost.
        named: how many heads are named: those of the largest weight, and of the largest cost.

    Returns:
        The data drawn.
    """
    ax.scatter(weights, costs, color=PALETTE["blue"], alpha=0.6, s=22)
    far = {*np.argsort(weights)[-named:].tolist(), *np.argsort(np.abs(costs))[-named:].tolist()}
    for i in sorted(far):
        crowded = any(0 < weights[j] - weights[i] < 0.1 and 0 <= costs[j] - costs[i] < 0.03 for j in far)
        ax.annotate(heads[i], (weights[i], costs[i]), xytext=(4, -11 if crowded else 4), textcoords="offset points",
                    fontsize=8)
    ax.axhline(0, color=PALETTE["black"], linewidth=0.8)
    ax.set(xlabel="weight on what followed the last time", ylabel="share of the gain lost", xlim=(-0.03, 1.05))
    ax.yaxis.set_major_formatter("{x:.0%}")
    return {"head": list(heads), "weight": weights.tolist(), "cost": np.round(costs, 6).tolist()}
