"""Edges: for every edge of attention from a readout to a cell, its weight, the norm of what it adds, and its effect.

An edge of a head carries the cell's value, taken through the head's part of the output matrix and multiplied by the
weight. Two numbers describe the edge itself, and two its effect on the answer:

    weight  what a map shows
    norm    the length of what is carried (Kobayashi et al.)
    cut     the margin that is lost when the edge carries nothing, its weight being 0 and the others as they are
    flip    the margin that is lost when the edge, and it alone, carries what the cell would show it if its bit were the
            other one

A cut measures what the edge adds to the stream; a flip measures what it transmits about the cell's bit. The edges are
those of the last layer, because behind it nothing is left but what each token does for itself: an edge's effect is its
own, and no other position can pass it on.

Source of norm: Kobayashi et al., Attention is Not Only a Weight (2020), arXiv:2004.10102.
"""

import dataclasses

import numpy as np
import torch
import torch.nn.functional as F
from jaxtyping import Bool, Float, Int
from torch import Tensor

from deref.model.taps import Site
from deref.model.transformer import Transformer
from deref.probes.base.batches import batches
from deref.probes.base.tappable import run_and_read
from deref.tasks.cross_attention import CrossingTask
from deref.tasks.pointer import PointerTask


@dataclasses.dataclass(frozen=True, kw_only=True, eq=False)
class Edges:
    """What each edge from a readout to a cell weighs, carries and does, in the last layer.

    Args:
        margin: the logit of the right answer less that of the other, of the whole model, (seed, memory, address).
        weight: the attention weight, (seed, memory, address, head, cell).
        norm: the length of what the edge adds to the stream, same axes.
        cut: the margin lost without the edge, in units of logits, same axes; negative where it worked against the
            answer.
        flip: the margin lost when the edge carries the value of a flipped cell, same units and axes.
    """

    margin: Float[Tensor, "seed memory address"]
    weight: Float[Tensor, "seed memory address head cell"]
    norm: Float[Tensor, "seed memory address head cell"]
    cut: Float[Tensor, "seed memory address head cell"]
    flip: Float[Tensor, "seed memory address head cell"]


@torch.no_grad()
def edge_effects(
    model: Transformer, task: PointerTask | CrossingTask, memories: Int[Tensor, "memory cell"]
) -> Edges:
    """Weigh, measure, cut and flip every edge of the last layer, at every address of some memories.

    Args:
        model: the model, of S seeds.
        task: the task that it answers.
        memories: bits, (memory, cell).

    Returns:
        The edges, on the CPU.

    Raises:
        ValueError: no memories, or memories of another size than the task's.
    """
    if not len(memories):
        raise ValueError("expected at least one memory, got none")
    parts = []
    for batch in batches(model, len(memories), task.M * task.M):
        parts.append(_of_some(model, task, memories[batch].to(model.token.device)))
    names = [field.name for field in dataclasses.fields(Edges)]
    return Edges(**{name: torch.cat([part[name] for part in parts], dim=1).cpu() for name in names})


def _of_some(model: Transformer, task: PointerTask | CrossingTask, memories: Tensor) -> dict[str, Tensor]:
    layout, last, M = task.layout("trie"), model.config.layers - 1, task.M
    names = ("pattern", "v", "resid_mid")
    logits, found = run_and_read(model, task.trie_tokens(memories), layout, [Site(name, last) for name in names])
    pattern, v, resid = (found[Site(name, last)] for name in names)
    readouts = layout.readouts.to(resid.device)
    weight = pattern[:, :, :, readouts, :M].transpose(2, 3)  # (S, B, R, H, M)
    carried = _through(model, v[..., :M, :])  # (S, B, H, M, D)
    other = _through(model, _flipped_values(model, task, memories))
    stream = resid[:, :, readouts]  # (S, B, R, D)
    bits = memories[None]  # the answer at address i is the bit in cell i

    def lost(change: Tensor) -> Tensor:
        """The margin lost when each edge carries its value and this change; (S, B, H, M, D) to (S, B, R, H, M)."""
        each = []
        for head in range(weight.shape[3]):
            moved = weight[:, :, :, head, :, None] * change[:, :, None, head]  # (S, B, R, M, D)
            after = _behind_attention(model, (stream[:, :, :, None] + moved).flatten(2, 3)).unflatten(2, (-1, M))
            each.append(margin[..., None] - _margin(after, bits[..., None]))
        return torch.stack(each, dim=3)

    margin = _margin(logits, bits)
    return {"margin": margin, "weight": weight, "norm": weight * carried.norm(dim=-1)[:, :, None],
            "cut": lost(-carried), "flip": lost(other - carried)}


