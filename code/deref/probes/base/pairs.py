"""Pairs of runs: a clean sequence, a corrupted one, and how far the answer moves between them."""

import dataclasses

import torch
from jaxtyping import Float, Int
from torch import Tensor

from deref.tasks.layout import Layout
from deref.tasks.pointer import PointerTask


@dataclasses.dataclass(frozen=True, kw_only=True, eq=False)
class Pairs:
    """Clean sequences beside corrupted ones, laid out alike and read at one node.

    Args:
        layout: the layout of both; it has one readout.
        clean: tokens, (pair, node).
        corrupted: tokens, (pair, node).
        answers: the right answer of each clean sequence.
        others: the right answer of each corrupted sequence.

    Raises:
        ValueError: a layout of several readouts, or parts that do not fit each other.
    """

    layout: Layout
    clean: Int[Tensor, "pair node"]
    corrupted: Int[Tensor, "pair node"]
    answers: Int[Tensor, "pair"]
    others: Int[Tensor, "pair"]

    def __post_init__(self) -> None:
        if len(self.layout.readouts) != 1:
            raise ValueError(f"expected a layout with one readout, got {len(self.layout.readouts)}")
        shape = (len(self.answers), self.layout.size)
        for name in ("clean", "corrupted"):
            if getattr(self, name).shape != shape:
                raise ValueError(f"expected {name} tokens of {shape[0]} pairs and {shape[1]} nodes, "
                                 f"got the shape {tuple(getattr(self, name).shape)}")
        if len(self.others) != len(self.answers):
            raise ValueError(f"expected {len(self.answers)} answers to corrupted sequences, got {len(self.others)}")

    def __len__(self) -> int:
        return len(self.answers)

    def __getitem__(self, which: slice | Int[Tensor, "chosen"]) -> "Pairs":
        """Some of the pairs, as pairs."""
        return Pairs(layout=self.layout, clean=self.clean[which], corrupted=self.corrupted[which],
                     answers=self.answers[which], others=self.others[which])

    def to(self, device: torch.device | str) -> "Pairs":
        """The same pairs with their tokens and answers on a device."""
        return Pairs(layout=self.layout.to(device), clean=self.clean.to(device), corrupted=self.corrupted.to(device),
                     answers=self.answers.to(device), others=self.others.to(device))

    def margin(self, logits: Float[Tensor, "seed pair readout output"]) -> Float[Tensor, "seed pair"]:
        """By how much a run prefers the clean answer to the corrupted one: the difference of their logits."""
        at_readout = logits[:, :, 0]
        wanted = torch.stack([self.answers, self.others], dim=-1).expand(len(logits), -1, -1)
        answer, other = at_readout.gather(-1, wanted).unbind(-1)
        return answer - other


def pointer_pairs(task: PointerTask, memories: Int[Tensor, "memory cell"]) -> Pairs:
    """Pair every address of every memory with itself, the addressed bit flipped.

    Args:
        task: the pointer task.
        memories: bits, (memory, cell).

    Returns:
        memory x address pairs, the addresses of one memory next to each other.

    Raises:
        ValueError: no memories, or memories of another size than the task's.
    """
    if not len(memories):
        raise ValueError("expected at least one memory, got none")
    addresses = torch.arange(task.M, device=memories.device).repeat(len(memories))
    clean = task.tokens(memories.repeat_interleave(task.M, dim=0), addresses)
    corrupted = clean.clone()
    corrupted[torch.arange(len(clean)), addresses] ^= 1
    return Pairs(layout=task.layout("flat"), clean=clean, corrupted=corrupted, answers=memories.flatten(),
                 others=1 - memories.flatten())
