"""Means: what a part of a model gives on average, to put in the place of what it gives.

This is mean ablation: a mean is the same for all sequences, and later layers still receive numbers of the usual size.
"""

from collections.abc import Collection, Mapping, Sequence

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor

from deref.model.taps import Site, SiteTap
from deref.probes.base.chosen import Several, several
from deref.probes.base.tappable import Tappable, run_and_read
from deref.tasks.layout import Layout

POOLS = ("position", "nodes")


def means_of(
    model: Tappable,
    tokens: Int[Tensor, "batch node"],
    layout: Layout,
    sites: Collection[Site],
    *,
    pool: str = "position",
    nodes: Several | None = None,
    batch: int | None = None,
) -> dict[Site, Tensor]:
    """Average what is found at some sites, over sequences and over some nodes.

    Args:
        model: any model that can be tapped.
        tokens: the sequences, (B, N), on the model's device.
        layout: their layout.
        sites: where to average; sites whose last axes are nodes and a size, such as z, attn_out and mlp_out.
        pool: "position" also averages over the nodes at the same position, "nodes" over all of `nodes`.
        nodes: the nodes of the pool "nodes"; None means all.
        batch: how many sequences to run at once; None runs all.

    Returns:
        One tensor a site, of one sequence: nodes that share a mean have equal rows.

    Raises:
        ValueError: an unknown pool.
    """
    if pool not in POOLS:
        raise ValueError(f"expected pool to be one of {', '.join(POOLS)}, got {pool!r}")
    total: dict[Site, Tensor] = {}
    for some in tokens.split(batch or len(tokens)):
        for site, x in run_and_read(model, some, layout, sites)[1].items():
            total[site] = total.get(site, 0) + x.sum(1, keepdim=True)
    like = _alike(layout, several("nodes", nodes), pool)
    return {site: like.to(x.dtype) @ (x / len(tokens)) for site, x in total.items()}


def _alike(layout: Layout, nodes: Sequence[int] | None, pool: str) -> Tensor:
    """The matrix that averages rows over nodes that share a mean: (node, node), rows sum to 1."""
    if pool == "position":
        same = (layout.positions[:, None] == layout.positions).double()
    else:
        chosen = torch.zeros(layout.size, dtype=torch.bool, device=layout.positions.device)
        chosen[list(range(layout.size) if nodes is None else nodes)] = True
        same = chosen.double().expand(layout.size, -1)
    return same / same.sum(1, keepdim=True)


def mean_heads(
    means: Mapping[int, Float[Tensor, "*seed 1 head row size"]],
    off: Mapping[int, Bool[Tensor, "*choice head"]],
    nodes: Bool[Tensor, "node"] | None = None,
) -> SiteTap:
    """Make a tap that lets some heads give their means instead of what they fetch.

    Args:
        means: what each head fetches on average, by layer: one row a node, or one for all.
        off: the heads to ablate, by layer; with a seed axis, or one choice for all seeds.
        nodes: where to ablate them; None means everywhere.

    Returns:
        The tap; it looks at the site z of those layers.
    """
    def replace(site: Site, z: Tensor) -> Tensor:
        chosen = off[site.layer][..., None, :, None, None]  # (S or none, 1, H, 1, 1)
        return torch.where(chosen if nodes is None else chosen & nodes[:, None], means[site.layer], z)

    return SiteTap(frozenset(Site("z", layer) for layer in off), replace)
