"""Training with positions in binary: the book's recipe on a model that is told the number of every cell in bits."""

from collections.abc import Sequence
from typing import Protocol, runtime_checkable

from deref.model.binary_positions import BinaryPositions
from deref.tasks.task import Task
from deref.train.config import TrainConfig
from deref.train.ensemble import ensemble
from deref.train.trainer import Trainer
from evidence.config import config


@runtime_checkable
class WithCells(Task, Protocol):
    """A task with a memory of M cells."""

    @property
    def M(self) -> int:
        """The number of memory cells."""


@config
class BinaryPositionsConfig:
    """A training run of a transformer with binary positions.

    Args:
        train: the task, which has a memory of M cells, the shape of the model, with sinusoidal positions, and the
            recipe.

    Raises:
        ValueError: a task without cells, or learned positions.
    """

    train: TrainConfig

    def __post_init__(self) -> None:
        if not isinstance(self.train.task, WithCells):
            raise ValueError(f"expected a task with a memory of M cells, got {type(self.train.task).__name__}")
        if self.train.model.positions != "sinusoidal":
            raise ValueError(f"expected a shape whose positions are not trained, got {self.train.model.positions}")

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

    def build(self, seeds: Sequence[int]) -> BinaryPositions:
        """The model of an ensemble of seeds, untrained.

        Raises:
            ValueError: no seeds, or a width without room for the code.
        """
        assert isinstance(self.train.task, WithCells)  # seen to when it was made
        return BinaryPositions(self.train.model, seeds, self.train.task.M)

    def trainer(self, seeds: tuple[int, ...], device: str = "cpu") -> Trainer:
        """Build the model and its trainer, at step 0; as `TrainConfig.trainer`."""
        return Trainer(self.train, ensemble(self.build, seeds, device))
