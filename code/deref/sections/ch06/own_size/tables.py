"""Section "At the textbook's own size": what became of every arm, from the released records."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float
from numpy.typing import ArrayLike
from scipy import stats

from deref.sections.ch06.own_size.arms import ARMS, SIXTEEN, Told
from deref.sections.shared.book_records import curve, finals, steps
from deref.sections.shared.solving import SOLVED
from evidence.results import exact, mean_t, result, share
from evidence.results.estimate import Estimate
from evidence.runs import Store

PLATEAU, LEARNT = 0.6, 0.1
"""Training losses, in nats: above the first a model sits on the plateau of ln 2, below the second it has the task."""
SHARE = 10
"""The part of its training, one in so many, within which the largest fall of a curve is looked for."""
BASES = {"two-heads-8": "two-8", "mlp-wide-48": "mlp-48", "sweep-3": "sweep-2", "sweep-2-wide": "sweep-2",
         "depth-3": "depth-2", "unequal-2": "depth-2", "fresh-2": "depth-2", "fresh-3": "fresh-2",
         **{key: "base-16" for key in (*SIXTEEN, "start-25-16", "times-root-16") if key != "base-16"}}
"""What some arms are compared with."""
WATCHED = {key: ARMS[key] for key in ("two-8", "mlp-64-8")}


@dataclass(frozen=True)
class Pair:
    """An arm, and the one that it is compared with."""

    told: Told
    base: Told


COMPARED = {key: Pair(ARMS[key], ARMS[base]) for key, base in BASES.items()}


@result.each(ARMS, "own.{arm}.mean", title="Held-out accuracy, {member.title}")
def mean(store: Store, told: Told) -> Estimate:
    return mean_t(finals(told.part, told.arm), bounds=(0, 1))


@result.each(ARMS, "own.{arm}.solved", format=".0%", title="Share of seeds that solve the task, {member.title}")
def solved(store: Store, told: Told) -> Estimate:
    found = finals(told.part, told.arm) > SOLVED
    return share(found)


@result.each(ARMS, "own.{arm}.least", title="Held-out accuracy of the worst seed, {member.title}")
def least(store: Store, told: Told) -> Estimate:
    found = finals(told.part, told.arm)
    return exact(found.min(), f"smallest of {len(found)} seeds")


@result.each(ARMS, "own.{arm}.most", title="Held-out accuracy of the best seed, {member.title}")
def most(store: Store, told: Told) -> Estimate:
    found = finals(told.part, told.arm)
    return exact(found.max(), f"largest of {len(found)} seeds")


def difference_of_means(found: ArrayLike, base: ArrayLike) -> Estimate:
    """The mean of one group of seeds less that of another, with Welch's t interval.

    Args:
        found: one value for each seed.
        base: the same of the group that it is compared with.
    """
    one, other = np.asarray(found, dtype=float), np.asarray(base, dtype=float)
    value, count, method = one.mean() - other.mean(), len(one) + len(other), "difference of means over seeds"
    if min(len(one), len(other)) < 2:
        return Estimate(value, None, f"{method}, no interval: one value", min(len(one), len(other)), "seeds")
    if np.ptp(one) == np.ptp(other) == 0:
        return Estimate(value, None, f"{method}, no interval: all equal", min(len(one), len(other)), "seeds")
    low, high = stats.ttest_ind(one, other, equal_var=False).confidence_interval(0.95)
    return Estimate(value, (low, high), f"{method}, Welch's t interval", count, "seeds")


@result.each(COMPARED, "own.{arm}.gain", format="+.1%",
             title="Mean accuracy, {member.told.title}, less that of {member.base.title}")
def gain(store: Store, pair: Pair) -> Estimate:
    return difference_of_means(finals(pair.told.part, pair.told.arm), finals(pair.base.part, pair.base.arm))


@result.each({str(cells): Pair(ARMS[f"mlp-{cells}"], ARMS[f"base-{cells}"]) for cells in (16, 24, 32)},
             "own.mlp-{cells}.lead", format="+.1%",
             title="Mean accuracy, {member.told.title}, less that of {member.base.title}")
def lead(store: Store, pair: Pair) -> Estimate:
    return difference_of_means(finals(pair.told.part, pair.told.arm), finals(pair.base.part, pair.base.arm))


def lost_again(told: Told) -> Float[np.ndarray, "seed"]:
    """Whether each seed was seen to solve the task while it trained, and does not at the end."""
    accuracy = curve(told.part, told.arm, "accuracy")
    return (np.nanmax(accuracy, axis=1) > SOLVED) & (finals(told.part, told.arm) <= SOLVED)


@result.each({key: ARMS[key] for key in ("two-8", "eps-8", "stop-8")}, "own.{arm}.lost", format=".0%",
             title="Share of seeds that had solved the task while they trained and have not at the end, {member.title}")
def lost(store: Store, told: Told) -> Estimate:
    found = lost_again(told)
    return share(found)


def learnt(told: Told) -> Float[np.ndarray, "seed evaluation"]:
    """The training losses of the seeds that reach a small one.

    Raises:
        Absent: no seed of the arm is released.
    """
    loss = curve(told.part, told.arm, "loss")
    return loss[(loss < LEARNT).any(1)]


@result.each(WATCHED, "own.{arm}.plateau", format=",.0f", unit="steps",
             title="Steps before the training loss leaves the plateau of a guess, {member.title}")
def plateau(store: Store, told: Told) -> Estimate:
    at = steps(told.part, told.arm)
    return mean_t([at[(line < PLATEAU).argmax()] for line in learnt(told)])


def largest_fall(line: Float[np.ndarray, "evaluation"]) -> float:
    """The largest share of a curve's whole fall that lies within a tenth of it."""
    width = max(1, len(line) // SHARE)
    fallen = [line[i] - line[min(i + width, len(line) - 1)] for i in range(len(line))]
    return max(fallen) / (line.max() - line.min())


@result.each(WATCHED, "own.{arm}.fall", format=".0%",
             title="Largest share of the fall of the training loss within a tenth of training, {member.title}")
def fall(store: Store, told: Told) -> Estimate:
    return mean_t([largest_fall(line) for line in learnt(told)], bounds=(0, 1))


@result.each({hidden: hidden for hidden in ("64", "128")}, "own.mlp.parameters-{hidden}", format=",d",
             title="Parameters of the MLP with {hidden} hidden units at 8 cells")
def parameters(store: Store, hidden: str) -> Estimate:
    from deref.sections.shared.book_models import book_mlp

    shape = book_mlp(8, hidden=int(hidden)).model
    inputs = shape.length * shape.embedding
    count = shape.vocab * shape.embedding + (inputs + 1) * shape.hidden + (shape.hidden + 1) * shape.outputs
    return exact(count, "embeddings, weights and biases, counted from its shape")
