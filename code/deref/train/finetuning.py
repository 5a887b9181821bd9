"""Finetuning: a whole model is trained on a task, then copies of it on other tasks, with most parameters frozen."""

from torch import nn

from deref.train.config import TrainConfig
from deref.train.ensemble import ensemble
from deref.train.stages import StagedTrainer
from deref.train.trainer import Trainer
from evidence.config import config

PARTS = {"mlp": ("mlp_in", "mlp_out"), "attention": ("q", "k", "v", "o")}
"""The linear maps of each part of a block, by their names in the model."""


@config
class Lesson:
    """One finetuning stage: what a copy of the trained model is trained on, and with which parameters.

    Args:
        name: the name of the stage and of its copy.
        part: the part of every block to train, a key of `PARTS`; all other parameters are frozen.
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
    """A first training of the whole model, then finetuning stages that each start from what it ended with.

    Args:
        first: trains the whole model; this stage is named "first".
        then: the finetuning stages; each trains a copy of its own.

    Raises:
        ValueError: no stages, two of one name, one named "first", or one for a model of another shape.
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
        """Optimiser steps at most, of all stages together."""
        return sum(stage.steps for stage in self.stages)

    @property
    def stages(self) -> tuple[TrainConfig, ...]:
        """The recipes that a run follows, one after the other."""
        return (self.first, *(lesson.train for lesson in self.then))

    def trainer(self, seeds: tuple[int, ...], device: str = "cpu") -> StagedTrainer:
        """Build the models of all stages and their trainer, at step 0; as `TrainConfig.trainer`."""
        build = self.first.model.build
        stages = {"first": Trainer(self.first, ensemble(build, seeds, device))}
        for lesson in self.then:
            copy = ensemble(build, seeds, device)
            stages[lesson.name] = Trainer(lesson.train, copy, changes=parameters_of(copy, lesson.part))
        return StagedTrainer(stages)


def parameters_of(model: nn.Module, part: str) -> set[str]:
    """Name the parameters of one part in every block of a model.

    Args:
        model: a transformer.
        part: a key of `PARTS`.
    """
    return {name for name, _ in model.named_parameters() if set(name.split(".")[-2:-1]) & set(PARTS[part])}
