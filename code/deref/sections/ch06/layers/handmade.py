"""The hand-written pointer put to its hardest questions: every address against the memory that makes it hardest."""

import torch
from jaxtyping import Int
from torch import Tensor

from deref.constructions.pointer import columns, pointer
from deref.probes.base.node_run import node_run
from deref.tasks.pointer import PointerTask
from evidence.results import exact, result
from evidence.results.estimate import Estimate
from evidence.runs import Store

SIZES = (2, 3, 5, 8, 12, 16, 32, 64, 100, 256, 1024)
_CHUNK = 64


@torch.no_grad()
def worst_answers(cells: int, bit: int) -> Int[Tensor, "address"]:
    """Answer every address of a memory in which only the addressed cell holds a bit, and all others its opposite.

    There are as many such memories as cells, so only the address tokens of each are run. A cell depends on the other
    cells through nothing but what it gathered in layer 1, which no later weight reads (this is checked); so its keys
    and values are those it has in one of the two constant memories.

    Args:
        cells: the memory's size, M.
        bit: what the addressed cell holds; the right answer.

    Returns:
        The answers, in the order of the addresses.

    Raises:
        ValueError: the weights read what cells gather.
    """
    model, task = pointer(cells)
    unread = columns(task.A)["gathered"]
    weights = model.state_dict()
    if any(weights[f"layers.1.{name}.weight"][0, unread].any() for name in "kv"):
        raise ValueError("expected layer 2 to read nothing that cells gather, got weights there")
    layout = task.layout("flat")
    constant = torch.tensor([[1 - bit], [bit]]).expand(-1, cells)
    run = node_run(model, task.tokens(constant, torch.tensor([0, 0])), layout)
    found = []
    for addresses in torch.arange(cells).split(_CHUNK):
        memory = hardest(task, addresses, bit)
        holds = (memory == bit)[None, ..., None]
        resid = model.embed(task.tokens(memory, addresses), layout)[:, :, cells:]
        for block, stream in zip(model.layers, run.entering, strict=True):
            q, k, v = block.project(resid)
            k, v = (torch.cat([torch.where(holds, known[:, 1:, :cells], known[:, :1, :cells]), own], dim=2)
                    for known, own in ((stream.k, k), (stream.v, v)))
            resid = block.finish(resid, q, k, v, layout.mask[cells:])
        found.append(model.unembed(resid)[0, :, -1].argmax(-1))
    return torch.cat(found)


def hardest(task: PointerTask, addresses: Int[Tensor, "address"], bit: int) -> Int[Tensor, "address cell"]:
    """The memories in which only the addressed cell holds a bit."""
    memory = torch.full((len(addresses), task.M), 1 - bit)
    return memory.scatter(1, addresses[:, None], bit)


@result("construct.exact", title="Smallest accuracy of the hand-written pointer over all sizes up to 1,024 cells",
        format=".0%")
def constructed(store: Store) -> Estimate:
    """Every address of every size, both ways round."""
    right = [(worst_answers(cells, bit) == bit).double().mean().item() for cells in SIZES for bit in (0, 1)]
    return exact(min(right),
                 f"smallest over {len(SIZES)} sizes, every address against its worst memory and the opposite one")
