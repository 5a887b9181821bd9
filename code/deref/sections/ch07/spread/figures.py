"""Figures of the section "How the work spreads": recovery by head and by connection, number of heads by size."""

import numpy as np
from matplotlib.figure import Figure

from deref.figures.maps import columns, recovery_map
from deref.figures.style import PALETTE, subplots
from deref.probes.base.tappable import every_head
from deref.sections.ch07.spread.spread import CONNECTIONS, PATCHED, SIZES, brought, connections, head_recoveries, sized
from deref.sections.shared.models import large_32, runs
from deref.sections.shared.solving import solving


def connection_marks() -> tuple[Figure, dict[str, list]]:
    """What each connection alone brings to the values of layer 2, in every solving seed of three runs."""
    figure, ax = subplots(height=3.6)
    # "wire", because released files have a column of that name
    data: dict[str, list] = {"run": [], "seed": [], "wire": [], "recovery": []}
    marks = dict(zip(PATCHED, (("blue", "o"), ("vermilion", "s"), ("green", "D")), strict=True))
    for shift, (chosen, (colour, marker)) in zip((-0.22, 0, 0.22), marks.items(), strict=True):
        run = chosen.run()
        for row, (name, values) in enumerate(brought(run, connections(chosen)).items()):
            ax.plot(values, [row + shift] * len(values), marker, color=PALETTE[colour], alpha=0.7, markersize=5)
            data["run"] += [chosen.name] * len(values)
            data["seed"] += [run.seeds[i] for i in solving(run)]
            data["wire"] += [name] * len(values)
            data["recovery"] += values.round(6).tolist()
        ax.plot([], [], marker, color=PALETTE[colour], label=chosen.name)
    ax.set_yticks(range(len(CONNECTIONS)), [one.words.replace(", ", ",\n") for one in CONNECTIONS.values()])
    ax.set(xlabel="recovery", ylim=(len(CONNECTIONS) - 0.5, -0.5))
    ax.legend(loc="lower center", bbox_to_anchor=(0.5, 1), ncols=3)
    return figure, data


def head_maps() -> tuple[Figure, dict[str, list]]:
    """Recovery by head of every solving seed of large-32, its output patched at all nodes, both ways."""
    run = large_32.run()
    members, heads = [*solving(run)], run.config.model.heads
    maps = [head_recoveries(run, way) for way in ("denoise", "noise")]
    figure, axes = subplots(2, 1, sharex=True, height=4.2)
    for ax, found, title in zip(axes, maps, ("clean into corrupted", "corrupted into clean"), strict=True):
        image = recovery_map(ax, found, [f"seed {run.seeds[i]}" for i in members])
        ax.axvline(heads - 0.5, color="#111111", linewidth=1)  # not black, which turns white in dark pages
        ax.set_title(title)
    axes[1].set_xticks([(heads - 1) / 2, heads + (heads - 1) / 2], ["heads of layer 1", "heads of layer 2"])
    figure.colorbar(image, ax=axes, label="recovery")
    names = [str(head) for head in every_head(run.config.model.layers, heads)]
    return figure, columns("recovery", np.stack(maps), direction=["denoise", "noise"],
                           seed=[run.seeds[i] for i in members], head=names)


def sizes() -> tuple[Figure, dict[str, list]]:
    """The effective number of heads and the share of covered addresses of every solving seed, by number of cells."""
    figure, axes = subplots(1, 2, height=3.0)
    data: dict[str, list] = {"cells": [], "seed": [], "heads": [], "covered": []}
    for place, cells in enumerate(SIZES):
        number = sized(cells, lambda found: found.effective)
        covered = sized(cells, lambda found: found.covered)
        spread = place + np.linspace(-0.12, 0.12, len(number))
        for ax, values, colour in zip(axes, (number, covered), ("vermilion", "blue"), strict=True):
            ax.plot(spread, values, "o", color=PALETTE[colour], alpha=0.8)
            ax.plot([place - 0.25, place + 0.25], [values.mean()] * 2, color=PALETTE["black"])
        data["cells"] += [cells] * len(number)
        data["seed"] += [run.seeds[i] for run in runs(SIZES[cells]) for i in solving(run)]
        data["heads"] += number.round(6).tolist()
        data["covered"] += covered.round(6).tolist()
    for ax, title, top in zip(axes, ("effective number of heads", "share of addresses covered"), (16, 1), strict=True):
        ax.set(title=title, xlabel="cells", ylim=(-0.03 * top, top * 1.03))
        ax.set_xticks(range(len(SIZES)), [*map(str, SIZES)])
    return figure, data
