"""What a training run is: one frozen configuration, checked when it is made.

The configuration knows the trainer, and imports it when it is asked for one; the trainer and its parts name the
configuration in annotations alone.
"""

import math
from typing import TYPE_CHECKING

from deref.model.config import ModelConfig
from deref.tasks.task import Task
from evidence.config import config

if TYPE_CHECKING:
    from deref.train.trainer import Trainer

SCHEDULES = ("constant", "cosine")


@config
class TrainConfig:
    """A task, a model and the recipe that trains one on the other.

    Args:
        task: what is learned; draws the examples and says how they are laid out.
        model: the architecture; its length, vocabulary and outputs must be the task's.
        steps: optimiser steps at most.
        batch: what one step draws for each seed: memories in the form "trie", examples in the form "flat".
        form: "trie" (every memory with all its addresses behind it) or "flat" (independent examples).
        lr: learning rate after the warm-up.
        betas: decay of Adam's first and second moment.
        weight_decay: AdamW's decoupled decay, applied to every parameter; zero makes it Adam.
        warmup: steps over which the learning rate rises linearly from zero.
        schedule: "constant", or "cosine" (falls to zero at the last step), after the warm-up.
        clip: largest gradient norm of one seed's parameters taken together; None leaves gradients alone.
        fixed_examples: train on that many drawn once, each seed its own, instead of fresh ones; counted as `batch` is.
        eval_every: steps between two entries of the history; the last step always makes one.
        eval_memories: held-out memories that every entry's accuracy is measured on, with all their addresses.
        stop_at: end as soon as the held-out accuracy of every seed has reached this at one evaluation.

    Raises:
        ValueError: a value that no run can have, or a model that does not fit the task.
    """

    task: Task
    model: ModelConfig
    steps: int
    batch: int
    form: str = "trie"
    lr: float = 1e-3
    betas: tuple[float, float] = (0.9, 0.95)
    weight_decay: float = 0.0
    warmup: int = 100
    schedule: str = "constant"
    clip: float | None = None
    fixed_examples: int | None = None
    eval_every: int = 100
    eval_memories: int = 64
    stop_at: float | None = None

    def __post_init__(self) -> None:
        for name in ("steps", "batch", "eval_every", "eval_memories"):
            _whole(name, getattr(self, name), least=1)
        _whole("warmup", self.warmup, least=0)
        if self.fixed_examples is not None:
            _whole("fixed_examples", self.fixed_examples, least=1)
        _one_of("schedule", self.schedule, SCHEDULES)
        _one_of("form", self.form, self.task.forms)
        _number("lr", self.lr, "a number above 0", lambda x: x > 0)
        _number("weight_decay", self.weight_decay, "a number of at least 0", lambda x: x >= 0)
        if not isinstance(self.betas, tuple) or len(self.betas) != 2:
            raise ValueError(f"expected betas to be a pair of numbers, got {self.betas!r}")
        for beta in self.betas:
            _number("betas", beta, "two numbers of at least 0 and below 1", lambda x: 0 <= x < 1)
        if self.clip is not None:
            _number("clip", self.clip, "None or a number above 0", lambda x: x > 0)
        if self.stop_at is not None:
            _number("stop_at", self.stop_at, "None or an accuracy above 0 and at most 1", lambda x: 0 < x <= 1)
        for name in ("length", "vocab", "outputs"):
            if getattr(self.model, name) != getattr(self.task, name):
                raise ValueError(f"expected a model with the task's {name}, {getattr(self.task, name)}, "
                                 f"got {getattr(self.model, name)}")

    @property
    def stages(self) -> "tuple[TrainConfig, ...]":
        """The recipes that a run follows, one after the other: this one alone."""
        return (self,)

    def trainer(self, seeds: tuple[int, ...], device: str = "cpu") -> "Trainer":
        """Build the model and its trainer, at step 0.

        Args:
            seeds: distinct integers of at least 0, one a member of the ensemble.
            device: where to train, "cpu" or "cuda".

        Raises:
            ValueError: seeds that are no ensemble, or a device that this machine does not have.
        """
        # Imported here so that reading a stored configuration does not load the training code.
        from deref.train.ensemble import ensemble
        from deref.train.trainer import Trainer

        return Trainer(self, ensemble(self.model.build, seeds, device))


def _whole(name: str, value: object, *, least: int) -> None:
    if type(value) is not int or value < least:
        raise ValueError(f"expected {name} to be a whole number of at least {least}, got {value!r}")


def _number(name: str, value: object, expected: str, accepts) -> None:
    if type(value) not in (int, float) or not math.isfinite(value) or not accepts(value):
        raise ValueError(f"expected {name} to be {expected}, got {value!r}")


def _one_of(name: str, value: object, known: tuple[str, ...]) -> None:
    if value not in known:
        raise ValueError(f"expected {name} to be one of {', '.join(known)}, got {value!r}")
