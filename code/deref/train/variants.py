"""Training a variant: the book's recipe on a model whose attention departs from the book's."""

from collections.abc import Sequence

from deref.model.variants import VARIANTS, Variant
from deref.train.config import TrainConfig
from deref.train.ensemble import ensemble
from deref.train.trainer import Trainer
from evidence.config import config


@config
class VariantConfig:
    """A training run of a variant.

    Args:
        variant: one of `deref.model.variants.VARIANTS`.
        train: the task, the shape of the model and the recipe.

    Raises:
        ValueError: an unknown variant.
    """

    variant: str
    train: TrainConfig

    def __post_init__(self) -> None:
        if self.variant not in VARIANTS:
            raise ValueError(f"expected a variant, one of {', '.join(VARIANTS)}, got {self.variant!r}")

    @property
    def steps(self) -> int:
        """Optimiser steps at most."""
        return self.train.steps

    @property
    def stages(self) -> tuple[TrainConfig, ...]:
        """The recipes that a run follows, one after the other: one alone."""
        return self.train.stages

    def build(self, seeds: Sequence[int]) -> Variant:
        """The variant of an ensemble of seeds, untrained.

        Raises:
            ValueError: a shape that the variant cannot have, or no seeds.
        """
        return Variant(self.train.model, seeds, self.variant)

    def trainer(self, seeds: tuple[int, ...], device: str = "cpu") -> Trainer:
        """Build the variant and its trainer, at step 0; as `TrainConfig.trainer`.

        Raises:
            ValueError: as `TrainConfig.trainer`, or a shape that the variant cannot have.
        """
        return Trainer(self.train, ensemble(self.build, seeds, device))
