"""Figures of the section "Fetch, or gather and select": seeds between two algorithms for one lookup."""

import numpy as np
from matplotlib.figure import Figure

from deref.figures.notes import note
from deref.figures.style import PALETTE, subplots
from deref.sections.ch07.algorithms.algorithms import ENSEMBLES, KINDS, Traced, kind_of, label, traced
from deref.sections.shared.models import gather_three
from evidence.runs import Run


def plane() -> tuple[Figure, dict[str, list]]:
    """How much of the bit waits in its cell, and how legible the map is: two layers left, three layers right."""
    figure, axes = subplots(1, 2, sharex=True, sharey=True, height=4.2)
    data: dict[str, list] = {"ensemble": [], "seed": [], "waiting": [], "needed": [], "covered": [], "seen": []}

    def put(key: str, run: Run) -> Traced:
        found = traced(run)
        data["ensemble"] += [key] * len(found.seeds)
        data["seed"] += found.seeds
        for name in ("waiting", "needed", "covered", "seen"):
            data[name] += getattr(found, name).round(6).tolist()
        return found

    markers = dict(zip((8, 16, 24, 32), "os^D", strict=True))
    for key, chosen in ENSEMBLES.items():
        found = put(key, chosen.run())
        axes[0].scatter(found.waiting, found.covered, marker=markers[chosen.config.task.M], s=30, alpha=0.75,
                        linewidths=0, color=PALETTE[KINDS[kind_of(chosen)][1]])
    found = put(gather_three.name, gather_three.run())
    colour = PALETTE[KINDS[kind_of(gather_three)][1]]
    axes[1].scatter(found.waiting, found.covered, s=44, facecolors="none", edgecolors=colour,
                    label="covered in layer 3")
    axes[1].scatter(found.waiting, found.seen, s=18, color=colour, linewidths=0, label="covered in layer 2 or 3")
    for name, colour in KINDS.values():
        axes[0].scatter([], [], color=PALETTE[colour], label=name)
    for cells, marker in markers.items():
        axes[0].scatter([], [], color=PALETTE["black"], marker=marker, alpha=0.5, label=f"{cells} cells")
    for ax, title in zip(axes, ("two layers", "three layers, 8 cells"), strict=True):
        ax.set(title=title, xlabel="recovery at the cell after layer 1", ylim=(-0.04, 1.04))
    note(axes[0], "fetched from\nits cell", (0.42, 0.93), (0.95, 0.98))
    note(axes[0], "gathered\nbefore", (0.82, 0.1), (0.25, 0.03))
    axes[0].set_ylabel("share of addresses covered")
    handles, labels = (a + b for a, b in zip(*(ax.get_legend_handles_labels() for ax in axes), strict=True))
    figure.legend(handles, labels, loc="outside lower center", ncols=3, fontsize="small")
    return figure, data


def by_ensemble() -> tuple[Figure, dict[str, list]]:
    """Where the bit is after layer 1, ensemble by ensemble, each solving seed a pair of marks."""
    figure, ax = subplots(height=4.6)
    data: dict[str, list] = {"ensemble": [], "seed": [], "waiting": [], "arrived": []}
    order = sorted(ENSEMBLES, key=lambda key: -float(np.median(traced(ENSEMBLES[key].run()).waiting)))
    for row, key in enumerate(order):
        found = traced(ENSEMBLES[key].run())
        spread = row + np.linspace(-0.25, 0.25, len(found.seeds))
        for name, colour, marker in (("waiting", "blue", "o"), ("arrived", "vermilion", "x")):
            ax.plot(getattr(found, name), spread, marker, color=PALETTE[colour], markersize=5, alpha=0.8)
            data[name] += getattr(found, name).round(6).tolist()
        data["ensemble"] += [key] * len(found.seeds)
        data["seed"] += found.seeds
    for name, colour, marker in (("at the cell", "blue", "o"), ("at the readout", "vermilion", "x")):
        ax.plot([], [], marker, color=PALETTE[colour], label=name)
    ax.set_yticks(range(len(order)), [f"{key}\n{label(key)}" for key in order], fontsize="small")
    ax.set(xlabel="recovery after layer 1", ylim=(len(order) - 0.5, -0.5))
    ax.legend(loc="lower center", bbox_to_anchor=(0.5, 1), ncols=2)
    return figure, data
