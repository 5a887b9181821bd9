"""Train a pointer: the recipes that a page trains by itself, what the book's own seeds did, and a recorded training."""

import math
from dataclasses import dataclass, replace
from itertools import combinations
from typing import Any

import numpy as np
import torch
from jaxtyping import Float
from matplotlib.figure import Figure

from deref.experiment import Experiment
from deref.explorables.numbers import numbers
from deref.figures.curves import learning_curves
from deref.figures.maps import weight_map
from deref.figures.style import PALETTE, subplots
from deref.model.config import ModelConfig
from deref.model.transformer import Transformer
from deref.probes.base.memories import probe_memories
from deref.probes.pointer.coverage import attention_coverage
from deref.sections.ch06.layers.layers import one, two
from deref.sections.shared.models import gather, gather_three, gather_waves, legible_8, runs, shown
from deref.sections.shared.partial_address_accuracy import rung
from deref.sections.shared.solving import solved_at
from deref.tasks.pointer import PointerTask
from deref.train.config import TrainConfig
from deref.train.history import History
from deref.train.trainer import Trainer, mean_loss
from evidence.results.explorable import Explorable

CELLS = (4, 8, 16)
"""The sizes of memory that readers can choose."""
BASES = (legible_8, two, gather, gather_waves)
"""Whose recipe the page takes: for one head or several, with sinusoidal or learned positions, one of each."""
RUNS = (legible_8, one, two, gather, gather_waves, gather_three)
"""The book's runs whose settings a reader can choose too."""
SHARES = (0, 0.25, 0.5, 0.75, 1.5)
"""When the recorded training shows its map, as shares of the time that it takes to solve the task."""
_SEED, _SEQUENCES = 11, 3  # of the case that tests in a browser compare


def train_pointer() -> Explorable:
    """Export recipes and the book's own times; the figure is a recorded training of the most legible seed."""
    member = shown(legible_8)
    solved = solved_at(legible_8.run())[member.index]
    figure, table = drawing(recorded(legible_8.config, member.seed, frames(solved, legible_8.config.eval_every)))
    return Explorable(
        module="train-pointer", figure=figure, table=table, references=case(),
        data={"recipes": [recipe(base.config) for base in BASES], "runs": [times(run) for run in RUNS],
              "rungs": {str(cells): rungs(PointerTask(M=cells)) for cells in CELLS}})


def recipe(config: TrainConfig) -> dict[str, Any]:
    """Write a configuration as the page's training reads it.

    Args:
        config: on the pointer task, laid out as a trie, with a schedule of a cosine wave; a model without MLPs.

    Returns:
        Plain data; names are the configuration's own.

    Raises:
        ValueError: a configuration that the page cannot follow.
    """
    task, model = _task(config), config.model
    expected = replace(config, form="trie", schedule="cosine", clip=None, fixed_examples=None, stop_at=None,
                       model=replace(model, mlp=0, head_size=None, block_norm=True, token_std=0.02))
    if expected != config:
        raise ValueError(f"expected a recipe that pages can follow, such as {expected}, got {config}")
    shape = {name: getattr(model, name)
             for name in ("layers", "heads", "width", "positions", "position_std", "final_norm")}
    how = {name: getattr(config, name) for name in ("batch", "steps", "lr", "weight_decay", "warmup")}
    return {"cells": task.M, **shape, **how, "betas": list(config.betas)}


def _task(config: TrainConfig) -> PointerTask:
    if not isinstance(config.task, PointerTask):
        raise ValueError(f"expected a recipe on the pointer task, got one on {config.task}")
    return config.task


def times(chosen: Experiment) -> dict[str, Any]:
    """When each seed of an experiment solved the task, and the settings by which a page knows it.

    Args:
        chosen: an experiment on the pointer task.

    Returns:
        Its name and settings; "times" in steps, null for the seeds that did not solve it.
    """
    found = np.concatenate([solved_at(run) for run in runs(chosen)])
    told = recipe(chosen.config)
    return {"name": chosen.name, "scale": told["position_std"],
            **{name: told[name] for name in ("cells", "layers", "heads", "positions", "steps")},
            "times": [int(step) if np.isfinite(step) else None for step in found]}


