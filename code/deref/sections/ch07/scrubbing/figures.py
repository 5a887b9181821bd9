"""Figures of the section "Whole hypotheses": what hypotheses keep, and along which paths the address selects."""

from collections.abc import Callable

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from deref.figures.style import PALETTE, subplots
from deref.sections.ch07.scrubbing import scrubbing, select
from deref.sections.ch07.scrubbing.scrubbing import HYPOTHESES, KINDS, WORDS

MARKS = {"fetching": ("blue", "o"), "between": ("orange", "D"), "gathering": ("vermilion", "s")}
LABELS = {"fetching": "fetches", "between": "between", "gathering": "gathers"}


def kept() -> tuple[Figure, dict[str, list]]:
    """What each hypothesis leaves of every seed, kind by kind: the share of the loss, and right answers."""
    figure, axes = subplots(1, 2, sharey=True, height=3.8)
    data: dict[str, list] = {"measure": [], "hypothesis": [], "kind": [], "value": []}
    words = [WORDS[name].replace("select by", "select\nby") for name in HYPOTHESES]
    for ax, measure, title in zip(axes, ("kept", "right"), ("share of the loss kept", "right answers"), strict=True):
        _rows(ax, list(HYPOTHESES), lambda kind, name, measure=measure: scrubbing.by_kind(kind, name, measure), data,
              ("hypothesis", "value"), measure=measure)
        ax.set(xlabel=title)
    axes[0].set_yticks(range(len(words)), words)
    axes[1].axvline(0.5, color=PALETTE["black"], linewidth=1, linestyle=":")
    _legend(figure)
    return figure, data


def paths() -> tuple[Figure, dict[str, list]]:
    """How much of a changed answer follows a flipped address bit along each path into layer 2, in every seed."""
    figure, ax = subplots(height=3.4)
    data: dict[str, list] = {"path": [], "kind": [], "recovery": []}
    _rows(ax, list(select.PATHS), select.by_kind, data, ("path", "recovery"))
    ax.set_yticks(range(len(select.PATHS)), list(select.PATHS.values()))
    ax.set(xlabel="recovery of a flipped address bit")
    _legend(figure)
    return figure, data


def _rows(
    ax: Axes, names: list[str], values: Callable[[str, str], np.ndarray], data: dict[str, list],
    columns: tuple[str, str], **fixed: str,
) -> None:
    """A row for each name and within it one for each kind: a mark for each seed, a bar for the mean."""
    for row, name in enumerate(names):
        for shift, (kind, (colour, marker)) in zip((-0.24, 0, 0.24), MARKS.items(), strict=True):
            found = values(kind, name)
            ax.plot(found, np.full(len(found), row + shift), marker, color=PALETTE[colour], alpha=0.5, markersize=4,
                    markeredgewidth=0)
            if len(found):
                ax.plot([found.mean()] * 2, [row + shift - 0.1, row + shift + 0.1], color=PALETTE[colour], linewidth=3)
            for column, value in {**fixed, columns[0]: name, "kind": kind}.items():
                data[column] += [value] * len(found)
            data[columns[1]] += found.round(6).tolist()
    ax.set_ylim(len(names) - 0.5, -0.5)


def _legend(figure: Figure) -> None:
    for kind in KINDS:
        colour, marker = MARKS[kind]
        figure.axes[0].plot([], [], marker, color=PALETTE[colour], label=LABELS[kind])
    figure.legend(*figure.axes[0].get_legend_handles_labels(), loc="outside lower center", ncols=3)
