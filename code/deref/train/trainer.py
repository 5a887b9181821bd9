"""The trainer: an ensemble of seeds learns a task as one batched model, one step at a time.

The trainer is given its model, of whatever kind; the history that its evaluations are added to, which may keep
curves of groups of readouts; and the parameters that it may change. `deref.train.stages` runs several trainers in turn.

Every seed draws its parameters and its batches from streams of its own, and the loss is the SUM over seeds of each
seed's mean, so no seed influences another: an ensemble is its members trained alone, at a fraction of the cost.
Nothing here prints, reads a clock or touches a file; the caller does.
"""

import math
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import torch
import torch.nn.functional as F
from jaxtyping import Float, Int
from torch import Tensor, nn

from deref.train.batches import Batches, HeldOut
from deref.train.history import History
from deref.train.optimiser import Optimiser

if TYPE_CHECKING:
    from deref.train.config import TrainConfig


@dataclass(frozen=True, kw_only=True)
class Progress:
    """How far a training has come.

    Args:
        step: optimiser steps taken.
        steps: optimiser steps at most.
        loss: training loss of the last step, mean over seeds; None before the first step.
        accuracy: held-out accuracy at the last evaluation, mean over seeds; None before the first one.
    """

    step: int
    steps: int
    loss: float | None
    accuracy: float | None


@dataclass(frozen=True, kw_only=True, eq=False)
class Trained:
    """What training leaves behind.

    Args:
        model: the trained ensemble.
        history: its learning curves.
    """

    model: nn.Module
    history: History


