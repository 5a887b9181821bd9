"""Snapshots: a training whose run keeps the weights of chosen steps, so that probes can follow what is learned."""

import copy
from collections.abc import Mapping
from typing import Any

from torch import Tensor, nn

from deref.model.transformer import Transformer
from deref.tasks.task import Task
from deref.train.config import TrainConfig
from deref.train.ensemble import ensemble
from deref.train.history import History
from deref.train.trainer import Progress, Trainer
from evidence.config import config

PREFIX = "snapshot/"


@config
class SnapshotsConfig:
    """A training run that keeps its weights at some steps; the training itself is the recipe's, bit for bit.

    Args:
        train: the task, the model and the recipe.
        at: the steps whose weights are kept, increasing; 0 is the untrained model.

    Raises:
        ValueError: no steps, steps that do not increase, or steps that the recipe does not take.
    """

    train: TrainConfig
    at: tuple[int, ...]

    def __post_init__(self) -> None:
        if not isinstance(self.at, tuple) or not self.at or any(type(step) is not int for step in self.at):
            raise ValueError(f"expected one or more whole numbers as steps, got {self.at!r}")
        if list(self.at) != sorted(set(self.at)) or self.at[0] < 0 or self.at[-1] > self.train.steps:
            raise ValueError(f"expected increasing steps from 0 to {self.train.steps}, got {self.at}")

    @property
    def task(self) -> Task:
        """What is learned."""
        return self.train.task

    @property
    def steps(self) -> int:
        """Optimiser steps at most."""
        return self.train.steps

    @property
    def stages(self) -> tuple[TrainConfig, ...]:
        """The recipes that a run follows, one after the other: one alone."""
        return self.train.stages

    def trainer(self, seeds: tuple[int, ...], device: str = "cpu") -> "SnapshotTrainer":
        """Build the model and its trainer, at step 0; as `TrainConfig.trainer`."""
        return SnapshotTrainer(Trainer(self.train, ensemble(self.train.model.build, seeds, device)), self.at)


class SnapshotTrainer:
    """Trains a model and keeps copies of it.

    Its `model` holds the copies alone: a `ModuleDict` with one model a kept step, by the step's number.

    Args:
        trainer: trains the model.
        at: the steps to keep it at.
    """

    def __init__(self, trainer: Trainer, at: tuple[int, ...]) -> None:
        self.trainer, self.at = trainer, at
        self.model = nn.ModuleDict({str(step): copy.deepcopy(trainer.model).requires_grad_(False) for step in at})

    @property
    def history(self) -> History:
        """The learning curves."""
        return self.trainer.history

    @property
    def done(self) -> bool:
        """Whether no step is left."""
        return self.trainer.done

    @property
    def progress(self) -> Progress:
        """How far the training has come."""
        return self.trainer.progress

    def step_many(self, n: int) -> Progress:
        """Take n steps, or fewer where the training is done before.

        Raises:
            FloatingPointError: as `Trainer.advance`.
        """
        for _ in range(n):
            if self.done:
                break
            self.trainer.advance()
            if self.trainer.step in self.at:
                self.model[str(self.trainer.step)].load_state_dict(self.trainer.model.state_dict())
        return self.progress

    def state(self) -> tuple[dict[str, Tensor], dict[str, Any]]:
        """Everything that another trainer of this configuration needs to go on, bit for bit.

        Returns:
            Tensors as in `Trainer.state`, and those of the copies behind `PREFIX`; and JSON data as there.
        """
        tensors, data = self.trainer.state()
        kept = {f"{PREFIX}{name}": tensor.detach().to("cpu", copy=True)
                for name, tensor in self.model.state_dict().items()}
        return {**tensors, **kept}, data

    def load_state(self, tensors: Mapping[str, Tensor], data: Mapping[str, Any]) -> None:
        """Go on from what `state` returned.

        Raises:
            ValueError: the state of another configuration or of other seeds.
        """
        kept = {name.removeprefix(PREFIX): tensor for name, tensor in tensors.items() if name.startswith(PREFIX)}
        if set(kept) != set(self.model.state_dict()):
            raise ValueError(f"expected a state with copies of the steps {self.at}, got {len(kept)} tensors of copies")
        self.trainer.load_state({name: tensor for name, tensor in tensors.items() if not name.startswith(PREFIX)}, data)
        self.model.load_state_dict(kept)


def kept(model: nn.Module) -> dict[int, Transformer]:
    """The models of a run with snapshots, by the steps that they were kept at.

    Args:
        model: the model of such a run.
    """
    return {int(step): one for step, one in model.items()}  # ty: ignore[not-callable]
