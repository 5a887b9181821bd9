"""Circuits whose edges are known: models written by hand, prompts for them, and the edges that carry each answer.

A question is what stays fixed while the rest of a prompt is drawn: the address, the column, the place of the cell. For
one question the construction says along which edges content reaches the answer. An edge is TRUE for a question if in
some prompt the answer's logits depend on what its node would show along this edge were one token of the prompt another.
`true` edges below are read off the constructions; the section's test holds them against all prompts.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

import torch
from jaxtyping import Bool, Int
from torch import Generator, Tensor

from deref.constructions.adder import adder
from deref.constructions.graded_decoys import Decoy, graded_decoys
from deref.constructions.induction_head import induction
from deref.constructions.misleading_heads import FETCHING, misleading_heads
from deref.constructions.one_layer import gates
from deref.constructions.pointer import pointer
from deref.model.transformer import Transformer
from deref.probes.base.pairs import Pairs
from deref.probes.interventions.edge_runs import HeadEdge, attention_edges
from deref.tasks.addition import AdditionTask
from deref.tasks.cross_attention import CrossingTask
from deref.tasks.induction import InductionTask
from deref.tasks.layout import Layout
from deref.tasks.pointer import PointerTask

QUESTIONS, PROMPTS = 4, 12  # of a draw, and of each of its questions


@dataclass(frozen=True, kw_only=True, eq=False)
class Circuit:
    """A model, prompts for it, and what is true of it.

    Args:
        model: of one seed, in double precision.
        pairs: each prompt beside one with another answer: one token changed, or two exchanged.
        changed: another token for each node of each clean prompt.
        question: the question of each pair, from 0 up.
        edges: all edges that can reach the readout.
        true: which of them carry the answer of each question.
    """

    model: Transformer
    pairs: Pairs
    changed: Int[Tensor, "pair node"]
    question: Int[Tensor, "pair"]
    edges: tuple[HeadEdge, ...]
    true: Bool[Tensor, "question edge"]


def paired(model: Transformer, layout: Layout, clean: Tensor, changed: Tensor, alternatives: Tensor,
             true: Sequence[Iterable[HeadEdge]], generator: Generator) -> Circuit:
    """Pair every prompt with one of its alternatives, (pair, alternative, node), that the model answers otherwise."""
    model = model.double()
    with torch.no_grad():
        answers = model(clean, layout)[0, :, 0].argmax(-1)
        others = model(alternatives.flatten(0, 1), layout)[0, :, 0].argmax(-1).view(alternatives.shape[:2])
    draw = torch.rand(others.shape, generator=generator) * (others != answers[:, None])
    if not bool((draw > 0).any(1).all()):
        raise ValueError("expected every prompt to have an alternative with another answer, got one that has none")
    rows, chosen = torch.arange(len(clean)), draw.argmax(1)
    pairs = Pairs(layout=layout, clean=clean, corrupted=alternatives[rows, chosen], answers=answers,
                  others=others[rows, chosen])
    edges = attention_edges(model, clean, layout)
    return Circuit(model=model, pairs=pairs, changed=changed, edges=edges,
                   question=torch.arange(len(true)).repeat_interleave(len(clean) // len(true)),
                   true=torch.tensor([[edge in one for edge in edges] for one in map(frozenset, true)]))


def one_changed(clean: Tensor, changed: Tensor) -> Tensor:
    """Every prompt once for each of its nodes, with that node's token changed, (pair, node, node)."""
    return torch.where(torch.eye(clean.shape[1], dtype=torch.bool), changed[:, None], clean[:, None])


def some(count: int, most: int, generator: Generator) -> list[int]:
    """Some numbers below a count, each once."""
    return torch.randperm(count, generator=generator)[:most].tolist()


def _uniform(low: float, high: float, generator: Generator) -> float:
    return low + (high - low) * torch.rand((), generator=generator).item()


