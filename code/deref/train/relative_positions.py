"""Training with positions that attention alone is told: the book's recipe on a model whose stream holds none."""

from collections.abc import Sequence

from deref.model.relative_positions import KINDS, RelativePositions
from deref.tasks.task import Task
from deref.train.config import TrainConfig
from deref.train.ensemble import ensemble
from deref.train.trainer import Trainer
from evidence.config import config


@config
class RelativePositionsConfig:
    """A training run of a transformer with relative positions.

    Args:
        kind: one of `deref.model.relative_positions.KINDS`.
        train: the task, the shape of the model, with sinusoidal positions, and the recipe.

    Raises:
        ValueError: an unknown kind, or learned positions.
    """

    kind: str
    train: TrainConfig

    def __post_init__(self) -> None:
        if self.kind not in KINDS:
            raise ValueError(f"expected positions of a kind among {', '.join(KINDS)}, got {self.kind!r}")
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

    def build(self, seeds: Sequence[int]) -> RelativePositions:
        """The model of an ensemble of seeds, untrained.

        Raises:
            ValueError: no seeds, or a shape that positions of this kind cannot have.
        """
        return RelativePositions(self.train.model, seeds, self.kind)

    def trainer(self, seeds: tuple[int, ...], device: str = "cpu") -> Trainer:
        """Build the model and its trainer, at step 0; as `TrainConfig.trainer`.

        Raises:
            ValueError: as `TrainConfig.trainer`, or a shape that positions of this kind cannot have.
        """
        return Trainer(self.train, ensemble(self.build, seeds, device))
