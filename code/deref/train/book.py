"""Training what another book trained: its starts, its losses and its optimiser, on this book's trainer."""

import math
from collections.abc import Sequence

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from deref.model.config import ModelConfig
from deref.model.starts import GELUS, STARTS, Started
from deref.model.table_mlp import TableMlpConfig
from deref.tasks.task import Task
from deref.train.config import TrainConfig
from deref.train.ensemble import ensemble
from deref.train.trainer import Trainer
from evidence.config import config

EPS = 1e-8
"""Added to the root of Adam's second moment where nothing else is said."""


@config
class MlpConfig(TrainConfig):
    """A training run of the MLP that reads a whole input; everything but the model is as in `TrainConfig`.

    Args:
        model: the network.

    Raises:
        ValueError: as `TrainConfig`.
    """

    model: TableMlpConfig


@config
class BookConfig:
    """A training run of a transformer as another book builds and trains it.

    Args:
        train: the task, the shape of the model and the recipe.
        start: one of `deref.model.starts.STARTS`.
        gelu: one of `deref.model.starts.GELUS`.
        token_scale: what token embeddings are multiplied by before positions are added.
        last_weight: how often the loss at the last readout counts beside each of the others.
        eps: added to the root of Adam's second moment.

    Raises:
        ValueError: an unknown start or GELU, or a number that is not above 0.
    """

    train: TrainConfig
    start: str
    gelu: str = "exact"
    token_scale: float = 1.0
    last_weight: float = 1.0
    eps: float = EPS

    def __post_init__(self) -> None:
        for name, known in (("start", STARTS), ("gelu", GELUS)):
            if getattr(self, name) not in known:
                raise ValueError(f"expected {name} to be one of {', '.join(known)}, got {getattr(self, name)!r}")
        for name in ("token_scale", "last_weight", "eps"):
            value = getattr(self, name)
            if type(value) not in (int, float) or not 0 < value < math.inf:
                raise ValueError(f"expected {name} to be a number above 0, got {value!r}")

    @property
    def task(self) -> Task:
        """What is learned."""
        return self.train.task

    @property
    def model(self) -> ModelConfig:
        """The shape of the model."""
        return self.train.model

    @property
    def steps(self) -> int:
        """Optimiser steps at most."""
        return self.train.steps

    @property
    def stages(self) -> tuple[TrainConfig, ...]:
        """The recipes that a run follows, one after the other: one alone."""
        return self.train.stages

    def build(self, seeds: Sequence[int]) -> Started:
        """The model of an ensemble of seeds, untrained.

        Raises:
            ValueError: no seeds.
        """
        return Started(self.train.model, seeds, start=self.start, gelu=self.gelu, token_scale=self.token_scale)

    def trainer(self, seeds: tuple[int, ...], device: str = "cpu") -> Trainer:
        """Build the model and its trainer, at step 0; as `TrainConfig.trainer`."""
        return BookTrainer(self, ensemble(self.build, seeds, device))


class BookTrainer(Trainer):
    """A trainer whose loss may weigh the last readout, and whose Adam may be damped more.

    Args:
        config: the recipe.
        model: the ensemble to train.
    """

    def __init__(self, config: BookConfig, model: nn.Module) -> None:
        super().__init__(config.train, model)
        self._last_weight = config.last_weight
        for group in self._optimiser._adam.param_groups:
            group["eps"] = config.eps

    def _mean_loss(self, tokens: Tensor, targets: Tensor) -> Tensor:
        if self._last_weight == 1:
            return super()._mean_loss(tokens, targets)
        logits = self.model(tokens, self._batches.layout)
        loss = F.cross_entropy(logits.flatten(0, 2), targets.flatten(), reduction="none").view(targets.shape)
        weight = torch.ones(targets.shape[-1], dtype=loss.dtype, device=loss.device)
        weight[-1] = self._last_weight
        return (loss * weight).sum(-1).mean(1) / weight.sum()
