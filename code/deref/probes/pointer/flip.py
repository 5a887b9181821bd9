"""The flip test: flip one cell, ask again, see whether the answer changes. Every address, every cell.

A model that looks cells up changes its answer when the addressed cell is flipped, and never otherwise. The test looks
at behaviour alone; how the bit travels is the causal trace's question.

A memory of M cells has M x M pairs of an address and a flipped cell. One trie sequence asks for all addresses of a
memory, so M + 1 sequences give all pairs: the memory as it is, and with each cell flipped in turn. And a flipped cell
leaves the cells before it as they were, so only what comes after it is run again.
"""

import dataclasses

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor

from deref.model.transformer import Transformer
from deref.probes.base.batches import batches
from deref.probes.base.node_run import Stream, node_run
from deref.tasks.pointer import PointerTask

OTHER = ("all", "earlier", "later")


@dataclasses.dataclass(frozen=True, kw_only=True, eq=False)
class FlipTest:
    """What flipping each cell did to each answer.

    The pairs of one memory share that memory, so they are not independent: memories are the unit of inference within
    one model, seeds across models.

    Args:
        memories: the memories before any flip, (memory, cell).
        answers: what each seed answers before any flip, (seed, memory, address).
        changed: whether flipping a cell changed the answer at an address, (seed, memory, address, flipped cell).
    """

    memories: Int[Tensor, "memory cell"]
    answers: Int[Tensor, "seed memory address"]
    changed: Bool[Tensor, "seed memory address cell"]

    @property
    def correct(self) -> Bool[Tensor, "seed memory address"]:
        """Whether each answer before any flip is right."""
        return self.answers == self.memories

    @property
    def addressed(self) -> Bool[Tensor, "seed memory address"]:
        """Whether flipping the addressed cell changed the answer."""
        return self.changed.diagonal(dim1=2, dim2=3)

    def other(self, cells: str = "all") -> Bool[Tensor, "seed memory pair"]:
        """Whether flipping a cell that is not addressed changed the answer.

        Args:
            cells: "all" others, or only those "earlier" or "later" in the memory than the addressed cell.

        Returns:
            One value a pair of an address and another cell, addresses in order, cells in order within an address.

        Raises:
            ValueError: another word.
        """
        if cells not in OTHER:
            raise ValueError(f"expected cells to be one of {', '.join(OTHER)}, got {cells!r}")
        cell = torch.arange(self.memories.shape[1])
        address = cell[:, None]
        return self.changed[:, :, {"all": cell != address, "earlier": cell < address, "later": cell > address}[cells]]

    def addressed_rate(self) -> Float[Tensor, "seed memory"]:
        """The share of addresses whose answer changed with the addressed cell, 1 for a perfect lookup."""
        return self.addressed.double().mean(-1)

    def other_rate(self, cells: str = "all") -> Float[Tensor, "seed memory"]:
        """The share of pairs whose answer changed with a cell not addressed, 0 for a perfect lookup; see `other`."""
        return self.other(cells).double().mean(-1)

@torch.no_grad()
def flip_test(model: Transformer, task: PointerTask, memories: Int[Tensor, "memory cell"]) -> FlipTest:
    """Flip every cell of every memory, and compare the answers at every address.

    Args:
        model: the model, of S seeds.
        task: the pointer task that it answers.
        memories: bits, (memory, cell).

    Returns:
        The result for every seed, memory, address and flipped cell.

    Raises:
        ValueError: no memories, or memories of another size than the task's.
    """
    if not len(memories):
        raise ValueError("expected at least one memory, got none")
    layout = task.layout("trie").to(model.token.device)
    answers = torch.empty(len(model.seeds), len(memories), task.M, dtype=torch.long)
    changed = torch.empty(*answers.shape, task.M, dtype=torch.bool)
    for batch in batches(model, len(memories), layout.size):
        some = memories[batch].to(model.token.device)
        run = node_run(model, task.trie_tokens(some), layout)
        embedded = model.embed(task.trie_tokens(1 - some), layout)
        flipped = Stream(embedded, *model.project(0, embedded, layout.positions))
        before = run.logits.argmax(-1)
        answers[:, batch] = before.cpu()
        for cell in range(task.M):
            after = run.rerun_at(0, cell, flipped.at(cell)).argmax(-1)
            changed[:, batch, :, cell] = (after != before).cpu()
    return FlipTest(memories=memories.cpu(), answers=answers, changed=changed)