class Trainer:
    """One training run in memory; it can be stopped between any two steps and continued in another process.

    Args:
        config: the task and the recipe; of its model only the seeds' number counts here, not how it is built.
        model: the ensemble to train, where it is to be trained: a module with `seeds` whose call
            `model(tokens, layout)` gives logits (seed, batch, readout, output), and whose parameters all have a leading
            seed axis. See `deref.train.ensemble`.
        history: an empty history to add evaluations to, such as one with a curve for each group of readouts; None keeps
        the
            loss and the accuracy over all readouts.
        changes: names of the parameters to train; all others are frozen. None trains all.
        compiled: run model and loss through torch.compile; needs a C++ compiler and changes the last digits of results.
    """

    def __init__(self, config: "TrainConfig", model: nn.Module, *, history: History | None = None,
                 changes: Collection[str] | None = None, compiled: bool = False) -> None:
        self.config, self.model, self.seeds = config, model, tuple(model.seeds)
        self.device = next(model.parameters()).device
        self._loss_of = torch.compile(self._mean_loss, dynamic=False) if compiled else self._mean_loss
        self._batches = Batches(config, self.seeds, self.device)
        self._held_out = HeldOut(config, self.device)
        for name, parameter in model.named_parameters():
            parameter.requires_grad_(changes is None or name in changes)
        self._optimiser = Optimiser(config, {name: one for name, one in model.named_parameters() if one.requires_grad})
        self._loss = torch.zeros(len(self.seeds), device=self.device)
        # In float64: it sums as many losses as there are steps between two evaluations.
        self._loss_sum = torch.zeros(len(self.seeds), device=self.device, dtype=torch.float64)
        self.step, self.history = 0, History.empty(self.seeds) if history is None else history

    @property
    def done(self) -> bool:
        """Whether no step is left: all were taken, or every seed has reached `stop_at`."""
        goal, reached = self.config.stop_at, self.history.accuracy
        stopped = goal is not None and reached.shape[1] > 0 and bool((reached[:, -1] >= goal).all())
        return stopped or self.step == self.config.steps

    @property
    def progress(self) -> Progress:
        """How far the training has come."""
        evaluated = len(self.history.step) > 0
        return Progress(step=self.step, steps=self.config.steps, loss=self._loss.mean().item() if self.step else None,
                        accuracy=float(self.history.accuracy[:, -1].mean()) if evaluated else None)

    def step_many(self, n: int) -> Progress:
        """Take n steps, or fewer where the training is done before.

        Raises:
            FloatingPointError: as `advance`.
        """
        for _ in range(n):
            if self.done:
                break
            self.advance()
        return self.progress

    def advance(self) -> None:
        """Take one step, and evaluate where that is due.

        Raises:
            FloatingPointError: a loss or logit is not finite; names the seed, the step and the configuration.
            ValueError: the training is done.
        """
        if self.done:
            raise ValueError(f"expected a training with steps left, got one that is done after {self.step}")
        tokens, targets = self._batches.draw()
        loss = self._loss_of(tokens, targets)
        self._check_finite("loss", loss)
        loss.sum().backward()
        self.step += 1
        self._optimiser.step(self.step)
        self._loss = loss.detach()
        self._loss_sum += self._loss
        if self.step % self.config.eval_every == 0 or self.step == self.config.steps:
            self._evaluate()

    def state(self) -> tuple[dict[str, Tensor], dict[str, Any]]:
        """Everything that another trainer of this configuration needs to go on, bit for bit.

        Returns:
            Tensors by name, copied to main memory: parameters ("model."), Adam's moments ("first_moment.",
            "second_moment."), "generators", and the losses since the last evaluation; and JSON data, the step and the
            history.
        """
        tensors = {name: tensor.detach().to("cpu", copy=True) for name, tensor in self._tensors().items()}
        return {**tensors, "generators": self._batches.state()}, {"step": self.step, "history": self.history.to_json()}

    def load_state(self, tensors: Mapping[str, Tensor], data: Mapping[str, Any]) -> None:
        """Go on from what `state` returned.

        Raises:
            ValueError: the state of another configuration or of other seeds.
        """
        if set(data) != {"step", "history"}:
            raise ValueError(f"expected a state with a step and a history, got {sorted(data)}")
        history = type(self.history).from_json(data["history"])
        if history.seeds != self.seeds:
            raise ValueError(f"expected the state of the seeds {self.seeds}, got that of {history.seeds}")
        step, last = data["step"], max(history.step.tolist(), default=0)
        if type(step) is not int or not last <= step <= self.config.steps:  # beyond the end it would never be done
            raise ValueError(f"expected a step from {last}, the last evaluation, to {self.config.steps}, "
                             f"got {step!r:.40}")
        mine = self._tensors()
        expected = {name: tuple(tensor.shape) for name, tensor in mine.items()}
        expected["generators"] = tuple(self._batches.state().shape)
        given = {name: tuple(tensor.shape) for name, tensor in tensors.items()}
        if given != expected:
            names = sorted(n for n in given.keys() | expected.keys() if given.get(n) != expected.get(n))
            raise ValueError("expected the state of this configuration; " + "; ".join(
                f"{n}: expected {expected.get(n, 'nothing')}, got {given.get(n, 'nothing')}" for n in names))
        for name, tensor in mine.items():
            tensor.detach().copy_(tensors[name])
        self._batches.load_state(tensors["generators"])
        self._optimiser.go_on_after(data["step"])
        self.step, self.history = data["step"], history

    def _mean_loss(self, tokens: Tensor, targets: Tensor) -> Tensor:
        return mean_loss(self.model(tokens, self._batches.layout), targets)

    def _tensors(self) -> dict[str, Tensor]:
        """The tensors of a state, by name: frozen parameters too, since an earlier stage may have trained them."""
        parameters = {f"model.{name}": parameter for name, parameter in self.model.named_parameters()}
        return {**parameters, **self._optimiser.moments(), "loss": self._loss, "loss_sum": self._loss_sum}

    def _evaluate(self) -> None:
        """Add to the history: training loss since the entry before, and which held-out readouts are answered right."""
        right = self._held_out.right(self.model)
        self._check_finite("accuracy", right.mean((1, 2)))
        since = self.step - (int(self.history.step[-1]) if len(self.history.step) else 0)
        self.history = self.history.extended(self.step, (self._loss_sum / since).cpu().numpy(), right.cpu().numpy())
        self._loss_sum.zero_()

    def _check_finite(self, name: str, values: Float[Tensor, "seed"]) -> None:
        if not values.isfinite().all():
            lost = {seed: value for seed, value in zip(self.seeds, values.tolist(), strict=True)
                    if not math.isfinite(value)}
            raise FloatingPointError(f"expected the {name} of every seed to be finite, got {lost} (value by seed) "
                                     f"after {self.step} steps of {self.config}")


def mean_loss(
    logits: Float[Tensor, "seed batch readout output"], targets: Int[Tensor, "seed batch readout"]
) -> Float[Tensor, "seed"]:
    """Average the cross-entropy of each seed over its readouts.

    Args:
        logits: (S, B, R, V).
        targets: the right answers, (S, B, R).

    Returns:
        One loss a seed, in nats.
    """
    loss = F.cross_entropy(logits.flatten(0, 2), targets.flatten(), reduction="none")
    return loss.view(len(logits), -1).mean(1)


@torch.inference_mode(False)
@torch.enable_grad()  # whoever trains may only have read models before
def train(config: "TrainConfig", seeds: Sequence[int], *, device: str = "cpu",
          progress: Callable[[Progress], None] | None = None) -> Trained:
    """Train an ensemble from start to end.

    Args:
        config: the task, the model and the recipe.
        seeds: distinct integers, one a member.
        device: where to train, "cpu" or "cuda".
        progress: called after every evaluation.

    Returns:
        The trained ensemble and its history.

    Raises:
        ValueError: seeds that are no ensemble, or a device that this machine does not have.
        FloatingPointError: as `Trainer.advance`.
    """
    trainer = config.trainer(tuple(seeds), device)
    while not trainer.done:
        now = trainer.step_many(config.eval_every)
        if progress is not None:
            progress(now)
    return Trained(model=trainer.model, history=trainer.history)
