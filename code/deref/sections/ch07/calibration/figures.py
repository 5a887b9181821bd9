"""Figures of the section "Do the instruments find the circuit?": every cell of the table, and means over circuits."""

from collections.abc import Iterable

import numpy as np
from matplotlib.figure import Figure

from deref.figures.maps import columns
from deref.figures.style import PALETTE, SEQUENTIAL, subplots
from deref.sections.ch07.calibration.calibration import METHODS, NAMES, OF_DRAWS, areas, averaged, passes
from deref.sections.ch07.calibration.circuits import CIRCUITS
from deref.sections.ch07.calibration.programs import PROGRAMS
from deref.sections.ch07.calibration.trained import FOLLOWERS
from evidence.results import mean_t

COLOURS = {"reading": "orange", "rerun": "blue", "gradient": "green"}
INK = "#1a1a1a"  # not pure black, which pages turn white in a dark theme: the squares stay bright
KINDS = {"reading": "reads a run", "rerun": "runs again", "gradient": "takes derivatives"}


def table() -> tuple[Figure, dict[str, list]]:
    """The area of every method on every circuit written by hand, mean over draws, with the cost on a pointer."""
    return _squares(CIRCUITS, "pointer", panels=2)


def compiled() -> tuple[Figure, dict[str, list]]:
    """The same on every compiled program, with the cost on the deepest."""
    return _narrow(*_squares(PROGRAMS, "reverse"), width=4.6)


def trained() -> tuple[Figure, dict[str, list]]:
    """The same on every program that models were trained to follow."""
    return _narrow(*_squares(FOLLOWERS, "fetch"), width=4.0)


def _narrow(figure: Figure, data: dict[str, list], *, width: float) -> tuple[Figure, dict[str, list]]:
    """A figure of few columns, which need no more, and a phone shrinks it less."""
    figure.set_size_inches(width, figure.get_figheight())
    return figure, data


def _squares(circuits: Iterable[str], dear: str, panels: int = 1) -> tuple[Figure, dict[str, list]]:
    """A table of squares, in so many panels beside each other, which a phone shows below each other."""
    circuits = [*circuits]
    values = np.array([[areas(method, circuit).mean() for circuit in circuits] for method in METHODS])
    costs = [passes(method, dear) for method in METHODS]
    figure, axes = subplots(1, panels, height=4.8, sharey=True, squeeze=False, gridspec_kw={"wspace": 0.02})
    for ax, names, some in zip(axes[0], np.array_split(circuits, panels), np.array_split(values, panels, axis=1),
                               strict=True):
        ax.imshow(some, cmap=SEQUENTIAL, vmin=0.5, vmax=1, aspect="auto")
        for (row, column), value in np.ndenumerate(some):
            ax.text(column, row, f"{value:.2f}", ha="center", va="center", fontsize=9,
                    color=INK if value > 0.72 else "white")
        for row in np.flatnonzero(np.diff([[*COLOURS].index(method.kind) for method in METHODS.values()])):
            ax.axhline(row + 0.5, color="white", linewidth=2)
        ax.set_xticks(range(len(names)), [NAMES[circuit].replace(" ", "\n") for circuit in names], fontsize=9)
        ax.tick_params(length=0)
        ax.spines.left.set_visible(ax is axes[0, 0])
        ax.grid(False)
    axes[0, 0].set_yticks(range(len(METHODS)), [method.name for method in METHODS.values()])
    beside = len(names) - 0.35  # behind the last panel
    for row, cost in [(-0.75, "passes"), *enumerate(f"{cost:,}" for cost in costs)]:
        ax.text(beside, row, cost, va="center", fontsize=9)
    data = columns("area", values, method=list(METHODS), circuit=circuits)
    return figure, {**data, "passes": np.repeat(costs, len(circuits)).tolist()}


def means(width: float | None = None, height: float = 3.6) -> tuple[Figure, dict[str, list]]:
    """The mean area of every method over the circuits, with its interval.

    Args:
        width: of the figure, in inches; None is that of the text.
        height: likewise.
    """
    figure, ax = subplots(height=height)
    if width is not None:
        figure.set_size_inches(width, height)
    data: dict[str, list] = {"method": [], "kind": [], "area": [], "low": [], "high": []}
    for row, (key, method) in enumerate(METHODS.items()):
        found = mean_t(averaged(key), OF_DRAWS, bounds=(0, 1))
        low, high = found.ci or (found.value, found.value)
        ax.barh(row, found.value - 0.5, left=0.5, color=PALETTE[COLOURS[method.kind]], height=0.7,
                label=KINDS[method.kind] if method.kind not in data["kind"] else None)
        ax.plot([low, high], [row, row], color=PALETTE["black"], linewidth=1.2)
        for column, value in zip(data, (key, method.kind, round(found.value, 6), round(low, 6), round(high, 6)),
                                 strict=True):
            data[column].append(value)
    ax.axvline(averaged("weight").mean(), color=PALETTE["black"], linewidth=0.9, linestyle=":")
    ax.set_yticks(range(len(METHODS)), [method.name for method in METHODS.values()])
    ax.set(xlabel="area under the ROC curve", xlim=(0.5, 1.0), ylim=(len(METHODS) - 0.4, -0.6))
    figure.legend(*ax.get_legend_handles_labels(), loc="outside lower center", ncols=3, fontsize=9)
    return figure, data
