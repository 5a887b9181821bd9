"""Training a variant: the book's recipe on a model whose attention departs from the book's."""

from collections.abc import Sequence

from deref.model.variants import VARIANTS, Variant
from deref.train.config import TrainConfig
from deref.train.optimiser import Optimiser
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

    def trainer(self, seeds: tuple[int, ...], device: str = "cpu") -> "VariantTrainer":
        """The trainer of this configuration for an ensemble of seeds, at step 0."""
        return VariantTrainer(self, seeds, device)


class VariantTrainer(Trainer):
    """A trainer whose model is a variant; batches, optimiser and history are those of `Trainer`.

    Args:
        config: the variant and the recipe.
        seeds: distinct integers, one a member of the ensemble.
        device: where to train, "cpu" or "cuda".

    Raises:
        ValueError: as `Trainer`, or a shape that the variant cannot have.
    """

    def __init__(self, config: VariantConfig, seeds: Sequence[int], device: str = "cpu") -> None:
        super().__init__(config.train, seeds, device)
        self.model = Variant(config.train.model, self.seeds, config.variant).to(self.device)
        self._optimiser = Optimiser(config.train, dict(self.model.named_parameters()))
