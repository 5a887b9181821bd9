"""Batches: the sequences that a model is trained and measured on, every seed's from random streams of its own."""

import hashlib
from collections.abc import Sequence
from typing import TYPE_CHECKING

import torch
from jaxtyping import Float, Int, UInt8
from torch import Tensor, nn

if TYPE_CHECKING:
    from deref.train.config import TrainConfig


def stream(seed: int, purpose: str) -> torch.Generator:
    """A generator for one purpose of one seed, unrelated to the seed's other generators.

    It lives in main memory whatever device trains, so that all devices see the same examples.
    """
    digest = hashlib.sha256(f"{purpose} {seed}".encode()).digest()
    return torch.Generator().manual_seed(int.from_bytes(digest[:8], "big"))


class Batches:
    """The batches of an ensemble, fresh at every step or drawn from examples that each seed keeps.

    Args:
        config: names the task, its form and how much a step draws.
        seeds: one integer a member.
        device: where the batches go.
    """

    def __init__(self, config: "TrainConfig", seeds: Sequence[int], device: torch.device) -> None:
        self.config, self.device = config, device
        self.layout = config.task.layout(config.form).to(device)
        self._generators = [stream(seed, "batches") for seed in seeds]
        self._fixed = None
        if config.fixed_examples is not None:
            self._fixed = self._sample(config.fixed_examples, [stream(seed, "fixed examples") for seed in seeds])

    def draw(self) -> tuple[Int[Tensor, "seed batch node"], Int[Tensor, "seed batch readout"]]:
        """The next tokens and answers of every seed; fixed examples are drawn with replacement."""
        if self._fixed is None:
            return self._sample(self.config.batch, self._generators)
        chosen = torch.stack([torch.randint(self.config.fixed_examples, (self.config.batch,), generator=generator)
                              for generator in self._generators]).to(self.device)
        member = torch.arange(len(chosen), device=self.device)[:, None]
        tokens, targets = self._fixed
        return tokens[member, chosen], targets[member, chosen]

    def state(self) -> UInt8[Tensor, "seed byte"]:
        """Where the generators stand: batches drawn from here on depend on nothing else."""
        return torch.stack([generator.get_state() for generator in self._generators])

    def load_state(self, state: UInt8[Tensor, "seed byte"]) -> None:
        """Put the generators where `state` found them."""
        for generator, position in zip(self._generators, state, strict=True):
            # A copy, because torch 2.13 crashes on a state that is a row of a larger tensor.
            generator.set_state(position.clone())

    def _sample(self, n: int, generators: Sequence[torch.Generator]) -> tuple[Tensor, Tensor]:
        drawn = [self.config.task.sample(n, self.config.form, generator) for generator in generators]
        tokens, targets = (torch.stack(parts) for parts in zip(*drawn, strict=True))
        return tokens.to(self.device), targets.to(self.device)


class HeldOut:
    """Memories that no seed draws on purpose, the same for all seeds, with all their addresses.

    A small task has few memories, so training will still meet some of these by chance: with M = 8 there are only 256.

    Args:
        config: names the task and how many memories to hold out.
        device: where they go.
    """

    def __init__(self, config: "TrainConfig", device: torch.device) -> None:
        # All addresses count, whatever form the model is trained on; a task without tries is measured as it is trained.
        form = "trie" if "trie" in config.task.forms else config.form
        self.layout = config.task.layout(form).to(device)
        tokens, targets = config.task.sample(config.eval_memories, form, stream(0, "held out"))
        self.tokens, self.targets = tokens.to(device), targets.to(device)
        # In pieces no larger than a training step, so that measuring never needs more memory than training does.
        self._piece = max(1, config.batch * config.task.layout(config.form).size // self.layout.size)

    @torch.no_grad()
    def right(self, model: nn.Module) -> Float[Tensor, "seed batch readout"]:
        """Where each seed answers correctly, 1 or 0; nan where its logits are not finite."""
        right = []
        for tokens, targets in zip(self.tokens.split(self._piece), self.targets.split(self._piece), strict=True):
            logits = model(tokens, self.layout)
            answers = (logits.argmax(-1) == targets).double()
            right.append(answers.masked_fill(~logits.isfinite().all(-1), torch.nan))
        return torch.cat(right, dim=1)

    def accuracy(self, model: nn.Module) -> Float[Tensor, "seed"]:
        """The share of readouts that each seed answers correctly; nan for a seed whose logits are not finite."""
        return self.right(model).mean((1, 2))
