"""The pointer task with more cells or address bits than are asked for, to tell the two apart.

Thirty-two cells of which 24 are ever asked for have the distractors of 32 and the questions of 24; 24 cells with six
address bits have one bit more to gather, which is always 0.
"""

import torch
from jaxtyping import Int
from torch import Tensor

from deref.tasks.layout import Layout, flat
from deref.tasks.pointer import PointerTask
from evidence.config import config


@config
class FanOutTask:
    """Fetch the bit that an address points at, out of more cells than are asked for.

    Args:
        M: the number of memory cells, at least 2.
        asked: how many of them, from the first on, addresses name.
        A: the number of address bits, most significant first; those that are not needed are 0.

    Raises:
        ValueError: not between 1 and M cells that are asked for, or fewer bits than these need.
    """

    M: int
    asked: int
    A: int

    def __post_init__(self) -> None:
        PointerTask(M=self.M)
        if type(self.asked) is not int or not 1 <= self.asked <= self.M:
            raise ValueError(f"expected from 1 to {self.M} cells to be asked for, got {self.asked!r}")
        least = max(1, (self.asked - 1).bit_length())
        if type(self.A) is not int or least > self.A:
            raise ValueError(f"expected at least {least} address bits, got {self.A!r}")

    @property
    def length(self) -> int:
        """The number of positions, M + A."""
        return self.M + self.A

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
        """The one form: memory, then address, read at the last position."""
        return ("flat",)

    def layout(self, form: str) -> Layout:
        """Return the layout.

        Raises:
            ValueError: another form than "flat".
        """
        if form not in self.forms:
            raise ValueError(f"expected the form flat, got {form!r}")
        return flat(self.M, self.A)

    def sample(
        self, n: int, form: str, generator: torch.Generator
    ) -> tuple[Int[Tensor, "batch node"], Int[Tensor, "batch readout"]]:
        """Draw n sequences with their answers.

        Raises:
            ValueError: another form than "flat".
        """
        self.layout(form)
        memory = PointerTask(M=self.M).sample_memory(n, generator)
        address = torch.randint(0, self.asked, (n, 1), generator=generator)
        bits = address >> torch.arange(self.A - 1, -1, -1) & 1
        return torch.cat([memory, bits], dim=1), memory.gather(1, address)
