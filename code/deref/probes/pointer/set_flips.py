"""Set flips: flip many cells at once, and see that only the addressed one counts.

Single flips can miss a model that ignores any one other cell and reacts to many together, as a vote does. So random
sets of cells are flipped at once: addresses outside a set must keep their answers, addresses inside must change theirs.
One trie sequence asks for all of them, so every set tests every address.
"""

import dataclasses

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor

from deref.model.transformer import Transformer
from deref.probes.base.answers import answers
from deref.probes.base.chosen import Several, several
from deref.tasks.pointer import PointerTask


@dataclasses.dataclass(frozen=True, kw_only=True, eq=False)
class SetFlips:
    """What flipping sets of cells did to each answer.

    Args:
        sizes: the sizes of the sets.
        flipped: which cells each set holds, (memory, size, draw, cell).
        changed: whether flipping it changed the answer at each address, (seed, memory, size, draw, address).
    """

    sizes: tuple[int, ...]
    flipped: Bool[Tensor, "memory size draw cell"]
    changed: Bool[Tensor, "seed memory size draw address"]

    def inside_rate(self) -> Float[Tensor, "seed memory size"]:
        """The share of changed answers at addresses whose cell was flipped, among others: 1 for a perfect lookup."""
        return self._rate(self.flipped)

    def outside_rate(self) -> Float[Tensor, "seed memory size"]:
        """The share of changed answers at addresses whose cell was not flipped: 0 for a perfect lookup.

        NaN for sets of all cells, which leave no address outside.
        """
        return self._rate(~self.flipped)

    def _rate(self, where: Tensor) -> Tensor:
        return (self.changed & where).double().sum((3, 4)) / where.sum((2, 3))


def flip_sets(
    model: Transformer,
    task: PointerTask,
    memories: Int[Tensor, "memory cell"],
    *,
    sizes: Several,
    draws: int,
    generator: torch.Generator,
) -> SetFlips:
    """Flip random sets of cells of some memories. It is for models of the pointer task alone.

    Args:
        model: the model, of S seeds.
        task: the pointer task that it answers.
        memories: bits, (memory, cell).
        sizes: how many cells to flip at once, each from 1 to M.
        draws: how many sets of each size to draw, for each memory.
        generator: the only source of randomness, on the CPU.

    Returns:
        The result for every seed, memory, set and address.

    Raises:
        ValueError: no memories, memories of another size than the task's, no sizes or impossible ones, or no draws.
    """
    if not len(memories):
        raise ValueError("expected at least one memory, got none")
    sizes = several("sizes", sizes) or ()
    wrong = [size for size in sizes if not 1 <= size <= task.M]
    if wrong or not sizes:
        raise ValueError(f"expected sizes from 1 to {task.M}, got {wrong or 'none'}")
    if draws < 1:
        raise ValueError(f"expected at least 1 draw, got {draws}")
    memories = memories.cpu()
    before = answers(model, task, memories)
    rank = torch.rand(len(memories), len(sizes), draws, task.M, generator=generator).argsort(-1).argsort(-1)
    flipped = rank < torch.tensor(sizes)[:, None, None]
    after = answers(model, task, (memories[:, None, None] ^ flipped).flatten(0, 2))
    changed = after.unflatten(1, flipped.shape[:3]) != before[:, :, None, None]
    return SetFlips(sizes=sizes, flipped=flipped, changed=changed)
