"""Figures of the section "Positions outside the stream"."""

import numpy as np
from matplotlib.figure import Figure

from deref.figures.style import PALETTE, subplots
from deref.sections.ch07.algorithms.algorithms import FETCHES, GATHERS, traced
from deref.sections.ch07.positions.positions import ARMS
from deref.sections.shared.models import runs


def by_positions() -> tuple[Figure, dict[str, list]]:
    """Where the bit is after layer 1, a dot for each seed that solves the task, by recipe and kind of positions."""
    figure, ax = subplots(height=2.6)
    data: dict[str, list] = {"recipe": [], "positions": [], "seed": [], "waiting": []}
    rows = []
    for arm in ARMS.values():
        kinds = (("sinusoids", runs(arm.waves), "blue"), ("rotary", (arm.rotary.run(),), "vermilion"))
        for kind, found, colour in kinds:
            seeds = [seed for run in found for seed in traced(run).seeds]
            waiting = np.concatenate([traced(run).waiting for run in found])
            spread = len(rows) + np.linspace(-0.28, 0.28, len(seeds))
            ax.plot(waiting, spread, "o", color=PALETTE[colour], markersize=4.5, alpha=0.8)
            rows.append(f"{arm.words}, {kind}")
            data["recipe"] += [arm.words] * len(seeds)
            data["positions"] += [kind] * len(seeds)
            data["seed"] += seeds
            data["waiting"] += waiting.round(6).tolist()
    for bound in (GATHERS, FETCHES):
        ax.axvline(bound, color=PALETTE["black"], linestyle=":", linewidth=1)
    ax.set_yticks(range(len(rows)), rows)
    ax.set(xlabel="recovery at the addressed cell after layer 1", ylim=(len(rows) - 0.5, -0.5))
    return figure, data
