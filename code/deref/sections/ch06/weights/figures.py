"""Figures of the section "The dereference in the weights"."""

import matplotlib as mpl
import numpy as np
from matplotlib.figure import Figure

from deref.figures.maps import columns
from deref.figures.style import DIVERGING, PALETTE, SEQUENTIAL, subplots
from deref.sections.ch06.weights.weights import CELLS, RECIPES, drawn, over_seeds, shown_form


def compared() -> tuple[Figure, dict[str, list]]:
    """The form of the hand-written pointer, of a table and of the seed of `legible-8` that pages show."""
    forms = {"written by hand": drawn("written"), "a table": drawn("table"), "a number line": drawn("line"),
             "legible-8, trained": shown_form()}
    figure, axes = subplots(1, len(forms), height=2.3, sharey=True)
    maps = []
    for ax, (name, one) in zip(axes, forms.items(), strict=True):
        scaled = one.form[0, 0].numpy() / one.form[0, 0].abs().max().item()
        ax.imshow(scaled, cmap=DIVERGING, vmin=-1, vmax=1)
        best = scaled.argmax(1)
        ax.plot(best, range(CELLS), "o", color=PALETTE["black"], markersize=3)
        ax.set(title=name, xlabel="cell", xticks=range(0, CELLS, 2), yticks=range(0, CELLS, 2))
        ax.grid(False)
        maps.append(scaled)
    axes[0].set_ylabel("address")
    return figure, columns("score", np.stack(maps), form=list(forms), address=range(CELLS), cell=range(CELLS))


def sliding() -> tuple[Figure, dict[str, list]]:
    """The scores of `legible-8`, as a curve over cells for each address, beside those of the hand-written pointer."""
    figure, axes = subplots(1, 2, height=3.0)
    forms = {"written by hand": drawn("written"), "legible-8, trained": shown_form()}
    colours = mpl.colormaps[SEQUENTIAL](np.linspace(0.35, 0.92, CELLS))  # darker ones vanish on a dark page
    scores = []
    for ax, (name, one) in zip(axes, forms.items(), strict=True):
        form = one.form[0, 0].numpy()
        for address, colour in enumerate(colours):
            ax.plot(range(CELLS), form[address], color=colour, linewidth=1.2)
            ax.plot(form[address].argmax(), form[address].max(), "o", color=colour)
            ax.annotate(str(address), (form[address].argmax(), form[address].max()), textcoords="offset points",
                        xytext=(0, 5), ha="center", fontsize=8)
        ax.margins(y=0.12)
        ax.set(title=name, xlabel="cell", xticks=range(CELLS))
        scores.append(form)
    axes[0].set_ylabel("score, nats")
    return figure, columns("score", np.stack(scores), form=list(forms), address=range(CELLS), cell=range(CELLS))


def shares() -> tuple[Figure, dict[str, list]]:
    """How much of the form is bit against bit, and how much is number times number, a point for each solving seed."""
    figure, ax = subplots(height=3.4)
    data: dict[str, list] = {"recipe": [], "bitwise": [], "number": [], "own": []}
    for (name, recipe), (colour, mark) in zip(RECIPES.items(), (("blue", "o"), ("orange", "s"), ("vermilion", "^"),
                                                                ("black", "D")), strict=True):
        found = {share: over_seeds(recipe, share) for share in ("bitwise", "number", "own")}
        ax.plot(found["bitwise"], found["number"], mark, color=PALETTE[colour], alpha=0.7, markersize=5,
                label=recipe.name)
        data["recipe"] += [name] * len(found["own"])
        for share, values in found.items():
            data[share] += values.round(6).tolist()
    for name, label in (("written", "written by hand"), ("table", "a table"), ("line", "a number line")):
        one = drawn(name)
        ax.plot(one.bitwise, one.number, "*", color=PALETTE["purple"], markersize=12)
        right = one.bitwise.item() > 0.9
        ax.annotate(label, (one.bitwise.item(), one.number.item()), textcoords="offset points",
                    xytext=(-8 if right else 8, 5), ha="right" if right else "left", fontsize=9)
    ax.set(xlabel="bit against the same bit", ylabel="number times number", xlim=(0, 1.05), ylim=(-0.03, 1.1))
    ax.legend(fontsize=8, loc="upper left", bbox_to_anchor=(0, 0.98))
    return figure, data
