"""Figures of the section "The causal trace": recovery by class of position, one whole map, and two algorithms."""

import numpy as np
from matplotlib.figure import Figure

from deref.figures.maps import columns, recovery_map
from deref.figures.notes import note
from deref.figures.style import PALETTE, WIDTH, subplots
from deref.probes.pointer.trace import CLASSES
from deref.sections.ch07.trace.trace import BITS, CELL, MAPPED, MODELS, READOUT, ensemble, traced
from deref.sections.shared.models import fetch, gather, large_32, runs, shown


def by_class() -> tuple[Figure, dict[str, list]]:
    """Recovery by row and class of position: the member shown in thick lines, the other solving seeds in thin ones."""
    figure, axes = subplots(1, 2, sharey=True)
    colours = {CELL: "blue", BITS: "green", READOUT: "vermilion"}
    data: dict[str, list] = {}
    for ax, chosen in zip(axes, MODELS.values(), strict=True):
        trace = traced(shown(chosen), "denoise")
        thick = trace.by_class()[0].numpy()
        thin = np.concatenate([ensemble(run)[1].numpy() for run in runs(chosen)])
        for kind, colour in colours.items():
            ax.plot(thin[:, :, kind].T, color=PALETTE[colour], linewidth=0.8, alpha=0.7)
            ax.plot(thick[:, kind], color=PALETTE[colour], marker="o", linewidth=2.5, label=CLASSES[kind])
        ax.set_xticks(range(len(trace.rows)))
        ax.set(title=chosen.name, xlabel="patched after layer (0: embedding)")
        table = columns("recovery", thick[None], model=[chosen.name], row=trace.rows, positions=CLASSES)
        data = {key: data.get(key, []) + values for key, values in table.items()}
    note(axes[0], "the bit starts in its\ncell, ends at the readout", (0.62, 0.4))
    axes[0].set_ylabel("recovery")
    figure.legend(*axes[0].get_legend_handles_labels(), loc="outside lower center", ncols=3)
    return figure, data


def whole(address: int = MAPPED) -> tuple[Figure, dict[str, list]]:
    """Recovery at every layer and position of large-32 for one address, clean into corrupted and the other way."""
    member = shown(large_32)
    figure, axes = subplots(2, 1, sharex=True, height=3.0)
    figure.set_size_inches(1.36 * WIDTH, 3.0)  # the page gives it the margin too, so that a position is a square to see
    titles = {"denoise": "clean into corrupted", "noise": "corrupted into clean"}
    maps = []
    for ax, (direction, title) in zip(axes, titles.items(), strict=True):
        trace = traced(member, direction)
        maps.append(trace.by_position(address)[0].numpy())
        image = recovery_map(ax, maps[-1], ("embedding", "layer 1", "layer 2"))
        ax.set_title(title)
    task = member.task
    names = [f"cell {i}" for i in range(task.M)] + [f"address bit {i}" for i in range(task.A)]
    axes[1].set_xticks([0, address, task.M, task.T - 1], ["cell 0", f"cell {address}", "address", "readout"])
    axes[1].get_xticklabels()[2].set_horizontalalignment("right")  # else it runs into the readout's
    figure.colorbar(image, ax=axes, label="recovery")
    return figure, columns("recovery", np.stack(maps), direction=[*titles], row=trace.rows, position=names)


def two_algorithms() -> tuple[Figure, dict[str, list]]:
    """Each solving seed of fetch and gather: how much of the bit waits in its cell, and how legible its map is."""
    figure, ax = subplots(height=3.2)
    data: dict[str, list] = {"run": [], "seed": [], "coverage": [], "recovery": []}
    for chosen, colour, marker in ((fetch, "blue", "o"), (gather, "vermilion", "s")):
        seeds, recovery, coverage = ensemble(chosen.run())
        waiting = recovery[:, 1, CELL]
        ax.scatter(waiting, coverage, color=PALETTE[colour], marker=marker, label=chosen.name, alpha=0.8)
        data["run"] += [chosen.name] * len(coverage)
        data["seed"] += seeds
        data["coverage"] += coverage.tolist()
        data["recovery"] += [round(x, 6) for x in waiting.tolist()]
    ax.set(xlabel="recovery at the addressed cell after layer 1", ylabel="addresses covered, of 8",
           xlim=(-0.05, 1.05), ylim=(-0.5, 8.5))
    ax.legend(loc="upper left")
    return figure, data
