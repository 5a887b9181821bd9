"""Two helpings: a whole model is trained on a task, then copies of it on another, each with most parameters frozen."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from torch import Tensor, nn

from deref.train.config import TrainConfig
from deref.train.history import History
from deref.train.optimiser import Optimiser
from deref.train.trainer import Progress, Trainer
from evidence.config import config

PARTS = {"mlp": ("mlp_in", "mlp_out"), "attention": ("q", "k", "v", "o")}


@config
class Lesson:
    """What one copy of the trained model goes on to learn, and with which parameters.

    Args:
        name: of the copy.
        part: "mlp" or "attention"; all other parameters are frozen.
        train: the task and the recipe.

    Raises:
        ValueError: an unknown part.
    """

    name: str
    part: str
    train: TrainConfig

    def __post_init__(self) -> None:
        if self.part not in PARTS:
            raise ValueError(f"expected a part, one of {', '.join(PARTS)}, got {self.part!r}")


@config
class LessonsConfig:
    """A run in two helpings.

    Args:
        first: trains the whole model.
        then: trains a copy of it each.

    Raises:
        ValueError: no lessons, two of one name, one named "first", or one for a model of another shape.
    """

    first: TrainConfig
    then: tuple[Lesson, ...]

    def __post_init__(self) -> None:
        names = ["first", *(lesson.name for lesson in self.then)]
        if len(names) < 2 or len(set(names)) < len(names):
            raise ValueError(f"expected one or more lessons with names of their own, none of them first, "
                             f"got {', '.join(names[1:]) or 'none'}")
        if any(lesson.train.model != self.first.model for lesson in self.then):
            raise ValueError("expected every lesson to be for the model that was trained first")

    @property
    def steps(self) -> int:
        """Optimiser steps at most, of all helpings together."""
        return self.first.steps + sum(lesson.train.steps for lesson in self.then)

    def trainer(self, seeds: tuple[int, ...], device: str = "cpu") -> "LessonsTrainer":
        """The trainer of this configuration for an ensemble of seeds, at step 0."""
        return LessonsTrainer(self, seeds, device)


@dataclass(frozen=True, kw_only=True, eq=False)
class Histories:
    """The learning curves of each helping, by name; the first is named "first"."""

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


class PartTrainer(Trainer):
    """A trainer that changes one part of the model; the rest is frozen.

    Args:
        lesson: the part and the recipe.
        seeds: distinct integers, one a member of the ensemble.
        device: where to train, "cpu" or "cuda".
    """

    def __init__(self, lesson: Lesson, seeds: Sequence[int], device: str = "cpu") -> None:
        super().__init__(lesson.train, seeds, device)
        changed = {name: parameter for name, parameter in self.model.named_parameters()
                   if name.split(".")[-2:-1] and name.split(".")[-2] in PARTS[lesson.part]}
        for parameter in self.model.parameters():
            parameter.requires_grad_(any(parameter is one for one in changed.values()))
        self._optimiser = Optimiser(lesson.train, changed)

    def _tensors(self) -> dict[str, Tensor]:
        # The frozen parameters too: they are those of the first helping, which only a state can bring back.
        return {**{f"model.{name}": parameter for name, parameter in self.model.named_parameters()},
                **super()._tensors()}


class LessonsTrainer:
    """Trains the whole model first, then a copy of it on each lesson, one after the other.

    Its model is a dictionary of models: "first", as it was before any lesson, and one a lesson.

    Args:
        config: the recipe.
        seeds: distinct integers, one a member of the ensemble.
        device: where to train, "cpu" or "cuda".

    Raises:
        ValueError: as `Trainer`.
    """

    def __init__(self, config: LessonsConfig, seeds: Sequence[int], device: str = "cpu") -> None:
        self.config = config
        self._trainers = {"first": Trainer(config.first, seeds, device),
                          **{lesson.name: PartTrainer(lesson, seeds, device) for lesson in config.then}}
        self.model = nn.ModuleDict({name: trainer.model for name, trainer in self._trainers.items()})

    @property
    def history(self) -> Histories:
        """The learning curves of every helping."""
        return Histories(by_name={name: trainer.history for name, trainer in self._trainers.items()})

    @property
    def done(self) -> bool:
        """Whether every helping is done."""
        return all(trainer.done for trainer in self._trainers.values())

    def step_many(self, n: int) -> Progress:
        """Take n steps, or fewer where a helping ends before.

        Raises:
            FloatingPointError: as `Trainer.advance`.
        """
        name, now = next(((name, trainer) for name, trainer in self._trainers.items() if not trainer.done),
                         (None, None))
        if now is not None:
            if name != "first" and now.step == 0:
                now.model.load_state_dict(self.model["first"].state_dict())
            now.step_many(n)
        last = now or next(reversed(self._trainers.values()))
        at = last.progress
        return Progress(step=sum(trainer.step for trainer in self._trainers.values()), steps=self.config.steps,
                        loss=at.loss, accuracy=at.accuracy)

    def state(self) -> tuple[dict[str, Tensor], dict[str, Any]]:
        """Everything that another trainer of this configuration needs to go on, bit for bit."""
        tensors, data = {}, {}
        for name, trainer in self._trainers.items():
            own, data[name] = trainer.state()
            tensors |= {f"{name}/{key}": tensor for key, tensor in own.items()}
        return tensors, data

    def load_state(self, tensors: Mapping[str, Tensor], data: Mapping[str, Any]) -> None:
        """Go on from what `state` returned.

        Raises:
            ValueError: the state of another configuration or of other seeds.
        """
        if set(data) != set(self._trainers):
            raise ValueError(f"expected a state of {', '.join(self._trainers)}, got one of {', '.join(data)}")
        for name, trainer in self._trainers.items():
            own = {key.removeprefix(f"{name}/"): tensor for key, tensor in tensors.items()
                   if key.startswith(f"{name}/")}
            trainer.load_state(own, data[name])
