"""Edges into the last token of a sentence, cut one at a time: what each is worth to the answer.

Nothing reads the last token but the answer, so that a cut changes its own stream alone. Hundreds of cuts therefore run
as one sequence: the sentence once, and behind it a copy of the last token for each cut. A copy stands where the last
token stands and sees the sentence before it and itself, no other copy.
"""

from dataclasses import dataclass

import torch
import torch.nn.functional as F
from jaxtyping import Bool, Float, Int
from torch import Tensor

from deref.lm.model import LanguageModel, causal_layout
from deref.model.taps import Site, SiteTap, chain, read
from deref.tasks.layout import Layout

_TOGETHER = 5  # layers whose cuts run as one sequence: more would carry copies through layers where they are all alike


@dataclass(frozen=True, kw_only=True, eq=False)
class Cuts:
    """What the edges from the last token to those before it are worth.

    Args:
        margin: of the clean run: the logit of the right continuation above that of the wrong one.
        single: how much of it is lost when one head cannot look at one token, below zero if it grows; NaN where the
            edge has too little weight to be cut.
        together: the same when no head of any layer can look at that token.
    """

    margin: float
    single: Float[Tensor, "layer head key"]
    together: Float[Tensor, "key"]


@torch.no_grad()
def cut_last(
    model: LanguageModel, tokens: Int[Tensor, "node"], right: int, wrong: int, *, least: float = 0.0
) -> Cuts:
    """Cut edges from the last token to earlier ones, the first included, each by itself.

    Args:
        model: that reads the sentence.
        tokens: of the sentence, two or more.
        right: the continuation that the margin is of.
        wrong: the one that it is measured against.
        least: the weight from which on an edge is cut.

    Returns:
        The margin and what is lost of it. The weight of a cut edge goes to what else the last token sees.

    Raises:
        ValueError: a single token, which has nothing before it.
    """
    if len(tokens) < 2:
        raise ValueError(f"expected a sentence of two tokens or more, got {len(tokens)}")
    keys, layers, heads = len(tokens) - 1, model.shape.layers, model.shape.heads
    seen: dict[Site, Tensor] = {}
    end = Site("resid_post", layers - 1)
    sites = [end, *(Site(name, i) for name in ("resid_pre", "pattern") for i in range(layers))]
    model(tokens[None], causal_layout(len(tokens), [keys]), tap=read(sites, into=seen))
    sides = model.embedding[right] - model.embedding[wrong]

    def margins(last: Tensor) -> Tensor:
        # Two logits of the fifty thousand are enough, and the readouts of a run would compute them all.
        return F.rms_norm(last, model.final_gain.shape, model.final_gain, model.shape.epsilon) @ sides

    def lost(start: int, off: Bool[Tensor, "layer copy head key"]) -> Float[Tensor, "copy"]:
        found: dict[Site, Tensor] = {}
        entering, copies = seen[Site("resid_pre", start)][0, 0], off.shape[1]
        resid = torch.cat([entering[:keys], entering[keys:].expand(copies, -1)])[None, None]
        model.from_layer(start, resid, _layout(keys, copies), chain(_cut(start, off), read([end], into=found)))
        return clean - margins(found[end][0, 0, keys:])

    clean = margins(seen[end][0, 0, keys])
    patterns = torch.stack([seen[Site("pattern", i)][0, 0, :, keys, :keys] for i in range(layers)])
    single = torch.full((layers, heads, keys), torch.nan)
    for start in range(0, layers, _TOGETHER):
        heavy = patterns[start : start + _TOGETHER] >= least
        if heavy.any():
            each = torch.eye(heavy.numel(), dtype=torch.bool)[heavy.flatten()]
            single[start : start + _TOGETHER][heavy] = lost(start, each.view(-1, *heavy.shape).transpose(0, 1))
    every = torch.eye(keys, dtype=torch.bool)[:, None].expand(layers, -1, heads, -1)
    return Cuts(margin=clean.item(), single=single, together=lost(0, every))


def _layout(keys: int, copies: int) -> Layout:
    """The sentence without its last token, then copies of that."""
    size = keys + copies
    mask = torch.eye(size, dtype=torch.bool)
    mask[:, :keys] |= torch.ones(size, keys, dtype=torch.bool).tril()
    positions = torch.arange(size).clamp(max=keys)
    return Layout(positions=positions, mask=mask, readouts=torch.tensor([size - 1]))


def _cut(start: int, off: Bool[Tensor, "layer copy head key"]) -> SiteTap:
    """Each copy's cuts, in as many layers from the first as `off` has."""
    layers, copies, _, keys = off.shape
    edges = F.pad(off.transpose(1, 2), (0, copies, keys, 0))  # of all nodes, (layer, head, query, key)
    return SiteTap(frozenset(Site("scores", start + i) for i in range(layers)),
                   lambda site, scores: scores.masked_fill(edges[site.layer - start], -torch.inf))
