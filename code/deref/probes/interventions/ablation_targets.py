"""Ablation targets: the parts of a model that can be ablated, and the taps that put something else in their place."""

import dataclasses
from collections.abc import Callable, Mapping, Sequence

import torch
from jaxtyping import Bool, Int
from torch import Tensor

from deref.model.taps import Site, SiteTap, patch
from deref.probes.base.means import POOLS, means_of
from deref.probes.base.patching import patch_at
from deref.probes.base.tappable import Head, Tappable, layers_of, run_and_read
from deref.tasks.layout import Layout

KINDS = ("zero", "mean", "resample", "uniform", "mask")
SUBLAYERS = ("attn_out", "mlp_out")


@dataclasses.dataclass(frozen=True)
class Edge:
    """One arrow of attention: what a query node sees of a key node.

    Args:
        query: the node that looks; one for all sequences, or one a sequence.
        key: the node that is looked at; one for all sequences, or one a sequence.
        layer: the block; None ablates the edge in every block.
        head: the head; None ablates it in every head.
    """

    query: int | tuple[int, ...]
    key: int | tuple[int, ...]
    layer: int | None = None
    head: int | None = None


Part = Head | Site | Edge
Parts = Sequence[Part]


def place_of(part: Head | Site) -> Site:
    """The site at which a head or a sublayer is replaced."""
    return Site("z", part.layer) if isinstance(part, Head) else part


def check_parts(some: Parts, count: int, kind: str, nodes: Sequence[int] | None) -> None:
    """Refuse parts that no ablation of this kind can take away.

    Args:
        some: the parts.
        count: the number of sequences.
        kind: the kind of ablation.
        nodes: where heads and sublayers are taken away.

    Raises:
        ValueError: such a part, edges together with nodes, or edges of another number of sequences.
    """
    for part in some:
        if isinstance(part, Site) and part.name not in SUBLAYERS:
            raise ValueError(f"expected a sublayer, one of {', '.join(SUBLAYERS)}, got {part}")
        kinds = {Edge: ("zero", "mask"), Head: KINDS[:-1], Site: KINDS[:-2]}[type(part)]
        if kind not in kinds:
            raise ValueError(f"expected the kind of ablation of {part} to be one of {', '.join(kinds)}, got {kind!r}")
        if isinstance(part, Edge) and nodes is not None:
            raise ValueError(f"expected edges to be cut without nodes, since an edge names its own, got {list(nodes)}")
        for end in (part.query, part.key) if isinstance(part, Edge) else ():
            if isinstance(end, tuple) and len(end) != count:
                raise ValueError(f"expected one node for all sequences or one for each of {count}, got {len(end)}")


def stand_ins(
    model: Tappable,
    tokens: Int[Tensor, "batch node"],
    layout: Layout,
    sets: Sequence[Parts],
    *,
    kind: str,
    nodes: Sequence[int] | None,
    pool: str,
    donors: Int[Tensor, "donor node"] | None,
    batch: int,
) -> dict[Site, Tensor]:
    """Compute what stands in the place of heads and sublayers that are taken away.

    Args:
        model, tokens, layout, sets, kind, nodes, pool, donors, batch: as in `ablate`.

    Returns:
        One tensor a site, with one row in all for means and a row a sequence for resampled values; none for kinds that
        need none.

    Raises:
        ValueError: parts, a pool or donors that do not fit; see `ablate`.
    """
    for some in sets:
        check_parts(some, len(tokens), kind, nodes)
    if pool not in POOLS:
        raise ValueError(f"expected pool to be one of {', '.join(POOLS)}, got {pool!r}")
    if donors is not None and (donors.shape[1:] != tokens.shape[1:] or not len(donors)
                               or (kind == "resample" and len(donors) != len(tokens))):
        raise ValueError(f"expected donors of {tokens.shape[1]} nodes, as many as sequences to resample from, "
                         f"got the shape {tuple(donors.shape)} for {tuple(tokens.shape)}")
    sites = sorted({place_of(part) for some in sets for part in some if not isinstance(part, Edge)}, key=str)
    if kind not in ("mean", "resample") or not sites:
        return {}
    if kind == "mean":
        return means_of(model, tokens if donors is None else donors, layout, sites, pool=pool, nodes=nodes, batch=batch)
    donors = tokens.roll(1, 0) if donors is None else donors
    found = [run_and_read(model, some, layout, sites)[1] for some in donors.split(batch)]
    return {site: torch.cat([some[site] for some in found], dim=1) for site in sites}


