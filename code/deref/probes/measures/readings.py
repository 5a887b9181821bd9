"""Readings: scores of edges that are read off one run, without changing anything.

    weight          what a map shows
    weighted value  the length of what the edge adds to the stream: weight times value, through the output matrix
    rollout         the share of all ways along maps to the readout that lead through the edge, heads averaged and each
                    block half attention, half the stream that passes by

Sources: Kobayashi et al., Attention is Not Only a Weight (2020), arXiv:2004.10102; Abnar and Zuidema, Quantifying
Attention Flow in Transformers (2020), arXiv:2005.00928.
"""

from collections.abc import Sequence

import torch
from jaxtyping import Float
from torch import Tensor

from deref.model.taps import Site
from deref.model.transformer import Transformer
from deref.probes.base.pairs import Pairs
from deref.probes.base.tappable import run_and_read
from deref.probes.interventions.edge_runs import EdgeScores, HeadEdge, chosen_edges

READINGS = ("weight", "weighted value", "rollout")


@torch.no_grad()
def read_edges(
    model: Transformer, pairs: Pairs, reading: str, *, edges: Sequence[HeadEdge] | None = None
) -> EdgeScores:
    """Score every edge by one reading of the clean runs.

    Args:
        model: the model, of S seeds.
        pairs: whose clean sequences are run, on the model's device.
        reading: one of "weight", "weighted value", "rollout".
        edges: the edges; None reads all that `attention_edges` lists.

    Returns:
        The reading, at least 0.

    Raises:
        ValueError: another reading, or edges that do not fit.
    """
    if reading not in READINGS:
        raise ValueError(f"expected a reading, one of {', '.join(READINGS)}, got {reading!r}")
    edges = chosen_edges(model, pairs.clean, pairs.layout, edges)
    layers = range(model.config.layers)
    found = run_and_read(model, pairs.clean, pairs.layout,
                         [Site(name, layer) for layer in layers for name in ("pattern", "v")])[1]
    maps = [found[Site("pattern", layer)] for layer in layers]
    if reading == "weighted value":
        maps = [x * _lengths(model, layer, found[Site("v", layer)])[..., None, :] for layer, x in enumerate(maps)]
    elif reading == "rollout":
        maps = _ways(maps, int(pairs.layout.readouts[0]))
    scores = torch.stack([maps[e.layer][:, :, e.head, e.query, e.key] for e in edges])
    return EdgeScores(edges=edges, scores=scores.cpu(), forward=1)


def _lengths(
    model: Transformer, layer: int, v: Float[Tensor, "seed pair head node size"]
) -> Float[Tensor, "seed pair head node"]:
    """The length of each value behind the head's part of the output matrix."""
    return (v @ model.get_parameter(f"layers.{layer}.o.weight").unflatten(1, (v.shape[2], -1))[:, None]).norm(dim=-1)


def _ways(
    maps: list[Float[Tensor, "seed pair head node node"]], readout: int
) -> list[Float[Tensor, "seed pair head node node"]]:
    """The share of ways that end at the readout and lead through each edge.

    Below an edge all ways count: the rows of a rolled-out map sum to 1.
    """
    arriving = torch.zeros_like(maps[0][:, :, 0, 0])
    arriving[..., readout] = 1  # (seed, pair, node): the share of ways from above that pass this node
    shares = []
    for pattern in reversed(maps):
        shares.append(arriving[:, :, None, :, None] * pattern / (2 * pattern.shape[2]))
        arriving = (arriving + (arriving[:, :, None] @ pattern.mean(2))[:, :, 0]) / 2
    return shares[::-1]
