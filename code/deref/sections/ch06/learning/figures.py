"""Figures of the section "In which order it is learned"."""

import warnings

import numpy as np
from matplotlib.figure import Figure

from deref.figures.style import PALETTE, subplots
from deref.sections.ch06.learning.learning import MODELS, learning
from deref.sections.shared.models import SMALL
from deref.sections.shared.partial_address_accuracy import rung

ROWS = {"address at\nthe readout": {"told": "blue"},
        "bit against\nsame bit": {"bitwise": "purple"},
        "weight on\nthe cell": {"weight": "orange"},
        "recovery\nafter layer 1": {"cell": "green", "readout": "vermilion"},
        "bits that\nflips find": {"known": "sky"},
        "accuracy": {"answer": "black"}}
SHOWN = {"fetch": 800, "gather": 200}  # steps; what comes later changes little
TITLES = {"fetch": "legible-8: most seeds fetch", "gather": "gather: seeds gather and select"}
MARKS = {"told": ("o", "blue", "address at the readout"), "weight": ("s", "orange", "weight on the cell"),
         "known": ("^", "sky", "flips find all bits"), "answer": ("x", "black", "accuracy")}


def stages() -> tuple[Figure, dict[str, list]]:
    """Six measures on one axis of steps, for each recipe: seeds thin, those that do not solve the task dotted."""
    figure, axes = subplots(len(ROWS), len(MODELS), sharex="col", sharey="row", height=8.6)
    data: dict[str, list] = {"recipe": [], "measure": [], "seed": [], "step": [], "value": []}
    for column, (name, recipe) in enumerate(MODELS.items()):
        found = learning(recipe.kept.run())
        for ax, (title, measures) in zip(axes[:, column], ROWS.items(), strict=True):
            for measure, colour in measures.items():
                curve = found.curves[measure]
                for seed, solves, line in zip(found.seeds, found.solving, curve.T, strict=True):
                    ax.plot(found.step, line, color=PALETTE[colour], linewidth=0.6, alpha=0.4,
                            linestyle="-" if solves else ":")
                    data["recipe"] += [name] * len(line)
                    data["measure"] += [measure] * len(line)
                    data["seed"] += [seed] * len(line)
                    data["step"] += found.step.tolist()
                    data["value"] += [None if np.isnan(one) else round(float(one), 6) for one in line]
                with warnings.catch_warnings():
                    warnings.simplefilter("ignore", RuntimeWarning)  # before anything can be traced there is no mean
                    mean = np.nanmean(curve[:, found.solving], axis=1)
                ax.plot(found.step, mean, color=PALETTE[colour], linewidth=2.4,
                        label={"cell": "at the cell", "readout": "at the readout"}.get(measure))
            if len(measures) > 1 and column:
                ax.legend(fontsize="small", loc="upper right", ncols=2)
            if "answer" in measures:
                for level in (rung(SMALL, tuple(range(bits))) for bits in range(SMALL.A + 1)):
                    ax.axhline(level, color=PALETTE["black"], linewidth=0.8, linestyle=":", alpha=0.6)
            if not column:
                ax.set_ylabel(title, fontsize="small")
            ax.set_ylim(*((-0.2, SMALL.A + 0.2) if "known" in measures else (0.45, 1.03) if "answer" in measures
                          else (-0.05, 1.05)))
        axes[0, column].set_title(TITLES[name])
        axes[-1, column].set(xlabel="training step", xlim=(0, SHOWN[name]))
    return figure, data


def order() -> tuple[Figure, dict[str, list]]:
    """When each measure was halfway, a row for each seed that solves the task, the earliest answer first.

    What comes later than one and a half times the last answer is drawn at the edge.
    """
    figure, axes = subplots(1, len(MODELS), height=4.2)
    data: dict[str, list] = {"recipe": [], "seed": [], **{measure: [] for measure in MARKS}}
    for ax, (name, recipe) in zip(axes, MODELS.items(), strict=True):
        found = learning(recipe.kept.run())
        seeds = np.array(found.seeds)[found.solving]
        times = {measure: found.halfway(measure) for measure in MARKS if (name, measure) != ("gather", "weight")}
        ranks = np.argsort(times["answer"])
        edge = 1.5 * times["answer"].max()
        for measure, at in times.items():
            mark, colour, label = MARKS[measure]
            within, beyond = np.where(at > edge, np.nan, at)[ranks], np.where(at > edge, edge, np.nan)[ranks]
            ax.plot(within, range(len(ranks)), mark, color=PALETTE[colour], markersize=5, label=label)
            ax.plot(beyond, range(len(ranks)), ">", color=PALETTE[colour], markersize=7)
        data["recipe"] += [name] * len(ranks)
        data["seed"] += seeds[ranks].tolist()
        for measure in MARKS:
            data[measure] += times[measure][ranks].round(1).tolist() if measure in times else [None] * len(ranks)
        ax.set(title=TITLES[name], xlabel="training step, halfway", yticks=range(len(ranks)),
               ylim=(len(ranks) - 0.5, -0.5))
        ax.set_yticklabels(seeds[ranks].tolist(), fontsize="small")
    axes[0].set_ylabel("seed")
    handles, labels = axes[0].get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside lower center", ncols=4, fontsize="small")
    return figure, data
