"""The pointer task: M bits of memory, then an address; the answer is the addressed bit.

Worked example, M = 4, so A = 2 address bits, most significant first:

    memory  address      tokens (flat form)      answer
    0 1 1 0   2 = 10     0 1 1 0 1 0             1, the bit in cell 2
    0 1 1 0   3 = 11     0 1 1 0 1 1             0, the bit in cell 3
"""

import torch
from jaxtyping import Int
from torch import Tensor

from deref.tasks import layout as layouts
from deref.tasks.layout import Layout
from evidence.config import config


@config
class PointerTask:
    """Fetch the bit of memory that an address points at.

    Args:
        M: the number of memory cells, at least 2; need not be a power of two.

    Raises:
        ValueError: M is not an integer of at least 2.
    """

    M: int

    def __post_init__(self) -> None:
        if not isinstance(self.M, int) or isinstance(self.M, bool) or self.M < 2:
            raise ValueError(f"expected M, the number of memory cells, to be an integer of at least 2, got {self.M!r}")

    @property
    def A(self) -> int:
        """The number of address bits, ceil(log2 M)."""
        return (self.M - 1).bit_length()

    @property
    def T(self) -> int:
        """The number of tokens of the flat form, M + A."""
        return self.M + self.A

    @property
    def length(self) -> int:
        """The number of positions, T."""
        return self.T

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
        """The forms the task can be laid out in: "trie" shares one memory among all addresses, "flat" does not."""
        return ("trie", "flat")

    def layout(self, form: str) -> Layout:
        """Return the layout of a form.

        Args:
            form: "trie" or "flat".

        Raises:
            ValueError: another form.
        """
        self._check_form(form)
        build = layouts.trie if form == "trie" else layouts.flat
        return build(self.M, self.A)

    def address_bits(self, addresses: Int[Tensor, "batch"]) -> Int[Tensor, "batch bit"]:
        """Spell addresses in A bits, most significant first.

        Raises:
            ValueError: an address outside 0 to M - 1.
        """
        self._check_addresses(addresses)
        places = torch.arange(self.A - 1, -1, -1, device=addresses.device)
        return (addresses[:, None] >> places) & 1

    def tokens(
        self, memory: Int[Tensor, "batch cell"], addresses: Int[Tensor, "batch"]
    ) -> Int[Tensor, "batch node"]:
        """Write memories and their addresses as flat sequences: memory, then address, most significant bit first.

        Args:
            memory: bits, one row of M cells a sequence.
            addresses: one address a sequence.

        Returns:
            Tokens, (batch, T).

        Raises:
            ValueError: memory rows of another length, or an address outside 0 to M - 1.
        """
        self._check_memory(memory)
        return torch.cat([memory, self.address_bits(addresses)], dim=1)

    def trie_tokens(self, memory: Int[Tensor, "batch cell"]) -> Int[Tensor, "batch node"]:
        """Write memories as trie sequences: memory, then the last bit of every address prefix.

        Args:
            memory: bits, one row of M cells a sequence.

        Returns:
            Tokens, (batch, N), in the order of `layout("trie")`; readout i answers address i.

        Raises:
            ValueError: memory rows of another length.
        """
        self._check_memory(memory)
        _, prefix = layouts.trie_prefixes(self.M, self.A)
        last_bit = (prefix & 1).to(memory.device)
        return torch.cat([memory, last_bit.expand(len(memory), -1)], dim=1)

    def oracle(self, tokens: Int[Tensor, "batch node"]) -> Int[Tensor, "batch"]:
        """Answer flat sequences exactly, from their tokens alone.

        Args:
            tokens: (batch, T), memory then address.

        Returns:
            The addressed bit of each sequence.

        Raises:
            ValueError: sequences of another length, or an address that no cell has.
        """
        if tokens.shape[-1] != self.T:
            raise ValueError(f"expected sequences of T = {self.T} tokens, got {tokens.shape[-1]}")
        memory, bits = tokens[:, : self.M], tokens[:, self.M :]
        places = torch.arange(self.A - 1, -1, -1, device=tokens.device)
        addresses = (bits << places).sum(1)
        self._check_addresses(addresses)
        return memory.gather(1, addresses[:, None])[:, 0]

    def sample_memory(self, n: int, generator: torch.Generator) -> Int[Tensor, "batch cell"]:
        """Draw n memories of independent fair bits, (n, M)."""
        return torch.randint(0, 2, (n, self.M), generator=generator)

    def sample(
        self, n: int, form: str, generator: torch.Generator
    ) -> tuple[Int[Tensor, "batch node"], Int[Tensor, "batch readout"]]:
        """Draw n sequences of a form with their answers.

        Args:
            n: the number of sequences; a trie sequence holds one memory and all its addresses.
            form: "trie" or "flat".
            generator: the only source of randomness.

        Returns:
            Tokens (n, N) and answers (n, R): R = M in address order for "trie", 1 for "flat".

        Raises:
            ValueError: another form.
        """
        self._check_form(form)
        memory = self.sample_memory(n, generator)
        if form == "trie":
            return self.trie_tokens(memory), memory
        addresses = torch.randint(0, self.M, (n,), generator=generator)
        return self.tokens(memory, addresses), memory.gather(1, addresses[:, None])

    def _check_form(self, form: str) -> None:
        if form not in self.forms:
            raise ValueError(f"expected a form of the pointer task, one of {', '.join(self.forms)}, got {form!r}")

    def _check_memory(self, memory: Tensor) -> None:
        if memory.shape[-1] != self.M:
            raise ValueError(f"expected memories of M = {self.M} cells, got {memory.shape[-1]}")

    def _check_addresses(self, addresses: Tensor) -> None:
        outside = addresses[(addresses < 0) | (addresses >= self.M)]
        if len(outside):
            raise ValueError(f"expected addresses from 0 to {self.M - 1}, got {int(outside[0])}")
