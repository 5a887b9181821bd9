"""Section "Induction heads", its first half: repeats at one distance and at several, for one layer and for two."""

import hashlib
import math
from collections.abc import Sequence
from dataclasses import replace
from functools import cache
from typing import NamedTuple

import numpy as np
import torch
from jaxtyping import Int
from matplotlib.figure import Figure
from torch import Tensor

from deref.experiment import Experiment, experiment
from deref.figures.curves import columns
from deref.figures.style import PALETTE, subplots
from deref.model.config import ModelConfig
from deref.probes.interventions.ablation import ablate
from deref.probes.measures.induction import Looks, looks
from deref.tasks.induction import InductionTask
from deref.train.config import TrainConfig
from evidence.results import bootstrap, exact, mean_t, result, wilson
from evidence.results.estimate import Estimate
from evidence.runs import Run, Store

SOLVED, ATTENDS = 0.95, 0.5
SEQUENCES = 256

_TASK = InductionTask(first=16, passage=8, offsets=tuple(range(9)), vocab=24)
_RECIPE = TrainConfig(
    task=_TASK, form="all",
    model=ModelConfig(length=_TASK.length, vocab=_TASK.vocab, outputs=_TASK.outputs, layers=2, heads=2, width=32,
                      positions="sinusoidal"),
    steps=1_500, batch=32, lr=5e-3, eval_every=25,
)


def _arm(name: str, about: str, *, seeds: range = range(5), offsets: tuple[int, ...] = _TASK.offsets,
         lr: float = _RECIPE.lr, **shape) -> Experiment:
    recipe = replace(_RECIPE, lr=lr, task=replace(_TASK, offsets=offsets), model=replace(_RECIPE.model, **shape))
    return experiment(name, config=recipe, seeds=seeds, about=about)


def _one_layer(name: str, about: str, *, lr: float = 2e-3, seeds: range = range(5, 10), **shape) -> Experiment:
    # The rate of two layers is too fast for few heads: some of the seeds 0 to 4 did not learn, even with one distance.
    return _arm(name, about, seeds=seeds, lr=lr, layers=1, **shape)


TWO = _arm("induction-two", "A passage comes again, at nine distances: two layers of two heads.", seeds=range(16))
SINGLE = _arm("induction-single", "As induction-two, but one head a layer.", heads=1)


class Arm(NamedTuple):
    """One kind of model on one task, with its name in titles and figures."""

    experiment: Experiment
    what: str


ARMS = {
    "fixed": Arm(_one_layer(
        "induction-fixed", "A passage comes again, always as many nodes away: one layer of one head.",
        heads=1, offsets=(4,), seeds=range(5, 21)), "one layer, one distance"),
    "one": Arm(_one_layer("induction-one", "As induction-two, but one layer of one head.", heads=1),
               "one layer, one head"),
    "one-heads": Arm(_one_layer(
        "induction-one-heads", "As induction-one, but four heads, each as large as the one.",
        heads=4, head_size=32), "one layer, four heads"),
    # What helps one layer with the pointer: a head for every place, and an MLP. The recipe was chosen on seeds 100 up.
    "one-many": Arm(_one_layer(
        "induction-one-many", "As induction-one, but sixteen heads of size 8, and a larger rate.",
        heads=16, head_size=8, lr=5e-3), "one layer, sixteen heads"),
    "one-mlp": Arm(_one_layer(
        "induction-one-mlp", "As induction-one-many, with an MLP behind the heads.",
        heads=16, head_size=8, mlp=128, lr=5e-3), "one layer, sixteen heads and an MLP"),
    "two": Arm(TWO, "two layers, two heads"),
    "single": Arm(SINGLE, "two layers, one head"),
}


def drawn(purpose: str) -> torch.Generator:
    """A generator of its own for each thing that probes draw; no training uses it.

    Args:
        purpose: what is drawn, in a word.
    """
    return torch.Generator().manual_seed(int.from_bytes(hashlib.sha256(f"induction {purpose}".encode()).digest()[:7]))


@cache
def sequences(task: InductionTask) -> tuple[Int[Tensor, "batch node"], Int[Tensor, "batch readout"]]:
    """Fresh sequences of a task, with their answers: what everything but the learning curves is measured on."""
    return task.sample(SEQUENCES, "all", drawn("sequences"))


@cache
def measured(run: Run) -> tuple[np.ndarray, np.ndarray]:
    """Accuracy, and the loss in nats a question, of every seed on fresh sequences."""
    tokens, targets = sequences(run.config.task)
    found = ablate(run.model, tokens, run.config.task.layout("all"), targets, [])
    return found.accuracy_before().numpy(), found.loss_before.double().mean((1, 2)).numpy()


@cache
def scores(run: Run) -> Looks:
    """The two scores of every head of every seed: its weight on the node before, and on the cell."""
    return looks(run.model, run.config.task, sequences(run.config.task)[0])


def learned(run: Run) -> list[int]:
    """The places of the seeds that answer nearly all questions."""
    return [i for i, right in enumerate(measured(run)[0]) if right > SOLVED]


@result.each(ARMS, "induction.{arm}.accuracy", title="Right answers in a repeat, {member.what}")
def accuracy(store: Store, arm: Arm) -> Estimate:
    right, _ = measured(arm.experiment.run(store))
    return mean_t(right, bounds=(0, 1))


@result.each(ARMS, "induction.{arm}.solved", format=".0%",
             title="Seeds that answer nearly all questions, {member.what}")
def solved(store: Store, arm: Arm) -> Estimate:
    return wilson(len(learned(arm.experiment.run(store))), len(arm.experiment.seeds))


