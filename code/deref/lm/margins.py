"""Margins: how far the right token of a repeat lies above the others, and what single heads contribute to that.

The loss is no scale to add effects up on: it is convex, so that two equal blows to the logits cost more together than
one by one even where neither head knows of the other. A margin is linear in the logits and, but for the last norm,
linear in the stream, so that what heads write adds up.
"""

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor

from deref.lm.baseline import TextRun
from deref.lm.repeats import HALF
from deref.model.taps import Site
from deref.probes.base.tappable import Head


def margins(
    logits: Float[Tensor, "batch readout token"], tokens: Int[Tensor, "batch node"], readouts: range
) -> Float[Tensor, "batch readout"]:
    """The logit of the token behind each readout, above the mean logit of the other tokens of the half.

    Args:
        logits: at the readouts.
        tokens: of the repeats.
        readouts: the nodes.
    """
    right, others = _asked(tokens, readouts)
    of_half = logits.gather(-1, tokens[:, None, 1 : HALF + 1].expand(-1, len(readouts), -1))
    return logits.gather(-1, right[..., None])[..., 0] - (of_half * others).sum(-1)


def contributions(
    run: TextRun, heads: list[Head], readouts: range, fetched: dict[Site, Tensor]
) -> Float[Tensor, "head batch readout"]:
    """What each head adds to the margins by what it writes itself, beyond what it writes on average.

    The last norm divides by what it divides by in the clean run, so that contributions add up.

    Args:
        run: the clean run of the repeats.
        heads: the heads.
        readouts: the nodes.
        fetched: what the heads of their layers fetch, in this run or another one, by site ("z").
    """
    model, (right, others) = run.model, _asked(run.tokens, readouts)
    half = model.embedding[run.tokens[:, 1 : HALF + 1]]
    ways = (model.embedding[right] - others @ half) * model.final_gain
    stream = run.streams[model.shape.layers][0][:, list(readouts)]
    ways = ways / (stream.square().mean(-1, keepdim=True) + model.shape.epsilon).sqrt()
    written = []
    for layer, head in heads:
        out = model.blocks[layer]["o"].unflatten(1, (model.shape.heads, -1))[:, head]
        beyond = fetched[Site("z", layer)][0, :, head, list(readouts)] - run.means[layer, head]
        written.append((beyond @ out.T * ways).sum(-1))
    return torch.stack(written)


def _asked(
    tokens: Int[Tensor, "batch node"], readouts: range
) -> tuple[Int[Tensor, "batch readout"], Float[Tensor, "batch readout half"]]:
    """The token behind each readout, and equal weights of the half's tokens that are not the same."""
    right = tokens[:, [node + 1 for node in readouts]]
    others: Bool[Tensor, "batch readout half"] = tokens[:, None, 1 : HALF + 1] != right[..., None]
    return right, others / others.sum(-1, keepdim=True)
