"""Edge patching: what the answer loses when one arrow of attention, and it alone, carries something else.

What it carries instead is a choice, and the choice is the probe:

    flip       what the key's node would show if its own token were another one
    corrupted  what it shows in the corrupted run of the pair: path patching, along one arrow
    zero       a value of zero, the key as it was, so that other weights stay: zero ablation
    mean       the mean key and value of the node over all clean sequences: mean ablation
    resample   the key and value of another clean sequence: resample ablation

Source of flip: the flip test of this book, for one arrow, as in `deref.probes.measures.edges`. Source of corrupted:
Wang et al. (2022), arXiv:2211.00593.
"""

import itertools
from collections.abc import Sequence

import torch
from jaxtyping import Float, Int
from torch import Tensor

from deref.probes.base.cached_run import CachedRun
from deref.probes.base.pairs import Pairs
from deref.probes.base.tappable import Tappable
from deref.probes.interventions.edge_runs import (
    EdgeScores,
    HeadEdge,
    Sources,
    carrying,
    chosen_edges,
    marks,
    sources_of,
)

GIVEN = ("flip", "corrupted", "zero", "mean", "resample")
MOST = 4096  # sequences run at once


@torch.no_grad()
def patch_edges(
    model: Tappable,
    pairs: Pairs,
    given: str,
    *,
    edges: Sequence[HeadEdge] | None = None,
    changed: Int[Tensor, "pair node"] | None = None,
    donors: Int[Tensor, "pair"] | None = None,
) -> EdgeScores:
    """Patch every edge of the clean runs, one at a time.

    Args:
        model: any model that can be tapped.
        pairs: clean and corrupted sequences, on the model's device.
        given: what a patched edge carries, one of "flip", "corrupted", "zero", "mean", "resample".
        edges: the edges; None tries all that `attention_edges` lists.
        changed: for "flip": at each node the token that stands there when it, and it alone, is changed.
        donors: for "resample": the number of the pair whose clean sequence each pair takes keys and values from; None
            takes the one before. Donors that ask the same question show nothing of what gathers the question.

    Returns:
        The margin that is lost, in units of logits: negative where the patch helps.

    Raises:
        ValueError: another kind, or edges or changed tokens that are missing or do not fit.
    """
    if given not in GIVEN:
        raise ValueError(f"expected what edges carry, one of {', '.join(GIVEN)}, got {given!r}")
    if (given == "flip") != (changed is not None):
        raise ValueError(f"expected changed tokens for flips and for nothing else, got {given!r} "
                         f"{'without' if changed is None else 'with'} them")
    edges = chosen_edges(model, pairs.clean, pairs.layout, edges)
    run = CachedRun.of(model, pairs.clean, pairs.layout)
    before, scores = pairs.margin(run.logits), {}
    other, runs = _others(model, pairs, given, changed, donors)
    size = max(1, MOST // len(pairs))
    for layer, some in itertools.groupby(sorted(edges, key=lambda edge: edge.layer), key=lambda edge: edge.layer):
        some = tuple(some)
        for chunk in (some[i : i + size] for i in range(0, len(some), size)):
            scores |= dict(zip(chunk, before - _patched(run, pairs, layer, chunk, other), strict=True))
    return EdgeScores(edges=edges, scores=torch.stack([scores[edge] for edge in edges]).cpu(),
                      forward=1 + runs + len(edges))


def _patched(
    run: CachedRun, pairs: Pairs, layer: int, edges: tuple[HeadEdge, ...], other: Sources
) -> Float[Tensor, "edge seed pair"]:
    """The margins with each edge of one block patched: all of them side by side in one batch."""
    times = len(edges)
    shares = {layer: marks(edges, other.v[layer]).repeat_interleave(len(pairs), 0)}
    logits = run.model.from_layer(layer, run.streams[layer].repeat(1, times, 1, 1), pairs.layout,
                                  carrying(shares, other.repeated(times)))
    return torch.stack([pairs.margin(some) for some in logits.split(len(pairs), 1)])


def _others(
    model: Tappable, pairs: Pairs, given: str, changed: Tensor | None, donors: Tensor | None
) -> tuple[Sources, int]:
    """What patched edges carry, and how many runs for each pair it took to get."""
    if given == "flip" and changed is not None:
        return flipped_sources(model, pairs, changed), pairs.layout.size
    if given == "corrupted":
        return sources_of(model, pairs.corrupted, pairs.layout), 1
    clean = sources_of(model, pairs.clean, pairs.layout)
    if given == "zero":
        return Sources(k=clean.k, v=tuple(map(torch.zeros_like, clean.v))), 1
    if given == "mean":
        return Sources(k=tuple(x.mean(1, keepdim=True).expand_as(x) for x in clean.k),
                       v=tuple(x.mean(1, keepdim=True).expand_as(x) for x in clean.v)), 1
    donors = torch.arange(len(pairs), device=pairs.clean.device).roll(1) if donors is None else donors
    return Sources(k=tuple(x[:, donors] for x in clean.k), v=tuple(x[:, donors] for x in clean.v)), 1


@torch.no_grad()
def flipped_sources(model: Tappable, pairs: Pairs, changed: Int[Tensor, "pair node"]) -> Sources:
    """What each node of the clean runs shows when its own token, and it alone, is another.

    Args:
        model: any model that can be tapped.
        pairs: whose clean sequences are changed.
        changed: the other token of each node.

    Raises:
        ValueError: tokens of another shape.
    """
    if changed.shape != pairs.clean.shape:
        raise ValueError(f"expected a changed token for each of {tuple(pairs.clean.shape)}, got the shape "
                         f"{tuple(changed.shape)}")
    here = torch.eye(pairs.layout.size, dtype=torch.bool, device=changed.device)
    found = [sources_of(model, torch.where(at, changed, pairs.clean), pairs.layout) for at in here]

    def own(name: str, layer: int) -> Tensor:
        return torch.stack([getattr(one, name)[layer][..., node, :] for node, one in enumerate(found)], dim=-2)

    layers = range(len(found[0].v))
    return Sources(k=tuple(own("k", layer) for layer in layers), v=tuple(own("v", layer) for layer in layers))
