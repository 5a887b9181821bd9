"""Greedy pruning: take edges away for good, one after the other, as long as the answer hardly changes.

Edges are tried from the last block to the first. One that is taken away carries what it carries in the corrupted run,
and so do all that went before it; where the margin then changes by less than a threshold, it stays away. What is left
is the circuit at that threshold.

Source: Conmy et al., Towards Automated Circuit Discovery for Mechanistic Interpretability (2023), arXiv:2304.14997. It
measures the change by a divergence of the answers; here it is the margin, so that all probes have one measure.
"""

from collections.abc import Sequence

import torch
from jaxtyping import Int
from torch import Tensor

from deref.probes.base.cached_run import CachedRun
from deref.probes.base.pairs import Pairs
from deref.probes.base.tappable import Tappable
from deref.probes.interventions.edge_runs import EdgeScores, HeadEdge, carrying, chosen_edges, sources_of

THRESHOLDS = (0.003, 0.01, 0.03, 0.1, 0.3, 1.0)


@torch.no_grad()
def prune_edges(
    model: Tappable,
    pairs: Pairs,
    *,
    edges: Sequence[HeadEdge] | None = None,
    groups: Int[Tensor, "pair"] | None = None,
    thresholds: Sequence[float] = THRESHOLDS,
) -> EdgeScores:
    """Prune at several thresholds, and count at how many of them each edge is kept.

    Args:
        model: any model that can be tapped.
        pairs: clean and corrupted sequences, on the model's device.
        edges: the edges; None tries all that `attention_edges` lists.
        groups: which pairs are pruned together, from 0 up; None prunes all together.
        thresholds: the mean change of the margin of a group below which an edge is taken away, as a share of the mean
            margin of the whole model.

    Returns:
        How many thresholds keep the edge: from 0 to the number of thresholds, the same for all pairs of a group.

    Raises:
        ValueError: no thresholds, or edges that do not fit.
    """
    if not thresholds:
        raise ValueError("expected at least one threshold, got none")
    edges = chosen_edges(model, pairs.clean, pairs.layout, edges)
    groups = torch.zeros(len(pairs), dtype=torch.long) if groups is None else groups
    run, times = CachedRun.of(model, pairs.clean, pairs.layout), len(thresholds)
    given = sources_of(model, pairs.corrupted, pairs.layout).repeated(times)
    seeds, _, heads, nodes, _ = given.v[0].shape
    shares = {layer: given.v[0].new_zeros(seeds, times * len(pairs), heads, nodes, nodes)
              for layer in range(len(given.v))}

    def by_group(x: Tensor) -> Tensor:
        """The mean of each pair's group, at each pair; pairs are the last axis."""
        same = (groups[:, None] == groups).to(x)
        return x @ (same / same.sum(0))

    before = pairs.margin(run.logits)
    limit = torch.tensor(thresholds).to(before)[:, None, None] * by_group(before.abs())  # (threshold, seed, pair)
    now, kept = before.expand(times, -1, -1), {}
    for edge in sorted(edges, key=lambda e: (e.layer, e.query, e.key, e.head), reverse=True):
        later = {layer: share for layer, share in shares.items() if layer >= edge.layer}
        share, place = shares[edge.layer], (slice(None), slice(None), edge.head, edge.query, edge.key)
        share[place] = 1
        start = run.streams[edge.layer].repeat(1, times, 1, 1)
        logits = model.from_layer(edge.layer, start, pairs.layout, carrying(later, given))
        then = torch.stack([pairs.margin(some) for some in logits.split(len(pairs), 1)])
        kept[edge] = by_group((then - now).abs()) >= limit
        share[place] = (~kept[edge]).transpose(0, 1).flatten(1).to(share)
        now = torch.where(kept[edge], now, then)
    scores = torch.stack([kept[edge].sum(0) for edge in edges]).to(before)
    return EdgeScores(edges=edges, scores=scores.cpu(), forward=2 + times * len(edges))
