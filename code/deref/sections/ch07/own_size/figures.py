"""Figures of the section "The textbook's two models"."""

import numpy as np

from deref.figures.style import PALETTE, subplots
from deref.sections.ch06.own_size.figures import Drawn, or_absent
from deref.sections.ch07.own_size.large import LAYERS, TASK, read
from deref.sections.shared.book_reading import looked, on_cell
from deref.sections.shared.book_weights import members

PRINTED = {"cell": (1, 0.328, 0.185, 0), "readout": (0, 0.105, 0.297, 1)}
"""What the textbook prints of its trace, after the embedding and after each layer."""
WORDS = {"cell": "the addressed cell", "readout": "the readout"}


@or_absent
def traces() -> Drawn:
    """What a restored position brings back, after the embedding and after each layer, a line for each seed."""
    seeds, rows = members().seeds, (0, *LAYERS)
    figure, axes = subplots(1, len(WORDS), sharey=True, height=3.0)
    data: dict[str, list] = {"position": [], "seed": [], "layer": [], "recovery": []}
    for ax, (name, words) in zip(axes, WORDS.items(), strict=True):
        found = np.array([read()[f"trace.{name}-{row}"] for row in rows])
        lines = ax.plot(rows, found, color=PALETTE["blue"], linewidth=1.2)
        ax.plot(rows, PRINTED[name], "x--", color=PALETTE["vermilion"], linewidth=1, label="the textbook")
        lines[0].set_label("one seed")
        ax.set(title=words, xlabel="layer", xticks=rows, ylim=(-0.05, 1.1))
        for index, seed in enumerate(seeds):
            for row in rows:
                for column, entry in zip(data.values(), (name, seed, row, float(found[row, index])), strict=True):
                    column.append(entry)
    axes[0].set_ylabel("answer brought back")
    figure.legend(*axes[0].get_legend_handles_labels(), loc="outside lower center", ncols=2)
    return figure, data


@or_absent
def addresses() -> Drawn:
    """The weight of the last layer on the addressed cell, its heads added up, by address, a row for each seed."""
    seeds = members().seeds
    found = on_cell(looked(members(), TASK))[-1].sum(1).double().numpy()
    figure, ax = subplots(height=0.9 + 0.32 * len(seeds))
    image = ax.imshow(found, aspect="auto", vmin=0, vmax=1)
    ax.grid(visible=False)
    ax.set(xlabel="address", ylabel="seed", yticks=range(len(seeds)))
    ax.set_yticklabels([str(seed) for seed in seeds])
    figure.colorbar(image, ax=ax, label="weight on the cell", fraction=0.03)
    return figure, {"seed": np.repeat(seeds, TASK.M).tolist(), "address": list(range(TASK.M)) * len(seeds),
                    "weight": found.ravel().tolist()}
