"""Figures of the section "Weight is not flow": two written heads, and ranks of trained edges."""

import numpy as np
from matplotlib.figure import Figure

from deref.constructions.misleading_heads import FETCHING, MISLEADING
from deref.figures.maps import columns, weight_map
from deref.figures.notes import note
from deref.figures.style import PALETTE, subplots
from deref.sections.ch07.weight.weight import CELLS, EFFECTS, MEASURES, TRAINED, ranked, written
from deref.sections.shared.solving import solving
from evidence.runs import default_store


def heads() -> tuple[Figure, dict[str, list]]:
    """Weight and effect of both written heads: a row for each address, a column for each cell."""
    edges = written()
    shares = {"weight": edges.weight[0], "margin lost": edges.cut[0] / edges.margin[0, :, :, None, None]}
    figure, axes = subplots(2, 2, sharex=True, sharey=True, height=5.2)
    for row, (head, name) in enumerate(((MISLEADING, "stare"), (FETCHING, "glance"))):
        for ax, (what, values) in zip(axes[row], shares.items(), strict=True):
            image = weight_map(ax, values[:, :, head].mean(0).numpy(), cells=CELLS)
            ax.set_title(f"{name}: {what}")
            ax.set_xticks(range(0, CELLS, 2))
        axes[row, 0].set_ylabel("address")
    said = ("all weight here …", "… and nothing lost", "hardly a weight …", "… and all is lost")
    for ax, text, words in zip(axes.flat, said, ((4.8, 5.8), (3.5, 3.5), (3.5, 3.5), (2.2, 5.8)), strict=True):
        note(ax, text, words, on_map=True)
    for ax in axes[-1]:
        ax.set_xlabel("cell")
    figure.colorbar(image, ax=axes, label="share", shrink=0.6)
    table = np.stack([[values[:, :, head].mean(0).numpy() for values in shares.values()]
                      for head in (MISLEADING, FETCHING)])
    return figure, columns("share", table, head=["stare", "glance"], what=list(shares), address=range(CELLS),
                           cell=range(CELLS))


def ranks() -> tuple[Figure, dict[str, list]]:
    """The rank correlation of every solving seed: weight and weighted value, all edges and strong ones."""
    figure, axes = subplots(1, 2, sharey=True, height=4.4)
    data: dict[str, list] = {"ensemble": [], "seed": [], "edges": [], "measure": [], "effect": [], "correlation": []}
    looks = {"weight": ("vermilion", "o", -0.1), "norm": ("blue", "D", 0.1)}
    for row, (key, chosen) in enumerate(TRAINED.items()):
        run = chosen.run(default_store())
        for ax, effect in zip(axes, EFFECTS, strict=True):
            for measure, (colour, marker, shift) in looks.items():
                for edges, correlations, further in (("all", ranked(run).every, -0.15),
                                                     ("strong", ranked(run).strong, 0.15)):
                    if edges == "strong" and chosen.config.model.heads == 1:
                        continue
                    found = correlations[measure, effect]
                    ax.plot(found, np.full(len(found), row + shift + further), marker, color=PALETTE[colour],
                            markersize=5, markerfacecolor="none" if edges == "strong" else None, alpha=0.8,
                            label=f"{MEASURES[measure]}, {edges} edges" if key == "large-32" else None)
                    for column, value in (("ensemble", key), ("edges", edges), ("measure", MEASURES[measure]),
                                          ("effect", EFFECTS[effect])):
                        data[column] += [value] * len(found)
                    data["seed"] += [run.seeds[i] for i in solving(run)]
                    data["correlation"] += found.round(6).tolist()
    for ax, title in zip(axes, ("with cutting the edge", "with flipping its bit"), strict=True):
        ax.axvline(0.7, color=PALETTE["black"], linewidth=0.9, linestyle=":")
        ax.set(title=title, xlabel="rank correlation", xlim=(0, 1.03), ylim=(len(TRAINED) - 0.5, -0.5))
        ax.set_xticks([0, 0.5, 1], ["0", "0.5", "1"])
    axes[0].set_yticks(range(len(TRAINED)), list(TRAINED))
    figure.legend(*axes[0].get_legend_handles_labels(), loc="outside lower center", ncols=2)
    return figure, data