def rungs(task: PointerTask) -> list[float]:
    """The best accuracy with 0, 1, ... address bits known.

    Args:
        task: the pointer task.
    """
    return [round(max(rung(task, known) for known in combinations(range(task.A), count)), 7)
            for count in range(task.A + 1)]


@dataclass(frozen=True, kw_only=True, eq=False)
class Recording:
    """A training of one seed, with the map of its last layer now and then.

    Args:
        seed: which.
        history: its learning curve.
        steps: when its map was taken.
        maps: the readout's mean weight on every position, the first head of the last layer, (frame, address, position).
    """

    seed: int
    history: History
    steps: tuple[int, ...]
    maps: Float[np.ndarray, "frame address position"]


def frames(solved: float, every: int) -> tuple[int, ...]:
    """The steps at which to take the map of a seed, the last of them an evaluation.

    Args:
        solved: the step at which it solves the task.
        every: steps between two evaluations.
    """
    *early, last = (share * solved for share in SHARES)
    return (*(round(step) for step in early), every * math.ceil(last / every))


def recorded(config: TrainConfig, seed: int, steps: tuple[int, ...]) -> Recording:
    """Train one seed and record it.

    Args:
        config: the recipe, on the pointer task.
        seed: which to train.
        steps: when to take its map, increasing.
    """
    task, model, maps = _task(config), config.model.build((seed,)), []
    trainer = Trainer(config, model)
    for step in steps:
        trainer.step_many(step - trainer.step)
        maps.append(attention_coverage(model, task, probe_memories(task)).pattern[-1, 0, 0].numpy())
    return Recording(seed=seed, history=trainer.history, steps=steps, maps=np.stack(maps))


def drawing(recording: Recording) -> tuple[Figure, dict[str, list]]:
    """Draw a recorded training: its maps in a row, and below them its curve with the ladder.

    Args:
        recording: of a model of one head.
    """
    cells, length = recording.maps.shape[1:]
    figure, axes = subplots(2, len(recording.steps), height=3.5, height_ratios=(1, 2))
    for ax, step, weights in zip(axes[0], recording.steps, recording.maps, strict=True):
        image = weight_map(ax, weights, cells=cells)
        ax.set_title(f"step {step:,}")
        ax.set(xticks=[], yticks=[])
    axes[0, 0].set_ylabel("address")
    figure.colorbar(image, ax=axes[0], label="weight", shrink=0.55, aspect=9, ticks=(0, 1))
    grid = axes[1, 0].get_gridspec()
    for ax in axes[1]:
        ax.remove()
    curve = learning_curves(figure.add_subplot(grid[1, :]), recording.history, "blue", rungs(PointerTask(M=cells)))
    curve.plot(recording.steps, np.full(len(recording.steps), 0.47), "^", color=PALETTE["vermilion"], clip_on=False)
    curve.set_ylabel("accuracy")
    rows = [(step, address, position) for step in recording.steps for address in range(cells)
            for position in range(length)]
    names = zip(("step", "address", "position"), map(list, zip(*rows, strict=True)), strict=True)
    return figure, {**dict(names), "weight": np.round(recording.maps, 6).flatten().tolist()}


def case() -> dict[str, Any]:
    """What PyTorch makes of one batch at the start of a small training, in 64 bits.

    Returns:
        A recipe, the parameters by name, memories (sequence, cell), their loss, and the norm of every gradient.
    """
    task = PointerTask(M=4)
    shape = ModelConfig(length=task.length, layers=2, heads=2, width=8)
    config = replace(gather.config, task=task, model=shape, batch=_SEQUENCES)
    model = Transformer(shape, (_SEED,)).double()
    values = {name: numbers(value.flatten()) for name, value in model.state_dict().items()}
    with torch.no_grad():
        for name, value in model.state_dict().items():
            value.copy_(torch.tensor(values[name], dtype=torch.float64).view(value.shape))
    tokens, targets = task.sample(_SEQUENCES, "trie", torch.Generator().manual_seed(_SEED))
    loss = mean_loss(model(tokens, task.layout("trie")), targets[None]).sum()
    names, parameters = zip(*model.named_parameters(), strict=True)
    norms = {name: float(gradient.norm())
             for name, gradient in zip(names, torch.autograd.grad(loss, parameters), strict=True)}
    return {"recipe": recipe(config), "values": values, "memories": targets.flatten().tolist(), "loss": loss.item(),
            "norms": norms}
