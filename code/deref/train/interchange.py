"""Training on a known program: the loss of the task, and that of interchange interventions.

In an interchange intervention some places of a run hold what they hold in the run of a donor. A program
(`deref.train.programs`) says what the answer is then, and the model is trained to give it. Which places are swapped is
drawn anew for every sequence: mostly few, now and then all.

Source: Geiger et al., Inducing Causal Structure for Interpretable Neural Networks (2022). There variables of a program
are swapped; here also the places that the program has no use for, which must make no difference.
"""

from typing import cast

import torch
from jaxtyping import Float, Int
from torch import Generator, Tensor, nn

from deref.model.taps import Site, SiteTap, read
from deref.model.transformer import Transformer
from deref.tasks.layout import Layout
from deref.tasks.pointer import PointerTask
from deref.train.batches import stream
from deref.train.config import TrainConfig
from deref.train.ensemble import ensemble
from deref.train.programs import PROGRAMS, Swaps
from deref.train.trainer import Trainer, mean_loss
from evidence.config import config

SITES = {Site("q", 0): "asks", Site("k", 0): "shows", Site("v", 0): "shows", Site("z", 0): "writes",
         Site("k", 1): "offers", Site("v", 1): "offers"}
"""Where a model has the places that `Swaps` names."""


def draw_swaps(count: int, nodes: int, heads: int, generator: Generator) -> Swaps:
    """Draw places for each of some sequences, with a share of all places that is drawn for each sequence.

    Args:
        count: the number of sequences.
        nodes: of a sequence.
        heads: of a layer.
        generator: the only source of randomness.

    Returns:
        Swaps, each (count, head, node). The share is the square of a number drawn evenly from 0 to 1.
    """
    share = torch.rand(count, 1, 1, 1, generator=generator) ** 2
    drawn = torch.rand(count, len(Swaps._fields), heads, nodes, generator=generator) < share
    return Swaps(*drawn.unbind(1))


def interchanged(
    model: Transformer, layout: Layout, base: Int[Tensor, "*seed batch node"], donor: Int[Tensor, "*seed batch node"],
    swaps: Swaps
) -> Float[Tensor, "seed batch readout output"]:
    """Answer sequences while some places hold what they hold in the runs of donors.

    Args:
        model: of two layers.
        layout: of the sequences.
        base: the sequences, as the model takes them.
        donor: a donor for each.
        swaps: the places, (S, B, H, N), or (B, H, N) where all seeds get the same.

    Returns:
        Logits, (S, B, R, V).
    """
    given: dict[Site, Tensor] = {}
    model(donor, layout, tap=read(SITES, into=given))
    return model(base, layout, tap=_swapping(given, swaps))


def _swapping(given: dict[Site, Tensor], swaps: Swaps) -> SiteTap:
    def swap(site: Site, x: Tensor) -> Tensor:
        return torch.where(getattr(swaps, SITES[site])[..., None], given[site], x)

    return SiteTap(frozenset(SITES), swap)


@config
class InterchangeConfig:
    """A training run on a known program.

    Args:
        program: one of `deref.train.programs.PROGRAMS`.
        train: the task, a pointer in the form "flat", a model of two layers, and the recipe.

    Raises:
        ValueError: an unknown program, or a task, a form or a model that it cannot run in.
    """

    program: str
    train: TrainConfig

    def __post_init__(self) -> None:
        if self.program not in PROGRAMS:
            raise ValueError(f"expected a program, one of {', '.join(PROGRAMS)}, got {self.program!r}")
        task, model, four = self.train.task, self.train.model, self.program == "carry"
        if not isinstance(task, PointerTask) or task.M & (task.M - 1) or (four and task.M != 4):
            raise ValueError(f"expected a pointer task of {'4' if four else '2, 4, 8, …'} cells, got {task!r}")
        if self.train.form != "flat" or model.layers != 2 or model.heads < task.A:
            raise ValueError(f"expected the form flat and a model of 2 layers with at least {task.A} heads, got the "
                             f"form {self.train.form}, {model.layers} layers and {model.heads} heads")

    @property
    def task(self) -> PointerTask:
        """What is learned."""
        return cast(PointerTask, self.train.task)

    @property
    def steps(self) -> int:
        """Optimiser steps at most."""
        return self.train.steps

    @property
    def stages(self) -> tuple[TrainConfig, ...]:
        """The recipes that a run follows, one after the other: one alone."""
        return self.train.stages

    def trainer(self, seeds: tuple[int, ...], device: str = "cpu") -> "InterchangeTrainer":
        """Build the model and its trainer, at step 0; as `TrainConfig.trainer`."""
        return InterchangeTrainer(self, ensemble(self.train.model.build, seeds, device))


class InterchangeTrainer(Trainer):
    """A trainer whose loss has two parts: of the task, and of interchange interventions, with equal weight.

    The donor of a sequence is the one before it in the batch. Places come from a stream for each seed and step, so that
    a training which goes on needs no more state than any other.

    Args:
        config: the program and the recipe.
        model: the ensemble to train.
    """

    def __init__(self, config: InterchangeConfig, model: nn.Module) -> None:
        super().__init__(config.train, model)
        self.task, self.program, self.heads = config.task, PROGRAMS[config.program], config.train.model.heads

    def _mean_loss(self, tokens: Tensor, targets: Tensor) -> Tensor:
        given: dict[Site, Tensor] = {}
        layout = self._batches.layout
        logits = self.model(tokens, layout, tap=read(SITES, into=given))
        swaps, donor = self._swaps(tokens), tokens.roll(1, 1)
        there = self.model(tokens, layout, tap=_swapping({site: x.roll(1, 1) for site, x in given.items()}, swaps))
        answers = self.program(self.task, tokens, donor, swaps)
        return mean_loss(logits, targets) + mean_loss(there, answers[..., None])

    def _swaps(self, tokens: Tensor) -> Swaps:
        drawn = [draw_swaps(*tokens.shape[1:], self.heads, stream(seed, f"swaps of step {self.step}"))
                 for seed in self.seeds]
        return Swaps(*(torch.stack(parts).to(tokens.device) for parts in zip(*drawn, strict=True)))
