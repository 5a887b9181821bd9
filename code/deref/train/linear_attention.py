"""Training linear attention: the book's recipe on a transformer whose attention is linear."""

from collections.abc import Sequence

from deref.model.linear_attention import LinearTransformer
from deref.train.config import TrainConfig
from deref.train.ensemble import ensemble
from deref.train.trainer import Trainer
from evidence.config import config


@config
class LinearAttentionConfig:
    """A training run of a transformer with linear attention.

    Args:
        train: the task, the shape of the model and the recipe.
        before: whether embeddings say which token stands before; see `LinearTransformer`.
    """

    train: TrainConfig
    before: bool = False

    @property
    def steps(self) -> int:
        """Optimiser steps at most."""
        return self.train.steps

    @property
    def stages(self) -> tuple[TrainConfig, ...]:
        """The recipes that a run follows, one after the other: one alone."""
        return self.train.stages

    def build(self, seeds: Sequence[int]) -> LinearTransformer:
        """The model of an ensemble of seeds, untrained.

        Raises:
            ValueError: no seeds.
        """
        return LinearTransformer(self.train.model, seeds, self.before)

    def trainer(self, seeds: tuple[int, ...], device: str = "cpu") -> Trainer:
        """Build the model and its trainer, at step 0; as `TrainConfig.trainer`.

        Raises:
            ValueError: as `TrainConfig.trainer`.
        """
        return Trainer(self.train, ensemble(self.build, seeds, device))
