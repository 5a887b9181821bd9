"""Section "Recall in context": word pairs in the language model's prompt, from a released record."""

from functools import cache

import numpy as np
from jaxtyping import Float
from matplotlib.figure import Figure

from deref.figures.style import PALETTE, subplots
from evidence.results import mean_t, result
from evidence.results.estimate import Estimate
from evidence.runs import Store
from evidence.runs.sweep_record import SweepRecord, record_path

SHA256 = "5f0860369dc54c0ff970039602a588ec940b8d01d0a66bb0f2d3652201e344b3"
NUMBERS = (4, 8, 16, 32)
CUTS = {"none": "with all heads", "induction": "without eight induction heads",
        "random": "without eight random heads of the same layers"}
_COLOURS = {"none": "blue", "induction": "vermilion", "random": "black"}


@cache
def record() -> SweepRecord:
    """The released record of word pairs, exactly the one that the text was written for."""
    return SweepRecord.read(record_path("recall-words"), SHA256)


def column(pairs: int, cut: str, name: str) -> Float[np.ndarray, "prompt"]:
    """One number for each prompt, the mean over draws where random heads are off.

    Args:
        pairs: of the prompts.
        cut: a key of `CUTS`.
        name: "right", the share of right answers, or "margin".
    """
    found: dict[int, list[float]] = {}
    for row in record().rows(pairs=pairs):
        if row["cut"].startswith(cut):
            found.setdefault(row["prompt"], []).append(row[name])
    return np.array([np.mean(found[prompt]) for prompt in sorted(found)])


def lost(pairs: int, cut: str) -> Float[np.ndarray, "prompt"]:
    """What each prompt's margin loses, as a share of the mean margin with all heads.

    Args:
        pairs: of the prompts.
        cut: a key of `CUTS`.
    """
    clean = column(pairs, "none", "margin")
    return (clean - column(pairs, cut, "margin")) / clean.mean()


CASES = {(str(pairs), cut): (pairs, cut) for pairs in NUMBERS for cut in CUTS}
SIZES = {str(pairs): pairs for pairs in NUMBERS}


@result.each(CASES, "recall.words.{pairs}.right-{cut}", format=".0%",
             title="Right answers about {pairs} word pairs, heads cut: {cut}")
def right(store: Store, case: tuple[int, str]) -> Estimate:
    return mean_t(column(*case, "right"), "prompts", (0, 1))


@result.each(CASES, "recall.words.{pairs}.margin-{cut}", format=".1f",
             title="Margin of the right value of {pairs} word pairs, heads cut: {cut}")
def margin(store: Store, case: tuple[int, str]) -> Estimate:
    return mean_t(column(*case, "margin"), "prompts")


@result.each(SIZES, "recall.words.{pairs}.lost", format=".0%",
             title="Share of the margin of {member} word pairs that is lost without eight induction heads")
def lost_without_induction(store: Store, pairs: int) -> Estimate:
    return mean_t(lost(pairs, "induction"), "prompts")


@result.each(SIZES, "recall.words.{pairs}.lost-random", format=".0%",
             title="Share of the margin of {member} word pairs that is lost without eight random heads")
def lost_without_others(store: Store, pairs: int) -> Estimate:
    return mean_t(lost(pairs, "random"), "prompts")


@result.each(SIZES, "recall.words.{pairs}.beyond", format=".0%",
             title="Share of the margin of {member} word pairs lost without eight induction heads, less that without "
                   "eight random heads")
def beyond_random(store: Store, pairs: int) -> Estimate:
    return mean_t(lost(pairs, "induction") - lost(pairs, "random"), "prompts")


def by_pairs() -> tuple[Figure, dict[str, list]]:
    """Right answers and margins by the number of pairs: a dot for each prompt, a line through their means."""
    figure, axes = subplots(1, 2, height=3.6)
    data: dict[str, list] = {"pairs": [], "cut": [], "prompt": [], "right": [], "margin": []}
    for shift, (cut, label) in zip((0.95, 1.0, 1.05), CUTS.items(), strict=True):
        found = {name: [column(pairs, cut, name) for pairs in NUMBERS] for name in ("right", "margin")}
        for ax, values in zip(axes, found.values(), strict=True):
            places, colour = np.array(NUMBERS) * shift, PALETTE[_COLOURS[cut]]
            ax.plot(places, [x.mean() for x in values], color=colour, label=label, linewidth=1.4)
            for place, one in zip(places, values, strict=True):
                ax.plot([place] * len(one), one, "o", color=colour, markersize=3, alpha=0.5)
        for pairs, of_right, of_margin in zip(NUMBERS, *found.values(), strict=True):
            data["pairs"] += [pairs] * len(of_right)
            data["cut"] += [cut] * len(of_right)
            data["prompt"] += list(range(len(of_right)))
            data["right"] += of_right.tolist()
            data["margin"] += of_margin.tolist()
    for ax, label in zip(axes, ("right answers", "margin"), strict=True):
        ax.set(xscale="log", xlabel="pairs in the prompt", title=label)
        ax.set_xticks(NUMBERS, [str(pairs) for pairs in NUMBERS])
        ax.minorticks_off()
    axes[0].set_ylim(-0.03, 1.05)
    figure.legend(*axes[0].get_legend_handles_labels(), loc="outside lower center", ncols=1)
    return figure, data
