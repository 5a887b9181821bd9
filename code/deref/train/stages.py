"""Training in stages: a model is trained on one task, then copies of it on others."""

from collections.abc import Mapping
from typing import Any

from torch import Tensor, nn

from deref.train.history import Histories
from deref.train.trainer import Progress, Trainer


class StagedTrainer:
    """Trains a model in a first stage, and in every further stage a copy of what the first stage made of it.

    Its `model` holds all of them: a `ModuleDict` with one model a stage, that of the first as it was before any other.

    Args:
        stages: one trainer a stage, by name, in the order of training; their models have one shape.
    """

    def __init__(self, stages: Mapping[str, Trainer]) -> None:
        self.stages = dict(stages)
        self.model = nn.ModuleDict({name: trainer.model for name, trainer in self.stages.items()})

    @property
    def history(self) -> Histories:
        """The learning curves of every stage."""
        return Histories(by_name={name: trainer.history for name, trainer in self.stages.items()})

    @property
    def done(self) -> bool:
        """Whether every stage is done."""
        return all(trainer.done for trainer in self.stages.values())

    def step_many(self, n: int) -> Progress:
        """Take n steps, or fewer where a stage ends before.

        Raises:
            FloatingPointError: as `Trainer.advance`.
        """
        first, *_, last = self.stages.values()
        now = next((trainer for trainer in self.stages.values() if not trainer.done), None)
        if now is not None:
            if now is not first and now.step == 0:
                now.model.load_state_dict(first.model.state_dict())
            now.step_many(n)
        at = (now or last).progress
        return Progress(step=sum(trainer.step for trainer in self.stages.values()),
                        steps=sum(trainer.config.steps for trainer in self.stages.values()),
                        loss=at.loss, accuracy=at.accuracy)

    def state(self) -> tuple[dict[str, Tensor], dict[str, Any]]:
        """Everything that another trainer of the same stages needs to go on, bit for bit.

        Returns:
            Tensors as in `Trainer.state`, each name behind that of its stage and a slash; and JSON data by stage.
        """
        tensors, data = {}, {}
        for name, trainer in self.stages.items():
            own, data[name] = trainer.state()
            tensors |= {f"{name}/{key}": tensor for key, tensor in own.items()}
        return tensors, data

    def load_state(self, tensors: Mapping[str, Tensor], data: Mapping[str, Any]) -> None:
        """Go on from what `state` returned.

        Raises:
            ValueError: the state of another configuration or of other seeds.
        """
        if set(data) != set(self.stages):
            raise ValueError(f"expected a state of {', '.join(self.stages)}, got one of {', '.join(data)}")
        for name, trainer in self.stages.items():
            own = {key.removeprefix(f"{name}/"): tensor for key, tensor in tensors.items()
                   if key.startswith(f"{name}/")}
            trainer.load_state(own, data[name])