def pointer_circuit(generator: Generator) -> Circuit:
    """The pointer of four or eight cells: layer 1 gathers the address bits at the readout, layer 2 fetches the cell."""
    cells = 4 + 4 * int(torch.randint(2, (), generator=generator))
    model, task = pointer(cells, sharpness=_uniform(8, 16, generator))
    return of_memories(model, task, [(a, pointer_edges(task, a)) for a in some(cells, QUESTIONS, generator)],
                       generator)


def pointer_edges(task: PointerTask, address: int) -> list[HeadEdge]:
    """The true edges of `pointer` when an address is asked for."""
    readout = task.T - 1
    return [*(HeadEdge(readout, task.M + bit, 0, bit) for bit in range(task.A)), HeadEdge(readout, address, 1, 0)]


def table_circuit(generator: Generator) -> Circuit:
    """The one-layer table of four or eight cells: heads that address bits switch off, and that fetch several cells."""
    model, task = gates(4 + 4 * int(torch.randint(2, (), generator=generator)))
    return of_memories(model, task, [(a, table_edges(task, a)) for a in some(task.M, QUESTIONS, generator)],
                       generator)


def table_edges(task: PointerTask, address: int) -> list[HeadEdge]:
    """The true edges of `gates` when an address is asked for.

    A head is on if no chosen address bit is 1. Then the cells it fetches count, and each chosen address bit and the
    last one, which could switch it off. A head that a single address bit keeps off hangs on that bit.
    """
    readout, upper, found = task.T - 1, task.A - 1, []
    ones = {bit for bit in range(upper) if address >> (task.A - 1 - bit) & 1}
    for head in range(2**upper):
        chosen = {bit for bit in range(upper) if head >> (upper - 1 - bit) & 1}
        off = chosen & ones
        if len(off) == 1:
            found += [HeadEdge(readout, task.M + bit, 0, head) for bit in off]
        if not off:
            cells = [cell for cell in range(task.M) if cell % 2 == address % 2
                     and all(bit in chosen or cell >> (task.A - 1 - bit) & 1 for bit in range(upper))]
            found += [HeadEdge(readout, key, 0, head) for key in (*cells, *(task.M + bit for bit in chosen), readout)]
    return found


def of_memories(model: Transformer, task: PointerTask, questions: list[tuple[int, list[HeadEdge]]],
                generator: Generator) -> Circuit:
    """Random memories for each address; any one bit of a prompt may be flipped."""
    addresses = torch.tensor([address for address, _ in questions]).repeat_interleave(PROMPTS)
    memory = task.sample_memory(len(addresses), generator)
    memory[torch.arange(len(memory)), addresses] = torch.arange(len(memory)) % 2
    clean = task.tokens(memory, addresses)
    return paired(model, task.layout("flat"), clean, 1 - clean, one_changed(clean, 1 - clean),
                    [edges for _, edges in questions], generator)


def misleading_circuit(generator: Generator) -> Circuit:
    """A head with little weight that fetches, and one that has all its weight on another cell and no effect."""
    model, task = misleading_heads(4 + 4 * int(torch.randint(2, (), generator=generator)),
                                   weight=10 ** _uniform(-2.3, -0.3, generator))
    return _of_whole_addresses(model, task, FETCHING, generator)


def decoys_circuit(generator: Generator) -> Circuit:
    """A head with little weight that fetches, and four decoys of graded weight and size."""
    cells = 4 + 4 * int(torch.randint(2, (), generator=generator))
    decoys = [Decoy(1 + int(torch.randint(cells - 1, (), generator=generator)), _uniform(low, low + 0.24, generator),
                    10 ** _uniform(-1, 1, generator)) for low in (0.01, 0.25, 0.5, 0.75)]
    model, task = graded_decoys(cells, decoys, weight=10 ** _uniform(-2.3, -0.3, generator))
    return _of_whole_addresses(model, task, 0, generator)


def whole_layout(task: CrossingTask) -> Layout:
    """A memory and one token that names an address, as one causal sequence."""
    return Layout(positions=torch.arange(task.length), readouts=torch.tensor([task.M]),
                  mask=torch.ones(task.length, task.length, dtype=torch.bool).tril())


