"""What the chapter on reading a trained pointer measures, of every member of an ensemble and of every layer."""

from functools import cache
from itertools import permutations

import torch
from jaxtyping import Float
from torch import Tensor

from deref.model.taps import Site, patch
from deref.model.transformer import Transformer
from deref.probes.base.memories import few_memories, probe_memories
from deref.probes.pointer.coverage import COVERED, Coverage, attention_coverage
from deref.probes.pointer.flip import flip_test
from deref.probes.pointer.trace import causal_trace, position_classes
from deref.tasks.layout import Layout
from deref.tasks.pointer import PointerTask
from evidence.runs import Run

TRACED, FLIPPED = 8, 32
"""Memories that are traced and flipped, all addresses of each."""
CLASSES = {"cell": (0,), "others": (1, 2), "bits": (3,), "readout": (4,)}
"""The source's four classes of positions, by the classes of the trace that they are made of."""


def transformer(run: Run) -> Transformer:
    """The model of a run, if it has attention to read.

    Raises:
        ValueError: it is another kind of network.
    """
    if not isinstance(run.model, Transformer):
        raise ValueError(f"expected a run of a transformer, got one of {type(run.model).__name__}")
    return run.model


@cache
def looked(model: Transformer, task: PointerTask) -> Coverage:
    """Where the readouts of every member look, at every address, in every layer."""
    return attention_coverage(model, task, probe_memories(task))


def on_address(found: Coverage) -> Float[Tensor, "layer seed"]:
    """The readout's weight on address tokens, mean over heads and addresses."""
    return found.pattern[..., found.task.M:].sum(-1).mean((2, 3))


def on_cell(found: Coverage) -> Float[Tensor, "layer seed head address"]:
    """The readout's weight on the addressed cell."""
    return found.pattern.diagonal(dim1=3, dim2=4)


def uniform(layout: Layout) -> Float[Tensor, "node node"]:
    """Attention that looks at all that may be looked at alike."""
    mask = layout.mask.float()
    return mask / mask.sum(1, keepdim=True)


@torch.no_grad()
def right_with_uniform(model: Transformer, task: PointerTask, layer: int) -> Float[Tensor, "seed"]:
    """The share of right answers with the attention of one layer made uniform.

    Args:
        model: the model, of S seeds.
        task: the pointer task that it answers.
        layer: whose attention, from 0.
    """
    layout, memories = task.layout("trie"), probe_memories(task)
    tap = patch(Site("pattern", layer), lambda found: uniform(layout).to(found).expand_as(found))
    right = [(model(task.trie_tokens(some), layout, tap=tap).argmax(-1) == some).double()
             for some in memories.split(32)]
    return torch.cat(right, dim=1).mean((1, 2))


@torch.no_grad()
def right_when_shuffled(model: Transformer, task: PointerTask) -> Float[Tensor, "seed"]:
    """The share of right answers to addresses whose bits were put in a random order, every order counted.

    Args:
        model: the model, of S seeds.
        task: the pointer task that it answers.
    """
    memories = probe_memories(task)
    answers = torch.cat([model(task.trie_tokens(some), task.layout("trie")).argmax(-1) for some in memories.split(32)],
                        dim=1)
    return torch.einsum("smtr,rt->s", (answers[..., None] == memories[None, :, None]).double(),
                        shuffled(task).T) / (len(memories) * task.M)


def shuffled(task: PointerTask) -> Float[Tensor, "shown asked"]:
    """How often the bits of an address spell another one, in all orders of its bits.

    Args:
        task: the pointer task; all words of its address bits have to be addresses.

    Returns:
        The share of orders in which the address in the row is what the bits of the one in the column spell.

    Raises:
        ValueError: a number of cells that is no power of two.
    """
    if task.M != 2**task.A:
        raise ValueError(f"expected a power of two of cells, got {task.M}")
    orders = [list(order) for order in permutations(range(task.A))]
    places = 2 ** torch.arange(task.A - 1, -1, -1)
    bits = task.address_bits(torch.arange(task.M))
    found = torch.zeros(task.M, task.M, dtype=torch.double)
    for order in orders:
        found[(bits[:, order] * places).sum(1), torch.arange(task.M)] += 1 / len(orders)
    return found


@cache
def recoveries(model: Transformer, task: PointerTask) -> dict[str, Float[Tensor, "seed row"]]:
    """The causal trace by the source's classes: recovery at embedding and behind every layer, of every member.

    Every pair that is kept counts alike at every position of a class; nan for a member that no pair is kept of.
    """
    trace = causal_trace(model, task, few_memories(task, TRACED))
    recovery, kept, kinds = trace.recovery.double().nan_to_num(), trace.kept.double(), position_classes(task)
    found = {}
    for name, some in CLASSES.items():
        member = torch.isin(kinds, torch.tensor(some)).double()
        pairs = torch.einsum("sma,ap->s", kept, member)
        found[name] = torch.einsum("smarp,ap->sr", recovery, member) / pairs[:, None]
    return found


def measures(model: Transformer, task: PointerTask) -> dict[str, Float[Tensor, "seed"]]:
    """Everything that is told about a member, by name; layers count from 1, as in the text.

    Args:
        model: of S seeds, with any number of layers.
        task: the pointer task that it answers.
    """
    found = looked(model, task)
    flips = flip_test(model, task, few_memories(task, FLIPPED))
    cell = on_cell(found)
    last = cell[-1]
    out = {"right": flips.correct.double().mean((1, 2)), "flip.addressed": flips.addressed_rate().mean(1),
           "flip.other": flips.other_rate().mean(1)}
    for layer in range(model.config.layers):
        out[f"address-{layer + 1}"] = on_address(found)[layer]
        out[f"cell-{layer + 1}"] = cell[layer].mean((1, 2))
        out[f"uniform-{layer + 1}"] = right_with_uniform(model, task, layer)
    for place, head in enumerate(last.mean(2).sort(1, descending=True).values.T):  # heads have no order of their own
        out[f"head-{place + 1}"] = head
    out["covered"] = (cell[1:] > COVERED).any(2).any(0).sum(-1)
    out["covered-last"] = (last.sum(1) > COVERED).sum(-1)
    out["together"] = last.sum(1).mean(1)
    out["best-head"] = (last > COVERED).sum(-1).amax(1)
    for name, recovered in recoveries(model, task).items():
        for row in range(recovered.shape[1]):
            out[f"trace.{name}-{row}"] = recovered[:, row]
    return {name: value.double() for name, value in out.items()}
