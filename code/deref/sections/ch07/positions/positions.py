"""Section "Positions outside the stream": two recipes with rotary positions, and with linear biases."""

from dataclasses import dataclass

import numpy as np

from deref.experiment import Experiment, experiment
from deref.sections.ch07.algorithms.algorithms import FETCHES, traced
from deref.sections.shared.models import gather_waves, legible_8, runs
from deref.sections.shared.solving import accuracies, share_solving
from deref.train.relative_positions import RelativePositionsConfig
from evidence.results import exact, mean_t, result, share, survival
from evidence.results.estimate import Estimate
from evidence.runs import Store


def _told(kind: str, name: str, recipe: Experiment, seeds: range, about: str) -> Experiment:
    """A recipe with positions of another kind."""
    return experiment(name, seeds=seeds, about=f"As {recipe.name}, {about}.",
                      config=RelativePositionsConfig(kind=kind, train=recipe.config))


def _rotary(name: str, recipe: Experiment, seeds: range) -> Experiment:
    return _told("rotary", name, recipe, seeds, "with rotary positions")


def _biased(name: str, recipe: Experiment) -> Experiment:
    return _told("alibi", name, recipe, range(5), "with scores that fall with the distance")


@dataclass(frozen=True, kw_only=True)
class Arm:
    """A recipe with positions of three kinds.

    Args:
        words: the recipe, in the words of titles.
        waves: with sinusoids in the stream.
        rotary: with rotary positions.
        alibi: with linear biases.
    """

    words: str
    waves: Experiment
    rotary: Experiment
    alibi: Experiment


rotary_one_head = _rotary("rotary-one-head", legible_8, range(16))
"""Eight cells, one head a layer, rotary positions: where it solves the task, it has gathered."""

ARMS = {
    "one-head": Arm(words="one head", waves=legible_8, rotary=rotary_one_head,
                    alibi=_biased("alibi-one-head", legible_8)),
    "four-heads": Arm(words="four heads", waves=gather_waves,
                      rotary=_rotary("rotary-four-heads", gather_waves, range(32)),
                      alibi=_biased("alibi-four-heads", gather_waves)),
}


@result.each(ARMS, "positions.{recipe}.solved", format=".0%",
             title="Share of seeds that solve 8 cells with rotary positions, {member.words}")
def solved(store: Store, arm: Arm) -> Estimate:
    return share_solving(arm.rotary.run(store))


@result.each(ARMS, "positions.{recipe}.waiting", format=".2f",
             title="Recovery at the addressed cell after layer 1, seeds with rotary positions that solve the task, "
                   "{member.words}")
def waiting(store: Store, arm: Arm) -> Estimate:
    return mean_t(traced(arm.rotary.run(store)).waiting)


@result.each(ARMS, "positions.{recipe}.fetching", format=".0%",
             title="Share of seeds whose cell brings back over two thirds of the answer after layer 1, seeds with "
                   "rotary positions that solve the task, {member.words}")
def fetching(store: Store, arm: Arm) -> Estimate:
    return share(traced(arm.rotary.run(store)).waiting > FETCHES)


@result.each(ARMS, "positions.{recipe}.gap", format="+.2f",
             title="Recovery at the addressed cell after layer 1, {member.words}: sinusoids minus rotary positions")
def gap(store: Store, arm: Arm) -> Estimate:
    waves = np.concatenate([traced(run).waiting for run in runs(arm.waves, store)])
    return survival.difference_of_medians(waves, traced(arm.rotary.run(store)).waiting)


@result.each(ARMS, "positions.{recipe}.biased", format=".1%",
             title="Accuracy on 8 cells with linear biases, best seed, {member.words}")
def biased(store: Store, arm: Arm) -> Estimate:
    found = accuracies(arm.alibi.run(store))
    return exact(found.max(), f"largest of {len(found)} seeds")
