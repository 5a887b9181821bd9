"""The pointer that is followed twice: the bit that an address fetches is the first bit of a second address.

Worked example, M = 4, A = 2, address bits most significant first:

    memory  address   first bit   second address   answer
    0 1 1 0   2 = 10     1            10 = 2       1, the bit in cell 2
    0 1 1 0   3 = 11     0            01 = 1       1, the bit in cell 1

Only the cells whose last bits are those of the address matter, and there are two: with the first bit of the address 0
the answer is their AND, with 1 it is their OR.
"""

import torch
from jaxtyping import Int
from torch import Tensor

from deref.tasks.layout import Layout
from deref.tasks.pointer import PointerTask
from evidence.config import config


@config
class TwoHopTask:
    """Follow a pointer twice.

    Args:
        M: the number of memory cells, a power of two of at least 4.

    Raises:
        ValueError: M is no such number.
    """

    M: int

    def __post_init__(self) -> None:
        PointerTask(M=self.M)
        if self.M < 4 or self.M & (self.M - 1):
            raise ValueError(f"expected M, the number of memory cells, to be a power of two of at least 4, "
                             f"got {self.M!r}")

    @property
    def pointer(self) -> PointerTask:
        """The task of a single lookup, which has the same tokens."""
        return PointerTask(M=self.M)

    @property
    def length(self) -> int:
        """The number of positions, M + A."""
        return self.pointer.T

    @property
    def vocab(self) -> int:
        """The number of distinct tokens: the bits 0 and 1."""
        return 2

    @property
    def outputs(self) -> int:
        """The number of distinct answers: the bits 0 and 1."""
        return 2

    @property
    def forms(self) -> tuple[str, ...]:
        """The forms: "trie" shares one memory among all addresses, "flat" does not."""
        return self.pointer.forms

    def layout(self, form: str) -> Layout:
        """Return the layout of a form; as `PointerTask.layout`."""
        return self.pointer.layout(form)

    def answers(self, memory: Int[Tensor, "batch cell"]) -> Int[Tensor, "batch address"]:
        """Follow every address of some memories twice.

        Args:
            memory: bits, one row of M cells a memory.

        Returns:
            The answer at each address, (batch, M).
        """
        low = torch.arange(self.M, device=memory.device) % (self.M // 2)
        return memory.gather(1, memory * (self.M // 2) + low)

    def sample(
        self, n: int, form: str, generator: torch.Generator
    ) -> tuple[Int[Tensor, "batch node"], Int[Tensor, "batch readout"]]:
        """Draw n sequences of a form with their answers; as `PointerTask.sample`."""
        if form == "trie":
            memory = self.pointer.sample_memory(n, generator)
            return self.pointer.trie_tokens(memory), self.answers(memory)
        tokens, _ = self.pointer.sample(n, form, generator)
        places = torch.arange(self.pointer.A - 1, -1, -1)
        address = (tokens[:, self.M:] << places).sum(1, keepdim=True)
        return tokens, self.answers(tokens[:, : self.M]).gather(1, address)