def _through(model: Transformer, v: Tensor) -> Tensor:
    """Take values through each head's part of the output matrix, (S, B, H, M, K) to (S, B, H, M, D)."""
    return v @ model.layers[-1].o.weight.unflatten(1, (v.shape[2], -1))[:, None]


def _flipped_values(model: Transformer, task: PointerTask | CrossingTask, memories: Tensor) -> Tensor:
    """The value of every cell in the run in which it, and it alone, is flipped: (S, B, H, M, K)."""
    cells, site = torch.arange(task.M, device=memories.device), Site("v", model.config.layers - 1)
    flipped = memories[:, None] ^ torch.eye(task.M, dtype=memories.dtype, device=memories.device)
    v = run_and_read(model, task.trie_tokens(flipped.flatten(0, 1)), task.layout("trie"), [site])[1][site]
    return v.unflatten(1, (-1, task.M))[:, :, cells, :, cells].permute(1, 2, 3, 0, 4)


def _behind_attention(model: Transformer, resid: Tensor) -> Tensor:
    """Logits from the stream behind the last attention, row by row: the MLP if there is one, and the unembedding."""
    block = model.layers[-1]
    if block.has_mlp:
        resid = resid + block.mlp_out(F.gelu(block.mlp_in(block.mlp_norm(resid))))
    return model.unembed(resid)


def _margin(logits: Tensor, bits: Tensor) -> Tensor:
    """The logit of a bit less that of the other bit."""
    return (logits[..., 1] - logits[..., 0]) * (2 * bits - 1)


def rank_correlation(
    one: Float[Tensor, "seed memory address head cell"],
    two: Float[Tensor, "seed memory address head cell"],
    among: Bool[Tensor, "seed memory address head cell"] | None = None,
    least: int = 5,
) -> Float[np.ndarray, "seed"]:
    """Spearman's rank correlation over the edges of one question, averaged over questions.

    Questions without ranks are left out: those with too few edges, and those in which all edges have one number.

    Args:
        one: a number for each edge.
        two: another. Signs are left out on both sides: what counts is how much.
        among: the edges that count; None counts all.
        least: how many edges a question needs.

    Returns:
        One mean correlation a seed; NaN where no question has ranks.
    """
    sides = [x.abs().flatten(3).flatten(1, 2).numpy() for x in (one, two)]
    kept = np.ones(sides[0].shape, dtype=bool) if among is None else among.flatten(3).flatten(1, 2).numpy()
    means = []
    for seed in range(len(kept)):
        found = [_spearman(sides[0][seed, i][some], sides[1][seed, i][some])
                 for i, some in enumerate(kept[seed]) if some.sum() >= least]
        found = [value for value in found if np.isfinite(value)]
        means.append(np.mean(found) if found else np.nan)
    return np.array(means)


def _spearman(x: np.ndarray, y: np.ndarray) -> float:
    """The rank correlation of two lists, NaN where one of them has no ranks."""
    from scipy.stats import rankdata  # not above: SciPy's statistics take most of a second to import

    a, b = (side - side.mean() for side in (rankdata(x), rankdata(y)))
    size = np.sqrt((a @ a) * (b @ b))
    return float(a @ b / size) if size else np.nan


def same_first(
    one: Float[Tensor, "seed memory address head cell"], two: Float[Tensor, "seed memory address head cell"]
) -> Float[np.ndarray, "seed"]:
    """The share of questions in which two numbers, signs left out, are largest at the same edge; one share a seed."""
    first = [x.abs().flatten(3).argmax(-1) for x in (one, two)]
    return (first[0] == first[1]).double().mean((1, 2)).numpy()
