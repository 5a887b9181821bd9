"""Section "What can be done without a lookup": networks without attention on the pointer task, over memory sizes."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import torch

from deref.experiment import Experiment, experiment
from deref.model.baselines import BaselineConfig
from deref.model.config import ModelConfig
from deref.model.recurrent import RecurrentConfig
from deref.sections.shared.partial_address_accuracy import majority
from deref.sections.shared.solving import accuracies, share_solving
from deref.tasks.pointer import PointerTask
from deref.train.baselines import NetworkConfig
from deref.train.config import TrainConfig
from evidence.results import exact, mean_t, result
from evidence.results.estimate import Estimate
from evidence.runs import Store

SIZES = (8, 16, 32)
LAYERS, KERNEL = 4, 3  # of the convolutions: a reach of nine tokens

BLIND = ("bag", "position-wise", "convolution")
WHOLE = ("mlp", "gru", "lstm")
TITLES = {"bag": "a bag of bits", "position-wise": "a position-wise network", "convolution": "convolutions",
          "mlp": "an MLP of the whole input", "gru": "a GRU", "lstm": "an LSTM", "transformer": "a transformer"}


def _model(kind: str, task: PointerTask) -> BaselineConfig | RecurrentConfig | ModelConfig:
    """The network of a kind, with about 26,000 parameters at 32 cells, where it can have as many."""
    fit: dict[str, Any] = {"vocab": task.vocab, "outputs": task.outputs, "length": task.length}
    match kind:
        case "bag":
            return BaselineConfig(kind="bag", width=16, **fit)
        case "position-wise":
            return BaselineConfig(kind="position", width=128, hidden=1, **fit)
        case "convolution":
            return BaselineConfig(kind="convolution", width=40, hidden=2, layers=LAYERS, kernel=KERNEL, **fit)
        case "mlp":
            return BaselineConfig(kind="whole", width=128, hidden=1, **fit)
        case "gru":
            return RecurrentConfig(cell="gru", embedding=8, width=88, **fit)
        case "lstm":
            return RecurrentConfig(cell="lstm", embedding=8, width=76, keep=1.0, **fit)
    return ModelConfig(layers=2, heads=8, width=32, mlp=128, **fit)


def recipe(kind: str, task: PointerTask) -> TrainConfig | NetworkConfig:
    """How a network of a kind is trained.

    Args:
        kind: a key of `TITLES`.
        task: the pointer task.
    """
    of = TrainConfig if kind == "transformer" else NetworkConfig
    return of(task=task, model=_model(kind, task), batch=8, warmup=100, schedule="cosine", eval_every=50,
              # The first three are as good after 400 steps as they can be at all, see `ceiling`.
              steps=400 if kind in BLIND else 800,
              lr=3e-3 if kind in ("convolution", "transformer") else 1e-2)


def _arm(kind: str, size: int) -> Experiment:
    # An MLP at one of three sizes is one result of eighteen that a claim reads together, so it has to stand out.
    return experiment(f"baseline-{kind}-{size}", config=recipe(kind, PointerTask(M=size)),
                      seeds=range(10 if kind == "mlp" and size in SIZES else 5),
                      about=f"{TITLES[kind].capitalize()} on {size} cells.")


ARMS = {(kind, size): _arm(kind, size) for kind in TITLES for size in SIZES}
LARGER = _arm("mlp", 64)


def ceiling(kind: str, task: PointerTask) -> float:
    """The best accuracy that a network of a kind can have, by what reaches its answer.

    Args:
        kind: one of `BLIND`.
        task: the pointer task.

    Returns:
        For a bag, that of the best threshold on the number of ones among memory and address; for a position-wise
        network, a coin's; for convolutions, that of knowing the cells within reach and guessing the others.
    """
    if kind == "bag":
        return _best_threshold(task)
    reach = _model(kind, task).reach
    seen = min(task.M, max(0, reach - task.A))
    return (seen + (task.M - seen) / 2) / task.M


def _best_threshold(task: PointerTask) -> float:
    """Count how often each number of ones goes with each answer, and cut where most are right."""
    others = np.array([1.0])
    for _ in range(task.M - 1):  # how likely each number of ones is among the cells that were not asked for
        others = np.convolve(others, [0.5, 0.5])
    ones = task.address_bits(torch.arange(task.M)).sum(1)
    counts = np.zeros((2, task.T + 1))  # (answer, number of ones)
    for of_address in ones.tolist():
        for answer in (0, 1):
            counts[answer, of_address + answer : of_address + answer + task.M] += others / (2 * task.M)
    below = np.concatenate([np.zeros((2, 1)), counts.cumsum(1)], axis=1)
    return float((below[0] + counts[1].sum() - below[1]).max())


@dataclass(frozen=True)
class Arm:
    """Networks of one kind on memories of one size.

    Args:
        title: the kind, in a few words.
        experiment: that trains them.
    """

    title: str
    experiment: Experiment


NAMED = {(kind, size): Arm(TITLES[kind], arm) for (kind, size), arm in {**ARMS, ("mlp", 64): LARGER}.items()}


@result.each(NAMED, "baselines.{kind}.{size}.accuracy", title="Accuracy of {member.title} on {size} cells",
             format=".1%")
def accuracy(store: Store, arm: Arm) -> Estimate:
    """The mean over seeds."""
    return mean_t(accuracies(arm.experiment.run(store)), bounds=(0, 1))


@result.each(NAMED, "baselines.{kind}.{size}.solved", format=".0%",
             title="Share of seeds of {member.title} that solve {size} cells")
def solved(store: Store, arm: Arm) -> Estimate:
    """Out of the seeds of one kind and size."""
    return share_solving(arm.experiment.run(store))


@result.each({kind: NAMED[kind, 32] for kind in TITLES}, "baselines.{kind}.parameters", format=",d",
             title="Parameters of {member.title} for 32 cells")
def parameters(store: Store, arm: Arm) -> Estimate:
    """Of a single seed."""
    model = arm.experiment.config.trainer((0,)).model
    return exact(sum(part.numel() for part in model.parameters()), "counted")


@result.each(SIZES, "baselines.guess.{size}", title="Best accuracy without the address, {size} cells", format=".1%")
def guess(store: Store, size: int) -> Estimate:
    """The score of answering with the majority."""
    return exact(majority(size), "the majority of the memory, counted over all memories")


@result.each(SIZES, "baselines.convolution.{size}.ceiling", format=".1%",
             title="Best accuracy that convolutions with a reach of nine tokens can have on {size} cells")
def best(store: Store, size: int) -> Estimate:
    """By what reaches their answer."""
    return exact(ceiling("convolution", PointerTask(M=size)), "cells within reach known, the others guessed")


@result("baselines.excess", format=".1%",
        title="Most that a seed of the networks that do not see everything scores above what they can")
def excess(store: Store) -> Estimate:
    """Above zero only by the luck of the memories that accuracy is measured on."""
    over = [(accuracies(ARMS[kind, size].run(store)) - ceiling(kind, PointerTask(M=size))).max()
            for kind in BLIND for size in SIZES]
    return exact(max(over), f"largest over {len(BLIND)} kinds, {len(SIZES)} sizes and five seeds")
