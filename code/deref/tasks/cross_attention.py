"""The pointer task with two kinds of addresses and two sources of keys and values: self- and cross-attention.

Memory is one sequence, the address another. Two things vary, and nothing else:

    address   "spelled": the address is A tokens of one bit each; "whole": it is one token with a number of its own
    source    "self": an address token sees the memory, the address tokens before it and itself, as in one causal
              sequence; "cross": its keys and values come from the memory alone, as in a decoder that reads an encoder

Worked example, M = 4, memory 0 1 1 0, address 2: the tokens are 0 1 1 0 1 0 (spelled) or 0 1 1 0 4 (whole: tokens 0 and
1 are bits, and 2 + a names address a); the answer is 1, the bit in cell 2.
"""

from functools import lru_cache

import torch
from jaxtyping import Int
from torch import Tensor

from deref.tasks import layout as layouts
from deref.tasks.layout import Layout, shareable
from evidence.config import config

ADDRESSES, SOURCES = ("spelled", "whole"), ("self", "cross")


@config
class CrossingTask:
    """Fetch the bit of a memory that an address in a second sequence points at.

    Args:
        M: the number of memory cells, at least 2.
        address: "spelled" in bits, or "whole", one token.
        source: where the keys and values of address tokens come from, "self" or "cross".

    Raises:
        ValueError: M is not an integer of at least 2, or an unknown address or source.
    """

    M: int
    address: str
    source: str

    def __post_init__(self) -> None:
        if type(self.M) is not int or self.M < 2:
            raise ValueError(f"expected M, the number of memory cells, to be an integer of at least 2, got {self.M!r}")
        for name, known in (("address", ADDRESSES), ("source", SOURCES)):
            if getattr(self, name) not in known:
                raise ValueError(f"expected {name} to be one of {', '.join(known)}, got {getattr(self, name)!r}")

    @property
    def A(self) -> int:
        """The number of tokens of an address."""
        return (self.M - 1).bit_length() if self.address == "spelled" else 1

    @property
    def length(self) -> int:
        """The number of positions, M + A."""
        return self.M + self.A

    @property
    def vocab(self) -> int:
        """The number of distinct tokens: two bits and M addresses, also where the task needs the bits alone."""
        return 2 + self.M

    @property
    def outputs(self) -> int:
        """The number of distinct answers: the bits 0 and 1."""
        return 2

    @property
    def forms(self) -> tuple[str, ...]:
        """The one form: a memory once, then every address."""
        return ("trie",)

    def layout(self, form: str) -> Layout:
        """Return the layout: the memory, then all addresses; readout i answers address i.

        Raises:
            ValueError: a form other than "trie".
        """
        if form not in self.forms:
            raise ValueError(f"expected a form of the crossing task, which is trie, got {form!r}")
        return _layout(self.M, self.address, self.source)

    def trie_tokens(self, memory: Int[Tensor, "batch cell"]) -> Int[Tensor, "batch node"]:
        """Write memories with all their addresses, in the order of the layout.

        Args:
            memory: bits, one row of M cells a sequence.

        Raises:
            ValueError: memory rows of another length.
        """
        if memory.shape[-1] != self.M:
            raise ValueError(f"expected memories of M = {self.M} cells, got {memory.shape[-1]}")
        spelled = self.address == "spelled"
        behind = layouts.trie_prefixes(self.M, self.A)[1] & 1 if spelled else 2 + torch.arange(self.M)
        return torch.cat([memory, behind.to(memory.device).expand(len(memory), -1)], dim=1)

    def sample_memory(self, n: int, generator: torch.Generator) -> Int[Tensor, "batch cell"]:
        """Draw n memories of independent fair bits, (n, M)."""
        return torch.randint(0, 2, (n, self.M), generator=generator)

    def sample(
        self, n: int, form: str, generator: torch.Generator
    ) -> tuple[Int[Tensor, "batch node"], Int[Tensor, "batch readout"]]:
        """Draw n memories of fair bits with all their addresses; the answers are the memory, in address order.

        Raises:
            ValueError: a form other than "trie".
        """
        self.layout(form)
        memory = self.sample_memory(n, generator)
        return self.trie_tokens(memory), memory


@lru_cache(maxsize=16)
@shareable
def _layout(cells: int, address: str, source: str) -> Layout:
    if address == "spelled":
        spelled = layouts.trie(cells, (cells - 1).bit_length())
        positions, mask = spelled.positions, spelled.mask.clone()
    else:
        positions = torch.cat([torch.arange(cells), torch.full((cells,), cells)])
        mask = torch.ones(2 * cells, 2 * cells, dtype=torch.bool).tril()
        mask[cells:, cells:] = torch.eye(cells, dtype=torch.bool)
    if source == "cross":
        mask[cells:, cells:] = False
    size = len(positions)
    return Layout(positions=positions, mask=mask, readouts=torch.arange(size - cells, size),
                  addresses=torch.arange(cells))
