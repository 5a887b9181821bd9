"""Section "What attention costs": how thin attention weight gets in longer contexts."""

import math

import numpy as np
import torch
from matplotlib.figure import Figure

from deref.figures import growth as growths
from deref.figures.growth import by_seed, growth
from deref.figures.style import subplots
from deref.model.attention import attention
from deref.sections.shared import context_recall
from deref.sections.shared.context_recall import Lengthening, asked, early_less_late, recall
from evidence.results import exact, mean_t, result
from evidence.results.estimate import Estimate
from evidence.runs import Store, default_store

GAPS = (2, 4, 6, 8)
LENGTHS = tuple(2**i for i in range(1, 15))
FACTORS = (1, 2, 4, 8)


def weight(length: int, gap: float) -> float:
    """The weight that the book's attention puts on one key that scores a gap above all the others.

    Args:
        length: the number of keys.
        gap: how much more the key scores than each of the others, after the scaling.
    """
    keys = torch.zeros(length, 1, dtype=torch.float64)
    keys[0] = gap
    _, pattern = attention(torch.ones(1, 1, dtype=torch.float64), keys, keys, torch.ones(1, length, dtype=torch.bool))
    return float(pattern[0, 0])


def predicted(length: int, gap: float) -> float:
    """The same by the formula: one exponential against the sum of all."""
    return 1 / (1 + (length - 1) * math.exp(-gap))


@result("dilution.theory-gap", title="Largest difference between measured weights and the formula", format=".0e")
def theory_gap(store: Store) -> Estimate:
    """All gaps and lengths of the figure."""
    return exact(max(abs(weight(n, gap) - predicted(n, gap)) for gap in GAPS for n in LENGTHS),
                 f"largest over {len(GAPS)} gaps and {len(LENGTHS)} lengths")


@result("dilution.half-6", title="Shortest context in which a gap of 6 leaves less than half of the weight",
        unit="tokens", format="d")
def half(store: Store) -> Estimate:
    """Found by trying lengths."""
    return exact(next(n for n in range(1, 10_000) if weight(n, 6) < 0.5), "smallest length that does")


LONGER = {str(factor): factor for factor in FACTORS}


@result.each(LONGER, "dilution.weight.x{factor}", title="Weight on the asked note at {factor} times the trained length",
             format=".2f")
def weight_on_note(store: Store, factor: int) -> Estimate:
    return mean_t(asked(context_recall.bag, store, factor).weight.mean((1, 2)), bounds=(0, 1))


@result.each(LONGER, "dilution.recall.x{factor}",
             title="Recall of notes at {factor} times the trained length, no positions")
def recall_of_notes(store: Store, factor: int) -> Estimate:
    return mean_t(recall(asked(context_recall.bag, store, factor)), bounds=(0, 1))


@result("dilution.weight-change", title="Change of the weight on the asked note from the trained length to eight times "
                                        "that", format=".2f")
def weight_change(store: Store) -> Estimate:
    """Within each seed."""
    short, long = (asked(context_recall.bag, store, factor).weight.mean((1, 2)) for factor in (1, FACTORS[-1]))
    return mean_t(long - short)


@result("dilution.recall-change", title="Change of recall from the trained length to eight times that")
def recall_change(store: Store) -> Estimate:
    """Within each seed."""
    short, long = (recall(asked(context_recall.bag, store, factor)) for factor in (1, FACTORS[-1]))
    return mean_t(long - short)


EARLY = {"trained": Lengthening("trained length"),
         "unseen": Lengthening("four times the length, unseen positions", factor=4),
         "shared": Lengthening("four times the length, shared positions", factor=4, shared=True)}


@result.each(EARLY, "dilution.early-weight.{positions}", format=".3f",
             title="Weight on early notes less that on late notes, {member.name}")
def early_weight(store: Store, way: Lengthening) -> Estimate:
    found = way.asked(context_recall.placed, store)
    return mean_t(early_less_late(found.weight, found.place))


@result.each(EARLY, "dilution.early-recall.{positions}",
             title="Recall of early notes less that of late notes, {member.name}")
def early_recall(store: Store, way: Lengthening) -> Estimate:
    found = way.asked(context_recall.placed, store)
    return mean_t(early_less_late(found.notes, found.place))


def thinning() -> tuple[Figure, dict[str, list]]:
    """Weights at a fixed gap against length; and the trained models' weight and recall."""
    by_gap = {f"gap {gap}": [weight(n, gap) for n in LENGTHS] for gap in GAPS}
    contexts = [factor * context_recall.TASK.context for factor in FACTORS]
    trained = {"weight on the note": np.stack([asked(context_recall.bag, default_store(), f).weight.mean((1, 2))
                                               for f in FACTORS], 1),
               "recall": np.stack([recall(asked(context_recall.bag, default_store(), f)) for f in FACTORS], 1)}
    figure, axes = subplots(1, 2, height=3.2)
    growth(axes[0], LENGTHS, by_gap).set(title="a fixed gap", ylabel="weight on the one key")
    axes[0].axhline(0.5, color="#000000", linestyle=":", linewidth=1)
    for (name, values), colour, mark in zip(trained.items(), ("vermilion", "blue"), ("o", "s"), strict=True):
        by_seed(axes[1], contexts, values, colour, mark, name)
    axes[1].set_xscale("log", base=2)
    axes[1].set_xticks(contexts, contexts)
    axes[1].set(title="trained models", xlabel="length, tokens", ylim=(0, 1.03))
    axes[1].legend(fontsize="small", loc="lower left")
    first = growths.columns("length", LENGTHS, by_gap)
    second = growths.columns("length", contexts, {f"{name}, seed {seed}": line for name, lines in trained.items()
                                                  for seed, line in zip(context_recall.bag.seeds, lines, strict=True)})
    return figure, {name: first[name] + second[name] for name in first}
