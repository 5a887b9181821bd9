"""The pointer task with questions that are never asked while a model trains, and asked afterwards.

Worked example, M = 4, address 2 never asked:

    memory  address   while training     afterwards
    0 1 1 0   1 = 01     answer 1           answer 1
    0 1 1 0   2 = 10     no loss            answer 1

All questions stand in the input of both forms, so that both have one layout. A question that is not asked has the
answer `UNASKED` in training, which the cross-entropy passes over.
"""

import torch
from jaxtyping import Bool, Int
from torch import Tensor

from deref.tasks.layout import Layout
from deref.tasks.pointer import PointerTask
from evidence.config import config

UNASKED = -100
"""The answer of a question without loss: PyTorch's `ignore_index`."""


@config
class HeldOutTask:
    """Fetch the bit that an address points at; some questions are never asked in training.

    Args:
        M: the number of memory cells, at least 2.
        never: addresses that are never asked, increasing; not all.
        pairs: of every hundred pairs of a memory and an address, how many are never asked, chosen at random once and
            for all; needs a memory of at most 16 cells.

    Raises:
        ValueError: addresses that no cell has, all of them, or shares of pairs that there are not.
    """

    M: int
    never: tuple[int, ...] = ()
    pairs: int = 0

    def __post_init__(self) -> None:
        PointerTask(M=self.M)
        inside = isinstance(self.never, tuple) and all(type(one) is int and 0 <= one < self.M for one in self.never)
        if not inside or list(self.never) != sorted(set(self.never)) or len(self.never) == self.M:
            raise ValueError(f"expected increasing addresses below {self.M}, not all of them, got {self.never!r}")
        if type(self.pairs) is not int or not 0 <= self.pairs < 100:
            raise ValueError(f"expected from 0 to 99 of a hundred pairs, got {self.pairs!r}")
        if self.pairs and self.M > 16:
            raise ValueError(f"expected at most 16 cells where pairs are held out, got {self.M}")

    @property
    def pointer(self) -> PointerTask:
        """The task with all its questions."""
        return PointerTask(M=self.M)

    @property
    def length(self) -> int:
        """The number of positions."""
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
        """The forms: "asked" has the answers that training may know, "trie" has all."""
        return ("asked", "trie")

    def layout(self, form: str) -> Layout:
        """Return the layout, the trie of the pointer task in both forms.

        Raises:
            ValueError: another form.
        """
        if form not in self.forms:
            raise ValueError(f"expected a form of the task, one of {', '.join(self.forms)}, got {form!r}")
        return self.pointer.layout("trie")

    def asked(self, memory: Int[Tensor, "batch cell"]) -> Bool[Tensor, "batch address"]:
        """Which questions training may ask about some memories.

        Args:
            memory: bits, one row of M cells a memory.
        """
        found = torch.ones(len(memory), self.M, dtype=torch.bool)
        found[:, list(self.never)] = False
        if self.pairs:
            places = torch.arange(self.M - 1, -1, -1)
            found &= ~_chosen(self.M, self.pairs)[(memory << places).sum(1)]
        return found

    def sample(
        self, n: int, form: str, generator: torch.Generator
    ) -> tuple[Int[Tensor, "batch node"], Int[Tensor, "batch readout"]]:
        """Draw n memories with all their addresses, and the answers.

        Args:
            n: the number of memories.
            form: "asked" puts `UNASKED` in the place of answers that training may not know.
            generator: the only source of randomness.

        Returns:
            Tokens (n, N) and answers (n, M) in address order.

        Raises:
            ValueError: another form.
        """
        self.layout(form)
        memory = self.pointer.sample_memory(n, generator)
        answers = memory if form == "trie" else memory.masked_fill(~self.asked(memory), UNASKED)
        return self.pointer.trie_tokens(memory), answers


def _chosen(cells: int, share: int) -> Bool[Tensor, "memory address"]:
    """The pairs that are held out: a draw that hangs on the number of cells alone, and grows with the share."""
    generator = torch.Generator().manual_seed(cells)
    return torch.randint(0, 100, (2**cells, cells), generator=generator) < share
