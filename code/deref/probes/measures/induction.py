"""Induction: where heads look in a repeat, and pairs of runs that part in one thing.

A question of the induction task is a token; its **label** is the node where that token stood first, its **cell** the
node behind it, whose token is the answer. Three changes move the answer, each by another way:

    content    the cell holds another token
    label      the label's token changes places with another of the first ones, so that another cell follows it
    question   the readout holds another of the first tokens, so that it asks for another cell
"""

import dataclasses

import torch
from jaxtyping import Float, Int
from torch import Tensor

from deref.model.transformer import Transformer
from deref.probes.base.pairs import Pairs
from deref.tasks.induction import InductionTask

CHANGES = ("content", "label", "question")


@dataclasses.dataclass(frozen=True, kw_only=True, eq=False)
class Looks:
    """How much weight every head puts on two kinds of nodes, averaged over sequences and nodes.

    Args:
        previous: from each of the first nodes on the node before it, (layer, seed, head). Only there can it matter, for
            a cell is one of the first nodes.
        induction: from each readout on its cell, (layer, seed, head).
    """

    previous: Float[Tensor, "layer seed head"]
    induction: Float[Tensor, "layer seed head"]


@torch.no_grad()
def looks(model: Transformer, task: InductionTask, tokens: Int[Tensor, "batch node"]) -> Looks:
    """Measure where heads look.

    Args:
        model: the model, of S seeds.
        task: the induction task that it answers.
        tokens: sequences of the task.
    """
    pattern = model.read(tokens, task.layout("all"), sites=["pattern"]).pattern
    before = pattern.diagonal(-1, -2, -1)[..., : task.first - 1]
    cells = task.cells(tokens)[:, None, :, None].expand(*pattern.shape[:4], -1, 1)
    asking = pattern[..., task.first :, :]
    return Looks(previous=before.mean((2, 4)), induction=asking.gather(-1, cells).mean((2, 4, 5)))


@dataclasses.dataclass(frozen=True, kw_only=True, eq=False)
class Questions:
    """Pairs that part in one thing, and where they do.

    Args:
        change: what parts them, one of `CHANGES`.
        pairs: the sequences, read at their last question.
        cell: the cell of the clean question, (pair,).
        other: the cell of the corrupted question, (pair,); the same one where its content was changed.
    """

    change: str
    pairs: Pairs
    cell: Int[Tensor, "pair"]
    other: Int[Tensor, "pair"]


def questions(task: InductionTask, n: int, change: str, generator: torch.Generator) -> Questions:
    """Draw pairs of sequences that part in one thing.

    The other label is drawn among the first nodes outside the passage, so that a change of places leaves the repeat a
    repeat everywhere but at the last question.

    Args:
        task: the task.
        n: the number of pairs.
        change: "content", "label" or "question".
        generator: the only source of randomness.

    Raises:
        ValueError: another change, or a task without a token or a node to change to.
    """
    if change not in CHANGES:
        raise ValueError(f"expected a change, one of {', '.join(CHANGES)}, got {change!r}")
    if task.vocab == task.first or task.first < task.passage + 2:
        raise ValueError(f"expected a task with a token that no sequence has and two nodes outside the passage, "
                         f"got {task}")
    clean, answers = task.sample(n, "last", generator)
    cell, row = task.cells(clean)[:, -1], torch.arange(n)
    corrupted, other = clean.clone(), cell
    if change == "content":
        corrupted[row, cell] = _pick(torch.ones(n, task.vocab).scatter(1, clean, 0), generator)
    else:
        node, start = torch.arange(task.first - 1), cell[:, None] - (task.passage - 1)
        outside = (node < start) | (node >= start + task.passage)
        other = _pick(outside.float(), generator) + 1
        ends = [cell - 1, other - 1] if change == "label" else [torch.full_like(cell, task.length - 1), other - 1]
        corrupted[row, ends[0]] = clean[row, ends[1]]
        if change == "label":
            corrupted[row, ends[1]] = clean[row, ends[0]]
    pairs = Pairs(layout=task.layout("last"), clean=clean, corrupted=corrupted, answers=answers[:, 0],
                  others=corrupted[row, other])
    return Questions(change=change, pairs=pairs, cell=cell, other=other)


def _pick(allowed: Float[Tensor, "row choice"], generator: torch.Generator) -> Int[Tensor, "row"]:
    """One of the allowed choices of each row, all as likely as any."""
    return torch.multinomial(allowed, 1, generator=generator)[:, 0]
