"""Section "A real language model": what single heads are worth to a margin, and whether the others cover for one."""

from collections.abc import Sequence
from functools import cache

import numpy as np

from deref.figures.style import subplots
from deref.lm.baseline import baseline
from deref.lm.margins import margins
from deref.lm.model import language_model
from deref.lm.repeats import AGAIN, FIRST, random_repeats
from deref.probes.base.tappable import Head
from deref.sections.ch07.language.figures import Drawing, costs_by_head, costs_by_number, needs_model
from deref.sections.ch07.language.heads import SELECTED_ON, TOP, induction_heads
from deref.sections.ch07.language.repeats import BARELY, KINDS, Kind, answers, random_cost, singles
from evidence.results import exact, mean_t, result
from evidence.results.estimate import Estimate
from evidence.runs import Store

NUMBERS = (1, 2, 4, TOP)


def gain(kind: Kind) -> float:
    """What repetition adds to the margin, mean over sequences.

    Args:
        kind: of repeats.
    """
    return (answers(kind).margin - answers(kind, where=FIRST).margin).mean()


def cost(kind: Kind, *without: Head) -> np.ndarray:
    """The share of the gain that is lost without some heads (sequence,).

    Args:
        kind: of repeats.
        *without: the heads.
    """
    return (answers(kind).margin - answers(kind, without).margin) / gain(kind)


@cache
def costliest() -> Head:
    """The induction head without which most is lost on the sequences that are kept for choosing."""
    tokens = random_repeats(SELECTED_ON, language_model().shape.vocab)
    run = baseline(language_model(), tokens)
    left = [margins(run.logits(AGAIN, without=[head]), tokens, AGAIN).mean().item() for head in induction_heads()]
    return induction_heads()[int(np.argmin(left))]


def written(kind: Kind) -> np.ndarray:
    """What each of the eight heads contributes itself, as shares of the gain (head, sequence).

    Args:
        kind: of repeats.
    """
    return answers(kind).written / gain(kind)


def made_up(kind: Kind) -> np.ndarray:
    """How much more the other seven contribute when one of the eight is lost, added up over the eight (sequence,).

    Args:
        kind: of repeats.
    """
    more = []
    for i, head in enumerate(induction_heads()):
        change = answers(kind, (head,)).written - answers(kind).written
        more.append(np.delete(change, i, axis=0).sum(0))
    return np.sum(more, axis=0) / gain(kind)


@result.each(KINDS, "lm.{kind}.margin.first", format=".1f",
             title="Margin of the right token on what comes for the first time, {member.what} repeated")
def margin_at_first(store: Store, kind: Kind) -> Estimate:
    return mean_t(answers(kind, where=FIRST).margin, kind.units)


@result.each(KINDS, "lm.{kind}.margin.again", format=".1f",
             title="Margin of the right token on the repeat, {member.what} repeated")
def margin_on_the_repeat(store: Store, kind: Kind) -> Estimate:
    return mean_t(answers(kind).margin, kind.units)


@result.each(KINDS, "lm.{kind}.margin.costliest",
             title="Share of the margin's gain lost without the head that cost most on other sequences, "
                   "{member.what} repeated")
def lost_without_the_costliest(store: Store, kind: Kind) -> Estimate:
    return mean_t(cost(kind, costliest()), kind.units)


@result.each(KINDS, "lm.{kind}.margin.median",
             title="Share of the margin's gain lost without one of eight induction heads, their median, "
                   "{member.what} repeated")
def lost_without_one(store: Store, kind: Kind) -> Estimate:
    return mean_t(np.median(singles(cost, kind), axis=0), kind.units)


@result.each(KINDS, "lm.{kind}.margin.sum",
             title="Shares of the margin's gain lost without each of eight induction heads, added up, "
                   "{member.what} repeated")
def lost_one_by_one(store: Store, kind: Kind) -> Estimate:
    return mean_t(singles(cost, kind).sum(0), kind.units)


@result.each(KINDS, "lm.{kind}.margin.joint",
             title="Share of the margin's gain lost without eight induction heads at once, {member.what} repeated")
def lost_at_once(store: Store, kind: Kind) -> Estimate:
    return mean_t(cost(kind, *induction_heads()), kind.units)


@result.each(KINDS, "lm.{kind}.margin.surplus",
             title="What losing eight induction heads at once costs the margin beyond the sum of losing each, "
                   "{member.what} repeated")
def surplus(store: Store, kind: Kind) -> Estimate:
    return mean_t(cost(kind, *induction_heads()) - singles(cost, kind).sum(0), kind.units)


@result.each(KINDS, "lm.{kind}.margin.chance",
             title="Share of the margin's gain lost without eight random heads of the same layers, "
                   "{member.what} repeated")
def lost_without_random_heads(store: Store, kind: Kind) -> Estimate:
    return mean_t(random_cost(cost, kind, TOP), kind.units)


@result.each(KINDS, "lm.{kind}.margin.written",
             title="Share of the margin's gain that eight induction heads contribute themselves, "
                   "{member.what} repeated")
def written_by_the_heads(store: Store, kind: Kind) -> Estimate:
    return mean_t(written(kind).sum(0), kind.units)


@result.each(KINDS, "lm.{kind}.margin.made-up",
             title="How much more of the margin's gain the other seven contribute when one of the eight is lost, added "
                   "up over the eight, {member.what} repeated")
def written_more_by_the_others(store: Store, kind: Kind) -> Estimate:
    return mean_t(made_up(kind), kind.units)


@result.each(KINDS, "lm.{kind}.margin.barely", format="d",
             title="Of eight induction heads, how many barely matter to the margin, {member.what} repeated")
def barely(store: Store, kind: Kind) -> Estimate:
    upper = [mean_t(one, kind.units).ci[1] for one in singles(cost, kind)]
    return exact(sum(end < BARELY for end in upper), "heads whose whole interval is below a twentieth of the gain")


@needs_model
def one_by_one() -> Drawing:
    """What each of the eight heads costs alone, on both kinds of repeats."""
    figure, ax = subplots(height=3.4)
    found = {kind.what: [mean_t(one, kind.units) for one in singles(cost, kind)] for kind in KINDS.values()}
    return figure, costs_by_head(ax, [str(head) for head in induction_heads()], found, BARELY)


@needs_model
def together() -> Drawing:
    """What the strongest heads cost together, against their sum and against random heads."""
    figure, axes = subplots(1, 2, height=3.2, sharey=True)

    def lines(kind: Kind) -> dict[str, Sequence[float]]:
        alone = singles(cost, kind).mean(1)
        return {"at once": [cost(kind, *induction_heads()[:n]).mean() for n in NUMBERS],
                "added up": [alone[:n].sum() for n in NUMBERS],
                "random heads": [random_cost(cost, kind, n).mean() for n in NUMBERS]}

    return figure, costs_by_number(axes, NUMBERS, {kind.what: lines(kind) for kind in KINDS.values()})
