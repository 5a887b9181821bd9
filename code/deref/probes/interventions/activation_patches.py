"""Activation patches: carry what a head, or one node of the stream, holds from one run into another.

Both probes ask one question of every place in turn: with this alone taken from the other run, how much of the answer
follows? They run any model that offers `deref.probes.base.tappable.Tappable`, from the patched block on.
"""

import dataclasses

import torch
from jaxtyping import Float
from torch import Tensor

from deref.model.taps import Site
from deref.probes.base.cached_run import CachedRun
from deref.probes.base.chosen import Several, several
from deref.probes.base.pairs import Pairs
from deref.probes.base.patching import AXES, patch_at
from deref.probes.base.recovery import Recovered, Sides, recovered
from deref.probes.base.tappable import Tappable, layers_of, run_and_read

STREAM = Site("resid_pre", 0)  # any site of the stream: all have the same axes
HEAD_SITES = tuple(name for name, axes in AXES.items() if "H" in axes)


@dataclasses.dataclass(frozen=True, kw_only=True, eq=False)
class HeadPatches(Recovered):
    """How much of the answer followed each head, patched alone.

    Args:
        site: what was patched of each head, a name of a site.
        recovery: (seed, pair, layer, head).
    """

    site: str
    recovery: Float[Tensor, "seed pair layer head"]


@dataclasses.dataclass(frozen=True, kw_only=True, eq=False)
class StreamPatches(Recovered):
    """How much of the answer followed the stream at each block and node, patched alone.

    Args:
        nodes: the nodes that were patched.
        recovery: (seed, pair, row, node). Row i patches the stream that enters block i, so row 0 is the embedding; the
            last row is what leaves the last block.
    """

    nodes: tuple[int, ...]
    recovery: Float[Tensor, "seed pair row node"]


@torch.no_grad()
def patch_heads(
    model: Tappable,
    pairs: Pairs,
    *,
    direction: str = "denoise",
    site: str = "z",
    nodes: Several | None = None,
    threshold: float = 1.0,
    batch: int = 64,
) -> HeadPatches:
    """Patch each head alone, and see how much of the answer follows.

    Args:
        model: any model that can be tapped.
        pairs: clean and corrupted sequences, on the model's device.
        direction: "denoise" patches clean activations into the corrupted run, "noise" corrupted ones into the clean.
        site: what to patch of a head: "z" (as good as "head_out"), "q", "k", "v", "scores" or "pattern".
        nodes: the node or nodes to patch, together (queries, of scores and pattern); None patches all.
        threshold: the gap of margins, in units of logits, that a kept pair exceeds.
        batch: how many pairs to run at once.

    Returns:
        Recovery of every pair and head, on the CPU.

    Raises:
        ValueError: no pairs, another direction, a site that heads do not have, a node that does not exist, a negative
            threshold or an empty batch.
    """
    nodes = several("nodes", nodes)
    if site not in HEAD_SITES:
        raise ValueError(f"expected a site of a head, one of {', '.join(HEAD_SITES)}, got {site!r}")
    layers, found = layers_of(model), []
    for some in Sides(pairs=pairs, direction=direction).batches(batch):
        base = CachedRun.of(model, some.base, some.layout)
        source, seen = run_and_read(model, some.source, some.layout, [Site(site, layer) for layer in range(layers)])
        heads = range(seen[Site(site, 0)].shape[2])
        patched = [
            some.pairs.margin(base.rerun(patch_at(place, seen[place], nodes=nodes, heads=[head])))
            for place in (Site(site, layer) for layer in range(layers)) for head in heads
        ]
        patched = torch.stack(patched, dim=-1).unflatten(-1, (layers, len(heads)))
        found.append([x.cpu() for x in (some.pairs.margin(base.logits), some.pairs.margin(source), patched)])
    gap, recovery = recovered(direction, threshold, *(torch.cat(part, dim=1) for part in zip(*found, strict=True)))
    return HeadPatches(direction=direction, threshold=threshold, gap=gap, recovery=recovery, site=site)


@torch.no_grad()
def patch_stream(
    model: Tappable,
    pairs: Pairs,
    *,
    direction: str = "denoise",
    nodes: Several | None = None,
    threshold: float = 1.0,
    batch: int = 64,
) -> StreamPatches:
    """Patch the stream at each block and node alone: the causal trace, for any model and any pairs.

    For the pointer task `causal_trace` gives the same numbers sooner, and sorts them by class of position.

    Args:
        model, pairs, direction, threshold, batch: as in `patch_heads`.
        nodes: the nodes to patch, one at a time; None patches all, one at a time.

    Returns:
        Recovery of every pair, row and node, on the CPU.

    Raises:
        ValueError: no pairs, another direction, a node that does not exist, a negative threshold or an empty batch.
    """
    nodes = tuple(range(pairs.layout.size)) if nodes is None else several("nodes", nodes)
    rows, found = layers_of(model) + 1, []
    for some in Sides(pairs=pairs, direction=direction).batches(batch):
        base, source = (CachedRun.of(model, tokens, some.layout, end=True) for tokens in (some.base, some.source))
        patched = [
            some.pairs.margin(model.from_layer(row, patch_at(STREAM, theirs, nodes=[node])(STREAM, own), some.layout))
            for row, (own, theirs) in enumerate(zip(base.streams, source.streams, strict=True)) for node in nodes
        ]
        patched = torch.stack(patched, dim=-1).unflatten(-1, (rows, len(nodes)))
        found.append([x.cpu() for x in (some.pairs.margin(base.logits), some.pairs.margin(source.logits), patched)])
    gap, recovery = recovered(direction, threshold, *(torch.cat(part, dim=1) for part in zip(*found, strict=True)))
    return StreamPatches(direction=direction, threshold=threshold, gap=gap, recovery=recovery, nodes=nodes)
