"""Training networks other than transformers: the book's recipe, batches and histories on another architecture."""

import dataclasses
from collections.abc import Sequence

from deref.model.baselines import BaselineConfig
from deref.model.config import ModelConfig
from deref.model.recurrent import RecurrentConfig
from deref.train.config import TrainConfig
from deref.train.optimiser import Optimiser
from deref.train.trainer import Trainer
from evidence.config import config


@config
class NetworkConfig(TrainConfig):
    """A training run of a network without attention; everything but the model is as in `TrainConfig`.

    Args:
        model: the network; its length, vocabulary and outputs must be the task's.

    Raises:
        ValueError: as `TrainConfig`.
    """

    model: BaselineConfig | RecurrentConfig

    def trainer(self, seeds: tuple[int, ...], device: str = "cpu") -> "NetworkTrainer":
        """The trainer of this configuration for an ensemble of seeds, at step 0."""
        return NetworkTrainer(self, seeds, device)


class NetworkTrainer(Trainer):
    """A trainer of a network without attention; batches, optimiser and history are those of `Trainer`.

    Args:
        config: the network and the recipe.
        seeds: distinct integers, one a member of the ensemble.
        device: where to train, "cpu" or "cuda".

    Raises:
        ValueError: as `Trainer`.
    """

    def __init__(self, config: NetworkConfig, seeds: Sequence[int], device: str = "cpu") -> None:
        # `Trainer` makes a transformer of its own: it is given the smallest that fits the task, and parts with it.
        smallest = ModelConfig(length=config.task.length, vocab=config.task.vocab, outputs=config.task.outputs,
                               layers=1, heads=1, width=1)
        recipe = {field.name: getattr(config, field.name) for field in dataclasses.fields(TrainConfig)}
        super().__init__(TrainConfig(**{**recipe, "model": smallest}), seeds, device)
        self.config = config
        self.model = config.model.build(self.seeds).to(self.device)
        self._optimiser = Optimiser(config, dict(self.model.named_parameters()))
