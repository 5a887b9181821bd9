"""Training on the hops task, with a history that groups readouts by the number of hops they ask for."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from jaxtyping import Float

from deref.train.config import TrainConfig
from deref.train.ensemble import ensemble
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

    @property
    def stages(self) -> tuple[TrainConfig, ...]:
        """The recipes that a run follows, one after the other: one alone."""
        return self.train.stages

    def trainer(self, seeds: tuple[int, ...], device: str = "cpu") -> Trainer:
        """Build the model and its trainer, at step 0; as `TrainConfig.trainer`."""
        return Trainer(self.train, ensemble(self.train.model.build, seeds, device),
                       history=HopsHistory.empty(seeds, len(self.train.task.hops)))


@dataclass(frozen=True, kw_only=True, eq=False)
class HopsHistory(History):
    """Learning curves, with one for each number of hops.

    Args:
        by_hops: share of held-out questions answered correctly, by the number of hops they ask for. Readouts are
            grouped by it: all of the smallest number first, then those of the next, as many of each.
    """

    by_hops: Float[np.ndarray, "seed hops evaluation"]

    @classmethod
    def empty(cls, seeds: Sequence[int], hops: int = 1) -> "HopsHistory":
        """The history of an ensemble that has not been evaluated yet.

        Args:
            seeds: the ensemble's seeds.
            hops: how many numbers of hops there are.
        """
        none = np.empty((len(seeds), 0))
        return cls(seeds=tuple(seeds), step=np.empty(0, dtype=np.int64), loss=none, accuracy=none,
                   by_hops=np.empty((len(seeds), hops, 0)))

    def _more(self, right: Float[np.ndarray, "seed batch readout"]) -> dict[str, Any]:
        share = right.reshape(*right.shape[:2], self.by_hops.shape[1], -1).mean((1, 3))
        return {"by_hops": np.concatenate((self.by_hops, share[:, :, None]), axis=2)}

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
