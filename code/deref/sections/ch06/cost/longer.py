"""Section "What attention costs": a longer window for a trained model, and what it does to facts and to lookups."""

import numpy as np
from matplotlib.figure import Figure

from deref.figures import growth as growths
from deref.figures.growth import by_seed
from deref.figures.style import PALETTE, subplots
from deref.sections.shared import context_recall
from deref.sections.shared.context_recall import Lengthening, asked, known, recall
from evidence.results import mean_t, result
from evidence.results.estimate import Estimate
from evidence.runs import Store, default_store

FACTORS = (1, 2, 4)
WAYS = {"unseen": False, "shared": True}


LONGER = {(way, str(factor)): Lengthening(f"at {factor} times the length, {way} positions", factor, shared)
          for way, shared in WAYS.items() for factor in FACTORS[1:]}


@result("longer.trained.facts", title="Facts known at the trained length")
def facts_trained(store: Store) -> Estimate:
    return mean_t(known(asked(context_recall.placed, store)), bounds=(0, 1))


@result("longer.trained.lookups", title="Notes found at the trained length")
def lookups_trained(store: Store) -> Estimate:
    return mean_t(recall(asked(context_recall.placed, store)), bounds=(0, 1))


@result.each(LONGER, "longer.{positions}.x{factor}.facts", title="Facts known {member.name}")
def facts(store: Store, way: Lengthening) -> Estimate:
    return mean_t(known(way.asked(context_recall.placed, store)), bounds=(0, 1))


@result.each(LONGER, "longer.{positions}.x{factor}.lookups", title="Notes found {member.name}")
def lookups(store: Store, way: Lengthening) -> Estimate:
    return mean_t(recall(way.asked(context_recall.placed, store)), bounds=(0, 1))


def lengthening() -> tuple[Figure, dict[str, list]]:
    """Facts and lookups against length, for both ways of giving positions to a longer context."""
    contexts = [factor * context_recall.TASK.context for factor in FACTORS]
    figure, axes = subplots(1, 2, sharey=True, height=3.0)
    curves = {}
    for ax, (way, shared) in zip(axes, WAYS.items(), strict=True):
        found = [asked(context_recall.placed, default_store(), factor, shared=shared) for factor in FACTORS]
        for name, score, colour, mark in (("facts", known, "green", "s"), ("lookups", recall, "vermilion", "o")):
            values = np.stack([score(one) for one in found], 1)
            by_seed(ax, contexts, values, colour, mark, name)
            curves |= {f"{name}, {way}, seed {seed}": line
                       for seed, line in zip(context_recall.placed.seeds, values, strict=True)}
        ax.axhline(1 / context_recall.TASK.values, color=PALETTE["black"], linestyle=":", linewidth=1)
        ax.set_xticks(contexts, contexts)
        ax.set(title=f"{way} positions", xlabel="length, tokens", ylim=(0, 1.03))
    axes[0].set_ylabel("answered correctly")
    axes[0].legend(fontsize="small", loc="lower left")
    return figure, growths.columns("length", contexts, curves)
