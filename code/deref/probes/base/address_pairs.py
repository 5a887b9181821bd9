"""Address pairs: two runs on one memory that differ in one address bit, and so must answer differently."""

import dataclasses

import torch
from jaxtyping import Bool, Int
from torch import Tensor

from deref.probes.base.pairs import Pairs
from deref.tasks.pointer import PointerTask


@dataclasses.dataclass(frozen=True, kw_only=True, eq=False)
class AddressPairs:
    """Pairs of sequences with one memory and addresses that differ in one bit.

    Args:
        pairs: the pairs; the two cells that a pair's addresses name hold different bits.
        bit: which address bit each pair flips, as spelled, most significant first.
    """

    pairs: Pairs
    bit: Int[Tensor, "pair"]

    def flips(self, bit: int) -> Bool[Tensor, "pair"]:
        """Which pairs flip one of the bits."""
        return self.bit == bit


def address_pairs(task: PointerTask, count: int, generator: torch.Generator) -> AddressPairs:
    """Draw pairs for every address and every bit whose flip names a cell that exists.

    Args:
        task: the pointer task.
        count: how many memories to draw for each address and bit.
        generator: draws the memories; one of the two cells is then set to what the other does not hold.

    Returns:
        The pairs, those of one address and bit next to each other.

    Raises:
        ValueError: no memories.
    """
    if count < 1:
        raise ValueError(f"expected at least one memory for each address and bit, got {count}")
    address = torch.arange(task.M)[:, None]
    other = address ^ (1 << torch.arange(task.A - 1, -1, -1))
    chosen, bit = (other < task.M).nonzero().repeat_interleave(count, dim=0).unbind(1)
    named, rows = other[chosen, bit], torch.arange(len(chosen))
    memory = task.sample_memory(len(chosen), generator)
    memory[rows, named] = 1 - memory[rows, chosen]
    pairs = Pairs(layout=task.layout("flat"), clean=task.tokens(memory, chosen), corrupted=task.tokens(memory, named),
                  answers=memory[rows, chosen], others=memory[rows, named])
    return AddressPairs(pairs=pairs, bit=bit)
