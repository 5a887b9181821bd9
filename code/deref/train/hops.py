"""Training on the hops task, with a history that tells the numbers of hops apart."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from jaxtyping import Float
from torch import Tensor

from deref.train.config import TrainConfig
from deref.train.history import History
from deref.train.trainer import Trainer
from evidence.config import config


@config
class HopsConfig:
    """A training run on the hops task.

    Args:
        train: the task, the model and the recipe.

    Raises:
        ValueError: another task, or a form other than "trie".
    """

    train: TrainConfig

    def __post_init__(self) -> None:
        if not hasattr(self.train.task, "hops") or self.train.form != "trie":
            raise ValueError(f"expected the hops task in the form trie, got {type(self.train.task).__name__} "
                             f"in the form {self.train.form}")

    @property
    def steps(self) -> int:
        """Optimiser steps at most."""
        return self.train.steps

    def trainer(self, seeds: tuple[int, ...], device: str = "cpu") -> "HopsTrainer":
        """The trainer of this configuration for an ensemble of seeds, at step 0."""
        return HopsTrainer(self, seeds, device)


@dataclass(frozen=True, kw_only=True, eq=False)
class HopsHistory(History):
    """Learning curves, with one for each number of hops.

    Args:
        by_hops: share of held-out questions answered correctly, by the number of hops they ask for; None until the
            trainer adds it to a new evaluation.
    """

    by_hops: Float[np.ndarray, "seed hops evaluation"] | None = None

    def hop_steps_to(self, accuracy: float) -> Float[np.ndarray, "seed hops"]:
        """Steps each seed needed to reach an accuracy on each number of hops; infinity where it never did."""
        reached = self.by_hops >= accuracy
        return np.where(reached.any(-1), self.step[reached.argmax(-1)], np.inf)

    def to_json(self) -> dict[str, Any]:
        """The history as JSON data; floats survive the round trip exactly."""
        return {**super().to_json(), "by_hops": self.by_hops.tolist()}

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> "HopsHistory":
        """The history that `to_json` wrote.

        Raises:
            ValueError: as `History.from_json`, or curves by hops of another number of seeds or evaluations.
        """
        whole = History.from_json({key: value for key, value in data.items() if key != "by_hops"})
        curves = np.array(data["by_hops"], dtype=np.float64)
        if curves.ndim != 3 or (curves.shape[0], curves.shape[2]) != whole.accuracy.shape:
            raise ValueError(f"expected by_hops of (seed, hops, evaluation) with {whole.accuracy.shape} seeds and "
                             f"evaluations, got {curves.shape}")
        return cls(seeds=whole.seeds, step=whole.step, loss=whole.loss, accuracy=whole.accuracy, by_hops=curves)


class HopsTrainer(Trainer):
    """A trainer that measures every number of hops on its own; everything else is `Trainer`'s.

    Args:
        config: the recipe.
        seeds: distinct integers, one a member of the ensemble.
        device: where to train, "cpu" or "cuda".

    Raises:
        ValueError: as `Trainer`.
    """

    def __init__(self, config: HopsConfig, seeds: Sequence[int], device: str = "cpu") -> None:
        super().__init__(config.train, seeds, device)
        nothing, kinds = self.history, len(config.train.task.hops)
        self.history = HopsHistory(seeds=nothing.seeds, step=nothing.step, loss=nothing.loss,
                                   accuracy=nothing.accuracy, by_hops=np.empty((len(self.seeds), kinds, 0)))

    def load_state(self, tensors: Mapping[str, Tensor], data: Mapping[str, Any]) -> None:
        """Go on from what `state` returned.

        Raises:
            ValueError: as `Trainer.load_state`.
        """
        curves = HopsHistory.from_json(data["history"])
        plain = {key: value for key, value in data["history"].items() if key != "by_hops"}
        super().load_state(tensors, {**data, "history": plain})
        self.history = curves

    def _evaluate(self) -> Float[Tensor, "seed batch readout"]:
        before = self.history.by_hops
        right = super()._evaluate()
        now = right.unflatten(-1, (before.shape[1], -1)).mean((1, 3))
        self.history = replace(self.history, by_hops=np.concatenate((before, now.cpu().numpy()[:, :, None]), axis=2))
        return right
