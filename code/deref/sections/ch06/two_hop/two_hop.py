"""Section "Two hops that are one lookup": by argument, by hand and by training."""

import torch
from jaxtyping import Int
from torch import Tensor

from deref.constructions.two_hop import two_hop
from deref.tasks.two_hop import TwoHopTask
from evidence.results import exact, result
from evidence.results.estimate import Estimate
from evidence.runs import Store

CELLS = (4, 8, 16)
"""Sizes at which every memory is tried."""
SMALL = TwoHopTask(M=8)


def every_memory(cells: int) -> Int[Tensor, "memory cell"]:
    """All memories of a size."""
    return (torch.arange(2**cells)[:, None] >> torch.arange(cells)) & 1


def right(cells: int) -> float:
    """The share of right answers of the layers written by hand, over every memory and address."""
    model, task = two_hop(cells)
    layout, found = task.layout("trie"), []
    for memories in every_memory(cells).split(4_096):
        answers = model(task.pointer.trie_tokens(memories), layout)[0].argmax(-1)
        found.append((answers == task.answers(memories)).double().mean(1))
    return torch.cat(found).mean().item()


@result("hop.written", title="Right answers of two layers of one head written by hand, two hops", format=".0%")
def written(store: Store) -> Estimate:
    return exact(min(map(right, CELLS)), f"smallest over {', '.join(map(str, CELLS))} cells, every memory and address")


@result("hop.guess", title="Right answers of a guess by the first address bit, two hops", format=".0%")
def guess(store: Store) -> Estimate:
    answers = SMALL.answers(every_memory(SMALL.M))
    bit = torch.arange(SMALL.M) >= SMALL.M // 2
    return exact((answers == bit).double().mean().item(), "every memory of eight cells and every address")


@result("hop.cells", title="Cells that an answer after two hops can depend on, of eight", format="d")
def cells(store: Store) -> Estimate:
    memories = every_memory(SMALL.M)
    before = SMALL.answers(memories)
    matters = torch.stack([(SMALL.answers(memories ^ flip) != before).any(0) for flip in torch.eye(SMALL.M).long()])
    return exact(int(matters.sum(0).max()), "flips of every cell of every memory, the address with most of them")
