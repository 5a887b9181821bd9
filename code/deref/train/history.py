"""What training looked like: losses and accuracies of every seed, evaluation by evaluation."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from jaxtyping import Float, Int


@dataclass(frozen=True, kw_only=True, eq=False)
class History:
    """The learning curves of an ensemble.

    Args:
        seeds: the ensemble's seeds, in the order of the first axis below.
        step: optimiser steps taken at each evaluation.
        loss: mean training loss, in nats a readout, over the steps since the evaluation before.
        accuracy: share of held-out readouts answered correctly: fixed memories, all their addresses.
    """

    seeds: tuple[int, ...]
    step: Int[np.ndarray, "evaluation"]
    loss: Float[np.ndarray, "seed evaluation"]
    accuracy: Float[np.ndarray, "seed evaluation"]

    @classmethod
    def empty(cls, seeds: Sequence[int]) -> "History":
        """The history of an ensemble that has not been evaluated yet."""
        none = np.empty((len(seeds), 0))
        return cls(seeds=tuple(seeds), step=np.empty(0, dtype=np.int64), loss=none, accuracy=none)

    def extended(
        self, step: int, loss: Float[np.ndarray, "seed"], right: Float[np.ndarray, "seed batch readout"]
    ) -> "History":
        """Add one evaluation.

        Args:
            step: optimiser steps taken.
            loss: mean training loss since the evaluation before, in nats a readout.
            right: 1 where a held-out readout is answered correctly, 0 elsewhere.

        Returns:
            A new history, one evaluation longer.
        """
        return replace(self, step=np.append(self.step, step), loss=np.column_stack((self.loss, loss)),
                       accuracy=np.column_stack((self.accuracy, right.mean((1, 2)))), **self._more(right))

    def _more(self, right: Float[np.ndarray, "seed batch readout"]) -> dict[str, Any]:
        """The fields that a history of another kind adds, one evaluation longer."""
        return {}

    def steps_to(self, accuracy: float) -> Float[np.ndarray, "seed"]:
        """Steps each seed needed to reach an accuracy for the first time; infinity where it never did."""
        reached = self.accuracy >= accuracy
        steps = np.append(self.step, np.inf)
        first = np.where(reached.any(axis=1), reached.argmax(axis=1) if len(self.step) else 0, -1)
        return steps[first]

    def to_json(self) -> dict[str, Any]:
        """The history as JSON data; floats survive the round trip exactly."""
        return {"seeds": list(self.seeds), "step": self.step.tolist(),
                "loss": self.loss.tolist(), "accuracy": self.accuracy.tolist()}

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> "History":
        """The history that `to_json` wrote.

        Raises:
            ValueError: keys missing or unknown, or curves that do not have one row a seed and one column a step.
        """
        expected = {"seeds", "step", "loss", "accuracy"}
        if set(data) != expected:
            raise ValueError(f"expected a history with the keys {sorted(expected)}, got {sorted(data)}")
        shape = (len(data["seeds"]), len(data["step"]))
        curves = {name: np.array(data[name], dtype=np.float64) for name in ("loss", "accuracy")}
        for name, curve in curves.items():
            if curve.shape != shape:
                raise ValueError(f"expected {name} of shape {shape} (seed, evaluation), got {curve.shape}")
        return cls(seeds=tuple(data["seeds"]), step=np.array(data["step"], dtype=np.int64), **curves)


@dataclass(frozen=True, kw_only=True, eq=False)
class Histories:
    """The learning curves of a run in several stages.

    Args:
        by_name: one history a stage, by the stage's name, in the order of training.
    """

    by_name: dict[str, History]

    def to_json(self) -> dict[str, Any]:
        """The histories as JSON data."""
        return {name: history.to_json() for name, history in self.by_name.items()}

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> "Histories":
        """The histories that `to_json` wrote.

        Raises:
            ValueError: as `History.from_json`.
        """
        return cls(by_name={name: History.from_json(history) for name, history in data.items()})