@result.each(ARMS, "induction.{arm}.gap", unit="nats", format=".2f",
             title="Loss in a repeat below that of a guess among all tokens, {member.what}")
def gap(store: Store, arm: Arm) -> Estimate:
    _, loss = measured(arm.experiment.run(store))
    return mean_t(math.log(_TASK.vocab) - loss)


@result.each(ARMS, "induction.{arm}.score", format=".2f",
             title="Weight of the strongest head of the last layer on the cell, {member.what}")
def score(store: Store, arm: Arm) -> Estimate:
    last_layer = scores(arm.experiment.run(store)).induction[-1]
    return mean_t(last_layer.amax(-1).numpy(), bounds=(0, 1))


@result("induction.place.accuracy", title="Right answers of a guess among the nodes that can be cells")
def place_accuracy(store: Store) -> Estimate:
    return exact(1 / len(_TASK.offsets), "every offset is equally likely")


@result("induction.place.gap", title="Loss of that guess below that of a guess among all tokens", unit="nats",
        format=".2f")
def place_gap(store: Store) -> Estimate:
    return exact(math.log(_TASK.vocab / len(_TASK.offsets)), "every offset is equally likely")


def best(arms: Sequence[str], store: Store) -> float:
    """The share of right answers of the best seed of some arms.

    Args:
        arms: keys of `ARMS`.
        store: where runs are kept.
    """
    return max(measured(ARMS[arm].experiment.run(store))[0].max() for arm in arms)


@result("induction.best-one", title="Right answers in a repeat of the best of ten seeds of one layer")
def best_one(store: Store) -> Estimate:
    return exact(best(("one", "one-heads"), store), "largest over seeds")


@result("induction.best-many", title="Right answers in a repeat of the best of ten seeds of one layer of sixteen heads")
def best_many(store: Store) -> Estimate:
    return exact(best(("one-many", "one-mlp"), store), "largest over seeds")


@result.each({"start": 0.3, "end": 0.9}, "induction.jump.{point}", unit="steps", format=".0f",
             title="Steps until a seed of two layers has {member:.0%} right answers, median")
def steps_to(store: Store, level: float) -> Estimate:
    run = TWO.run(store)
    return bootstrap(run.history.steps_to(level)[learned(run)])


def curves() -> tuple[Figure, dict[str, list]]:
    """Held-out accuracy against steps, a line for each seed, in two panels: one layer, and two."""
    figure, axes = subplots(1, 2, sharey=True, height=3.2)
    panels = ({"fixed": "green", "one": "orange", "one-heads": "purple", "one-many": "sky", "one-mlp": "black"},
              {"two": "blue", "single": "vermilion"})
    for colours, ax, title in zip(panels, axes, ("one layer", "two layers"), strict=True):
        for name, colour in colours.items():
            history = ARMS[name].experiment.run().history
            lines = ax.plot(history.step, history.accuracy.T, color=PALETTE[colour], linewidth=1, alpha=0.7)
            lines[0].set_label(ARMS[name].what.removeprefix(f"{title}, "))
        ax.axhline(1 / len(_TASK.offsets), color=PALETTE["black"], linestyle=":", linewidth=0.8)
        ax.set(title=title, xlabel="training step", xlim=(0, _RECIPE.steps), xticks=(0, 500, 1_000, 1_500),
               ylim=(0, 1.03))
        ax.legend(fontsize="small", loc="center right" if ax is axes[0] else "lower right")
    axes[0].set_ylabel("right answers in the repeat")
    return figure, columns({name: arm.experiment.run().history for name, arm in ARMS.items()})


def heads() -> tuple[Figure, dict[str, list]]:
    """Every head of every seed: its weight on the node before, and on the cell."""
    figure, axes = subplots(1, 2, sharey=True, height=3.6)
    data: dict[str, list] = {"arm": [], "layer": [], "seed": [], "head": [], "previous": [], "induction": []}
    panels = ({("fixed", 0): ("green", "D"), ("one", 0): ("orange", "^"), ("one-heads", 0): ("purple", "v"),
               ("one-many", 0): ("sky", "<"), ("one-mlp", 0): ("black", ">")},
              {("two", 0): ("sky", "o"), ("two", 1): ("blue", "s"),
               ("single", 0): ("orange", "o"), ("single", 1): ("vermilion", "s")})
    for marks, ax in zip(panels, axes, strict=True):
        for (name, layer), (colour, mark) in marks.items():
            found = scores(ARMS[name].experiment.run())
            before, after = found.previous[layer], found.induction[layer]
            what = ARMS[name].what
            label = what if ax is axes[0] else f"{what.split(', ')[1]}, layer {layer + 1}"
            ax.scatter(before.flatten(), after.flatten(), color=PALETTE[colour], marker=mark, alpha=0.8, label=label)
            _collect(data, name, layer, before.tolist(), after.tolist())
        ax.set(xlabel="weight on the node before", xlim=(-0.03, 1.03), ylim=(-0.03, 1.03))
        ax.legend(fontsize="small", loc="center right")
    axes[0].set_ylabel("weight on the cell")
    return figure, data


def _collect(data: dict[str, list], arm: str, layer: int, before: list, after: list) -> None:
    for seed, *of_heads in zip(ARMS[arm].experiment.seeds, before, after, strict=True):
        for head, (x, y) in enumerate(zip(*of_heads, strict=True)):
            for column, value in zip(data.values(), (arm, layer, seed, head, round(x, 6), round(y, 6)), strict=True):
                column.append(value)