def _of_whole_addresses(model: Transformer, task: CrossingTask, head: int, generator: Generator) -> Circuit:
    """Random memories for each address; one cell may be flipped, or another address named."""
    questions = some(task.M, QUESTIONS, generator)
    addresses = torch.tensor(questions).repeat_interleave(PROMPTS)[:, None]
    memory = task.sample_memory(len(addresses), generator)
    further = torch.randint(1, task.M, addresses.shape, generator=generator)
    clean = torch.cat([memory, 2 + addresses], dim=1)
    changed = torch.cat([1 - memory, 2 + (addresses + further) % task.M], dim=1)
    return paired(model, whole_layout(task), clean, changed, one_changed(clean, changed),
                    [[HeadEdge(task.M, address, 0, head)] for address in questions], generator)


def induction_circuit(generator: Generator) -> Circuit:
    """The induction head: layer 1 labels each cell with the token before it, layer 2 fetches from the cell that fits.

    A counterfactual exchanges two of the first tokens, since no token may stand twice.
    """
    first = 5 + int(torch.randint(3, (), generator=generator))
    passage = 2 + int(torch.randint(2, (), generator=generator))
    task = InductionTask(first=first, passage=passage, offsets=tuple(range(first - passage + 1)), vocab=first + 3)
    offsets = some(first - passage + 1, QUESTIONS, generator)
    cells = [offset + passage - 1 for offset in offsets]
    order = torch.rand(PROMPTS * len(offsets), task.vocab, generator=generator).argsort(1)
    clean = task.tokens(order[:, :first], torch.tensor(offsets).repeat_interleave(PROMPTS))
    unused = order[:, first + torch.randint(task.vocab - first, (), generator=generator)]
    i, j = torch.triu_indices(first, first, 1)
    swapped = clean[:, None].repeat(1, len(i), 1)
    rows = torch.arange(len(i))
    swapped[:, rows, i], swapped[:, rows, j] = clean[:, j], clean[:, i]
    return paired(induction(task), task.layout("last"), clean, unused[:, None].expand_as(clean).contiguous(), swapped,
                    [induction_edges(task, cell) for cell in cells], generator)


def induction_edges(task: InductionTask, cell: int) -> list[HeadEdge]:
    """The true edges of `induction` when the answer is in a cell."""
    return [HeadEdge(cell, cell - 1, 0, 0), HeadEdge(task.length - 1, cell, 1, 0)]


def adder_circuit(generator: Generator) -> Circuit:
    """The adder of four to six digits, asked for one digit, which depends on its own column and those below it."""
    digits = 4 + int(torch.randint(3, (), generator=generator))
    column = 1 + int(torch.randint(digits - 2, (), generator=generator))
    model, task = adder(digits)
    clean = task.sample(QUESTIONS * PROMPTS, "trie", generator)[0]
    changed = clean ^ torch.randint(1, 3, clean.shape, generator=generator)  # one digit, of one of the numbers
    return paired(model, column_layout(task, column), clean, changed, one_changed(clean, changed),
                    [adder_edges(column)], generator)


def column_layout(task: AdditionTask, column: int) -> Layout:
    """All columns, read at one of them."""
    whole = task.layout("trie")
    return Layout(positions=whole.positions, mask=whole.mask, readouts=torch.tensor([column]))


def adder_edges(column: int) -> list[HeadEdge]:
    """The true edges of `adder` when one digit is asked for."""
    return [HeadEdge(column, below, 0, 0) for below in range(column + 1)]


CIRCUITS: dict[str, Callable[[Generator], Circuit]] = {
    "pointer": pointer_circuit, "induction": induction_circuit, "adder": adder_circuit, "table": table_circuit,
    "misleading": misleading_circuit, "decoys": decoys_circuit}
NAMES = {"pointer": "pointer", "induction": "induction head", "adder": "adder", "table": "one-layer table",
         "misleading": "misleading heads", "decoys": "graded decoys"}
