"""Runs whose models were written by hand, in place of training."""

from dataclasses import dataclass
from pathlib import Path

import torch

from deref.model.transformer import Transformer
from deref.tasks.pointer import PointerTask
from evidence.runs import Run


@dataclass(frozen=True)
class Recipe:
    task: PointerTask


def run_of(*models: Transformer, task: PointerTask) -> Run:
    """A run whose ensemble has these members."""
    first = models[0]
    state = {name: torch.cat([model.state_dict()[name] for model in models]) for name in first.state_dict()}
    seeds = tuple(range(len(models)))
    return Run(config=Recipe(task), seeds=seeds, address="", model=Transformer.from_state(first.config, seeds, state),
               history=None, weights="", wall_s=0.0, created="", device="cpu", threads=1, hardware="", versions={},
               code="", path=Path())


def changed(model: Transformer, name: str, factor: float) -> Transformer:
    """A model with one of its parameters multiplied by a number."""
    state = {key: value * factor if key == name else value for key, value in model.state_dict().items()}
    return Transformer.from_state(model.config, model.seeds, state)
