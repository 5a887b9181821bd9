"""Section "What can be done without a lookup": questions that training never asks, a pointer against a table."""

from dataclasses import dataclass, replace
from functools import cache
from typing import Any

import numpy as np
import torch
from jaxtyping import Bool, Float

from deref.experiment import Experiment, experiment
from deref.model.config import ModelConfig
from deref.probes.base.memories import probe_memories
from deref.sections.ch06.baselines import baselines
from deref.sections.shared.solving import SOLVED
from deref.tasks.held_out import HeldOutTask
from deref.train.binary_positions import BinaryPositionsConfig
from evidence.results import mean_t, result, share
from evidence.results.estimate import Estimate
from evidence.runs import Run, Store

SIZES = (8, 16)
SEEDS = range(5)
PAIRS = 25  # of a hundred pairs of a memory and an address
KINDS = {"binary": "a transformer with binary positions", "learned": "a transformer with learned positions",
         "mlp": "an MLP of the whole input"}


def never(cells: int) -> tuple[int, ...]:
    """The quarter of all addresses that is never asked: two counts of ones among their bits are odd.

    The first count leaves out every third bit, from the third on, and the second every third from the first on. Two
    such addresses differ in two bits or more, and among the others any two bits take all four values, so that nothing
    a model learns of bits, or of two of them, is missing from training.

    Args:
        cells: the memory's size, a power of two of at least 8.
    """
    bits = (cells - 1).bit_length()
    rows = torch.arange(cells)[:, None] >> torch.arange(bits - 1, -1, -1) & 1
    place = torch.arange(bits) % 3
    odd = (rows[:, place != 2].sum(1) % 2 == 1) & (rows[:, place != 0].sum(1) % 2 == 1)
    return tuple(odd.nonzero()[:, 0].tolist())


def recipe(kind: str, task: HeldOutTask, **changes: Any) -> Any:
    """How a network of a kind is trained: as the section's MLP or transformer, with other questions.

    Args:
        kind: a key of `KINDS`.
        task: the questions.
        **changes: fields of the recipe that differ otherwise.
    """
    found = baselines.recipe("mlp" if kind == "mlp" else "transformer", task.pointer)
    found = replace(found, task=task, form="asked", **changes)
    if kind == "binary":
        assert isinstance(found.model, ModelConfig)
        return BinaryPositionsConfig(train=replace(found, model=replace(found.model, positions="sinusoidal")))
    return found


def _arm(name: str, kind: str, task: HeldOutTask) -> Experiment:
    return experiment(f"{name}-{kind}-{task.M}", config=recipe(kind, task), seeds=SEEDS,
                      about=f"{KINDS[kind].capitalize()} on {task.M} cells, some questions never asked.")


ADDRESSES = {(kind, size): _arm("never-asked", kind, HeldOutTask(M=size, never=never(size)))
             for kind in KINDS for size in SIZES}
OF_PAIRS = {kind: _arm("pairs", kind, HeldOutTask(M=8, pairs=PAIRS)) for kind in ("learned", "mlp")}


@dataclass(frozen=True, kw_only=True, eq=False)
class Answered:
    """How questions are answered that training asks, and those that it does not.

    Args:
        asked: the share of right answers to questions that training asks, by seed.
        never: the same of those that it never asks.
        followed: how often the answer changes with the addressed cell, at never-asked addresses; nan without any.
        followed_asked: the same at the other addresses.
    """

    asked: Float[np.ndarray, "seed"]
    never: Float[np.ndarray, "seed"]
    followed: Float[np.ndarray, "seed"]
    followed_asked: Float[np.ndarray, "seed"]


@cache  # several results and the figure ask for the same run
def answered(run: Run) -> Answered:
    """Ask every question of the memories that probes run on, as they are and with each cell flipped.

    Args:
        run: on a task with held-out questions.
    """
    task: HeldOutTask = run.config.task
    memories = probe_memories(task.pointer)
    asked, layout = task.asked(memories), task.layout("trie")
    with torch.no_grad():
        before = run.model(task.pointer.trie_tokens(memories), layout).argmax(-1)
        changed = torch.empty_like(before, dtype=torch.bool)
        for cell in range(task.M):
            flipped = memories.clone()
            flipped[:, cell] = 1 - flipped[:, cell]
            after = run.model(task.pointer.trie_tokens(flipped), layout).argmax(-1)
            changed[:, :, cell] = (after != before)[:, :, cell]
    right, held = before == memories, torch.zeros(task.M, dtype=torch.bool)
    held[list(task.never)] = True
    return Answered(asked=_mean(right, asked), never=_mean(right, ~asked),
                    followed=_mean(changed, held.expand_as(asked)), followed_asked=_mean(changed, asked))


def _mean(found: Bool[torch.Tensor, "seed memory address"],
          where: Bool[torch.Tensor, "memory address"]) -> Float[np.ndarray, "seed"]:
    return found[:, where].double().mean(1).numpy()


@dataclass(frozen=True)
class Arm:
    """Networks of one kind, and what is asked of them.

    Args:
        title: the kind, in a few words.
        experiment: that trains them.
        questions: "asked", "never" or "followed".
        what: the questions in words.
    """

    title: str
    experiment: Experiment
    questions: str
    what: str

    def values(self, store: Store) -> Float[np.ndarray, "seed"]:
        """One number a seed."""
        return getattr(answered(self.experiment.run(store)), self.questions)


_ACCURACY = {"asked": "addresses that training asks for", "never": "addresses that it never asks for"}
OF_ADDRESSES = {(kind, size, questions): Arm(KINDS[kind], arm, questions, what)
                for (kind, size), arm in ADDRESSES.items() for questions, what in _ACCURACY.items()}
FOLLOWED = {(kind, size): Arm(KINDS[kind], arm, "followed", "") for (kind, size), arm in ADDRESSES.items()}
PAIRED = {(kind, questions): Arm(KINDS[kind], arm, questions, what) for kind, arm in OF_PAIRS.items()
          for questions, what in {"asked": "memories with addresses that training asks for",
                                  "never": "memories with addresses that it never asks for together"}.items()}


@result.each(OF_ADDRESSES, "held-out.{kind}.{size}.{questions}", format=".1%",
             title="Accuracy of {member.title} on {size} cells, {member.what}")
def accuracy_at(store: Store, arm: Arm) -> Estimate:
    return mean_t(arm.values(store), bounds=(0, 1))


@result.each(FOLLOWED, "held-out.{kind}.{size}.solved", format=".0%",
             title="Share of seeds of {member.title} that solve {size} cells at the addresses that training asks for")
def solved(store: Store, arm: Arm) -> Estimate:
    found = answered(arm.experiment.run(store)).asked > SOLVED
    return share(found)


@result.each(FOLLOWED, "held-out.{kind}.{size}.followed", format=".0%",
             title="Share of flips of the addressed cell that change the answer of {member.title} on {size} cells, at "
                   "addresses that training never asks for")
def followed(store: Store, arm: Arm) -> Estimate:
    return mean_t(arm.values(store), bounds=(0, 1))


@result.each(PAIRED, "held-out.pairs.{kind}.{questions}", format=".1%",
             title="Accuracy of {member.title} on 8 cells, {member.what}")
def accuracy_of_pairs(store: Store, arm: Arm) -> Estimate:
    return mean_t(arm.values(store), bounds=(0, 1))