def taps_of(
    some: Parts,
    model: Tappable,
    layout: Layout,
    given: Mapping[Site, Tensor],
    rows: slice,
    *,
    kind: str,
    nodes: Sequence[int] | None,
) -> list[SiteTap]:
    """Make the taps that take one set of parts away from some of the sequences.

    Args:
        some: the set.
        model: the model.
        layout: the layout of the sequences.
        given: what `stand_ins` computed.
        rows: which of the sequences are run.
        kind: what stands in their place.
        nodes: where heads and sublayers are taken away.
    """
    taps, heads = [], {}
    for part in some:
        if isinstance(part, Edge):
            taps.append(_edge_tap(part, model, layout, rows, kind))
        else:
            heads.setdefault(place_of(part), []).append(part.head if isinstance(part, Head) else None)
    seen = layout.mask / layout.mask.sum(1, keepdim=True)
    for site, some in heads.items():
        chosen = None if None in some else some
        if kind == "uniform":
            where = Site("pattern", site.layer)
            taps.append(_put(where, lambda x: seen.to(x.dtype).expand_as(x), nodes, chosen))
        elif kind == "zero":
            taps.append(_put(site, torch.zeros_like, nodes, chosen))
        else:
            value = given[site]
            value = value[:, rows] if kind == "resample" else value
            taps.append(_put(site, value.expand_as, nodes, chosen))
    return taps


def _put(
    site: Site, make: Callable[[Tensor], Tensor], nodes: Sequence[int] | None, heads: Sequence[int] | None
) -> SiteTap:
    """A tap that makes a replacement of what it finds, and puts it at some nodes of some heads."""
    return patch(site, lambda x: patch_at(site, make(x), nodes=nodes, heads=heads)(site, x))


def _edge_tap(edge: Edge, model: Tappable, layout: Layout, rows: slice, kind: str) -> SiteTap:
    """A tap that takes one arrow away, before the softmax or behind it."""
    cut = _arrow(edge, layout.size, rows).to(layout.mask.device)
    name, empty = ("scores", -torch.inf) if kind == "mask" else ("pattern", 0.0)
    layers = range(layers_of(model)) if edge.layer is None else [edge.layer]

    def remove(_site: Site, x: Tensor) -> Tensor:
        count = x.shape[2]
        if edge.head is not None and not 0 <= edge.head < count:
            raise ValueError(f"expected heads from 0 to {count - 1}, got {edge.head}")
        heads = torch.ones(count, dtype=torch.bool, device=x.device)
        if edge.head is not None:
            heads = torch.arange(count, device=x.device) == edge.head
        left = x.masked_fill(cut[:, None] & heads[:, None, None], empty)
        if kind == "mask" and bool(left.isneginf().all(-1).any()):
            raise ValueError(f"expected every query to keep a key that it may see; without {edge} one has none")
        return left

    return SiteTap(frozenset(Site(name, layer) for layer in layers), remove)


def _arrow(edge: Edge, size: int, rows: slice) -> Bool[Tensor, "sequence query key"]:
    """True at the edge: one matrix for all sequences, or one a sequence."""
    marks = []
    for end in (edge.query, edge.key):
        nodes = [end] if isinstance(end, int) else list(end[rows])
        wrong = [node for node in nodes if not 0 <= node < size]
        if wrong:
            raise ValueError(f"expected the nodes of an edge from 0 to {size - 1}, got {wrong}")
        marks.append(torch.tensor(nodes)[:, None] == torch.arange(size))
    query, key = marks
    return query[:, :, None] & key[:, None, :]
