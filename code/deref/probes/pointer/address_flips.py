"""Address flips: flip one bit of the address, and see whether the answer becomes that of the cell it now names.

Flipping a memory cell asks whether the model reads the right cell. Flipping an address bit asks whether it follows the
pointer. Where the two cells hold different bits the answer must change, where they hold the same it must stay.
"""

import dataclasses

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor

from deref.model.transformer import Transformer
from deref.probes.base.answers import answers
from deref.tasks.pointer import PointerTask


@dataclasses.dataclass(frozen=True, kw_only=True, eq=False)
class AddressFlips:
    """What flipping each address bit did to each answer.

    A flip that would name a cell that does not exist (M no power of two) is not made; it counts nowhere.

    Args:
        memories: the memories, (memory, cell).
        answers: what each seed answers at every address, (seed, memory, address).
        named: the address that each flip makes of each address, (address, bit), bits as spelled, most significant
            first; -1 where no cell has it.
    """

    memories: Int[Tensor, "memory cell"]
    answers: Int[Tensor, "seed memory address"]
    named: Int[Tensor, "address bit"]

    @property
    def made(self) -> Bool[Tensor, "address bit"]:
        """Which flips are made."""
        return self.named >= 0

    @property
    def after(self) -> Int[Tensor, "seed memory address bit"]:
        """The answer after each flip; -1 where it is not made."""
        return self.answers[:, :, self.named].masked_fill(~self.made, -1)

    @property
    def must_change(self) -> Bool[Tensor, "memory address bit"]:
        """Where the two cells hold different bits; False where the flip is not made."""
        return (self.memories[:, self.named] != self.memories[:, :, None]) & self.made

    @property
    def must_stay(self) -> Bool[Tensor, "memory address bit"]:
        """Where the two cells hold the same bit; False where the flip is not made."""
        return (self.memories[:, self.named] == self.memories[:, :, None]) & self.made

    def changed_rate(self) -> Float[Tensor, "seed bit"]:
        """The share of flips that changed the answer, where it must change, for each bit: 1 for a perfect lookup."""
        return self._share(self._changed, self.must_change)

    def strayed_rate(self) -> Float[Tensor, "seed bit"]:
        """The share of flips that changed the answer, where it must stay, for each bit: 0 for a perfect lookup."""
        return self._share(self._changed, self.must_stay)

    @property
    def _changed(self) -> Tensor:
        return self.after != self.answers[..., None]

    @staticmethod
    def _share(what: Tensor, where: Tensor) -> Tensor:
        return (what & where).double().sum((1, 2)) / where.sum((0, 1))


def flip_address(model: Transformer, task: PointerTask, memories: Int[Tensor, "memory cell"]) -> AddressFlips:
    """Flip every bit of every address of every memory, one at a time.

    An address with a bit flipped is another address, and a trie sequence asks for them all. So this needs one pass, and
    is exact. It is for models of the pointer task alone.

    Args:
        model: the model, of S seeds.
        task: the pointer task that it answers.
        memories: bits, (memory, cell).

    Returns:
        The result for every seed, memory, address and flipped bit.

    Raises:
        ValueError: no memories, or memories of another size than the task's.
    """
    if not len(memories):
        raise ValueError("expected at least one memory, got none")
    named = torch.arange(task.M)[:, None] ^ (1 << torch.arange(task.A - 1, -1, -1))
    return AddressFlips(memories=memories.cpu(), answers=answers(model, task, memories),
                        named=named.masked_fill(named >= task.M, -1))
