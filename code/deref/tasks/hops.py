"""The hops task: every cell of a memory points at another, and the answer is where some hops from a start lead.

Worked example, M = 5. The memory says where each cell points; the start is a token of its own behind it:

    cell      0 1 2 3 4
    points at 3 4 1 2 0       start 0: one hop leads to 3, two to 2, three to 1, four to 4

The pointers form one cycle through all cells, so no path meets itself before it has been everywhere: after any number
of hops below M each of the other cells is as likely as any, and a guess is as bad after one hop as after four. Random
maps would not do, because their paths merge: the more hops, the fewer cells are left to end in, and the better a guess.

Starts see the memory and themselves. Memory cells see each other, all of them or only those before them (and
themselves). The form "trie" asks of one memory every question there is: from every start, every number of hops.
"""

from functools import lru_cache

import torch
from jaxtyping import Bool, Int
from torch import Tensor

from deref.tasks.layout import Layout, shareable
from evidence.config import config

MASKS = ("causal", "both")


@config
class HopsTask:
    """Follow pointers through a memory for a given number of hops.

    Args:
        M: the number of memory cells, at least 3.
        hops: the numbers of hops that are asked for, increasing; the position of the start says which.
        mask: which cells a memory cell sees: "causal", itself and those before it, or "both" directions.

    Raises:
        ValueError: an M that is not an integer of at least 3, hops that are not increasing numbers from 1 to M - 1, or
            an unknown mask.
    """

    M: int
    hops: tuple[int, ...]
    mask: str = "causal"

    def __post_init__(self) -> None:
        if type(self.M) is not int or self.M < 3:
            raise ValueError(f"expected M, the number of memory cells, to be an integer of at least 3, got {self.M!r}")
        hops = self.hops
        if not (isinstance(hops, tuple) and hops and all(type(k) is int and 0 < k < self.M for k in hops)
                and list(hops) == sorted(set(hops))):
            raise ValueError(f"expected hops to be increasing integers from 1 to {self.M - 1}, got {hops!r}")
        if self.mask not in MASKS:
            raise ValueError(f"expected mask to be one of {', '.join(MASKS)}, got {self.mask!r}")

    @property
    def length(self) -> int:
        """The number of positions: the memory's, and one for each number of hops."""
        return self.M + len(self.hops)

    @property
    def vocab(self) -> int:
        """The number of distinct tokens: the cells, as the target of a pointer and as a start."""
        return self.M

    @property
    def outputs(self) -> int:
        """The number of distinct answers: the cells."""
        return self.M

    @property
    def forms(self) -> tuple[str, ...]:
        """The forms: "trie" asks all questions of a memory, "flat" asks one."""
        return ("trie", "flat")

    def layout(self, form: str, hops: int | None = None) -> Layout:
        """Return the layout of a form.

        Args:
            form: "trie" or "flat".
            hops: for "flat", the number of hops that its one question asks for; None means the largest.

        Returns:
            A layout whose readouts are the starts: for "trie" all starts of the smallest number of hops, then those of
            the next.

        Raises:
            ValueError: another form, or a number of hops that the task does not ask for.
        """
        hops = self.hops[-1] if hops is None else hops
        if form not in self.forms:
            raise ValueError(f"expected a form of the hops task, one of {', '.join(self.forms)}, got {form!r}")
        if hops not in self.hops:
            raise ValueError(f"expected a number of hops among {', '.join(map(str, self.hops))}, got {hops!r}")
        if form == "flat":
            return _layout(self.M, (self.M + self.hops.index(hops),), self.mask)
        asked = [self.M + place for place in range(len(self.hops)) for _ in range(self.M)]
        return _layout(self.M, tuple(asked), self.mask)

    def trie_tokens(self, memory: Int[Tensor, "batch cell"]) -> Int[Tensor, "batch node"]:
        """Write memories with all questions behind them, in the order of the layout.

        Args:
            memory: where each cell points, one row of M cells a sequence.

        Raises:
            ValueError: memory rows of another length.
        """
        self._check_memory(memory)
        starts = torch.arange(self.M, device=memory.device).repeat(len(self.hops))
        return torch.cat([memory, starts.expand(len(memory), -1)], dim=1)

    def oracle(self, memory: Int[Tensor, "batch cell"]) -> Int[Tensor, "batch readout"]:
        """Follow the pointers from every start.

        Args:
            memory: where each cell points.

        Returns:
            The cell each question ends in, in the order of the trie's readouts.

        Raises:
            ValueError: memory rows of another length, or a pointer at no cell.
        """
        self._check_memory(memory)
        outside = memory[(memory < 0) | (memory >= self.M)]
        if len(outside):
            raise ValueError(f"expected pointers from 0 to {self.M - 1}, got {int(outside[0])}")
        reached = [memory]
        for _ in range(self.hops[-1] - 1):
            reached.append(memory.gather(1, reached[-1]))
        return torch.cat([reached[k - 1] for k in self.hops], dim=1)

    def sample_memory(self, n: int, generator: torch.Generator) -> Int[Tensor, "batch cell"]:
        """Draw n memories whose pointers form one cycle, all cycles as likely as any, (n, M)."""
        order = torch.rand(n, self.M, generator=generator).argsort(1)
        return torch.empty_like(order).scatter_(1, order, order.roll(-1, 1))

    def sample(
        self, n: int, form: str, generator: torch.Generator
    ) -> tuple[Int[Tensor, "batch node"], Int[Tensor, "batch readout"]]:
        """Draw n sequences of a form with their answers; flat ones ask for the largest number of hops.

        Args:
            n: the number of sequences.
            form: "trie" or "flat".
            generator: the only source of randomness.

        Returns:
            Tokens (n, N) and answers (n, R).

        Raises:
            ValueError: another form.
        """
        self.layout(form)
        memory = self.sample_memory(n, generator)
        if form == "trie":
            return self.trie_tokens(memory), self.oracle(memory)
        start = torch.randint(self.M, (n, 1), generator=generator)
        return torch.cat([memory, start], dim=1), self.oracle(memory)[:, -self.M :].gather(1, start)

    def _check_memory(self, memory: Tensor) -> None:
        if memory.shape[-1] != self.M:
            raise ValueError(f"expected memories of M = {self.M} cells, got {memory.shape[-1]}")


@lru_cache(maxsize=32)
@shareable
def _layout(cells: int, asked: tuple[int, ...], mask: str) -> Layout:
    size = cells + len(asked)
    return Layout(positions=torch.cat([torch.arange(cells), torch.tensor(asked)]),
                  mask=_mask(cells, size, mask), readouts=torch.arange(cells, size),
                  addresses=torch.arange(cells).repeat(len(asked) // cells) if len(asked) > 1 else None)


def _mask(cells: int, size: int, mask: str) -> Bool[Tensor, "node node"]:
    seen = torch.eye(size, dtype=torch.bool)
    seen[:, :cells] = True
    if mask == "causal":
        seen[:cells, :cells] = seen[:cells, :cells].tril()
    return seen
