"""Section "The rest of the block": an MLP as a memory of keys and values, and what its non-linearity takes away."""

from dataclasses import dataclass
from functools import cache
from typing import NamedTuple

import numpy as np
import torch
import torch.nn.functional as F
from jaxtyping import Float
from matplotlib.figure import Figure
from torch import Tensor

from deref.figures import maps
from deref.figures.style import PALETTE, subplots
from deref.model.norms import fold_norms
from deref.model.taps import Site, SiteTap, chain, patch, read
from deref.model.transformer import Transformer
from deref.probes.base.batches import batches
from deref.probes.base.memories import probe_memories
from deref.probes.measures.key_values import key_values, spanned
from deref.sections.shared.models import large_32
from deref.tasks.pointer import PointerTask
from evidence.results import exact, mean_t, result
from evidence.results.estimate import Estimate
from evidence.runs import Run, Store

TASK, LAYERS = large_32.config.task, range(large_32.config.model.layers)
ADDRESSES = torch.tensor([0, 5, 10, 15, 16, 21, 26, 31])  # every bit is 1 in half of them
FITTED, HELD = 2_048, 512  # memories that a linear map is fitted on, and that it is scored on
PLACES = ("mlp_pre", "mlp_post", "resid_post")
_SEED = 6_000_011  # of the memories of this section


@result("block.key-values.gap", title="Largest difference between an MLP and the sum of its keys' values", format=".0e")
@torch.no_grad()
def rewritten(store: Store) -> Estimate:
    """Double precision, at every node of a few memories."""
    run = large_32.run(store)
    model = Transformer.from_state(run.config.model, run.seeds, run.model.state_dict()).double()
    tokens, gaps = TASK.trie_tokens(probe_memories(TASK)[:4]), []
    for layer in LAYERS:
        ends = [Site("resid_mid", layer), Site("mlp_out", layer)]
        found: dict[Site, Tensor] = {}
        model(tokens, TASK.layout("trie"), tap=read(ends, into=found))
        stream, written = (found[site].flatten(1, 2) for site in ends)
        recalled = key_values(model, layer).recalled(model.layers[layer].mlp_norm(stream))
        gaps.append((recalled - written).abs().max())
    return exact(max(gaps), "largest over layers, seeds and nodes, double precision")


@dataclass(frozen=True, kw_only=True, eq=False)
class Readable:
    """What a linear map can read of memory cells in what a readout holds at three places of a block.

    Args:
        explained: of each cell's bit, share of the variance on held-out memories, 0 where nothing is read; places are
            those of `PLACES`, (layer, place, seed, address, cell).
    """

    explained: Float[np.ndarray, "layer place seed address cell"]

    @property
    def addressed(self) -> Float[np.ndarray, "layer place seed"]:
        """The share for the addressed cell, mean over addresses."""
        return self.explained[:, :, :, np.arange(len(ADDRESSES)), ADDRESSES.numpy()].mean(-1)

    @property
    def others(self) -> Float[np.ndarray, "layer place seed"]:
        """The shares of all other cells added up, mean over addresses: how many cells' worth is read."""
        return self.explained.sum(-1).mean(-1) - self.addressed

    @property
    def left(self) -> Float[np.ndarray, "layer seed"]:
        """What the non-linearity leaves of the others: the sum behind it, as a share of the sum in front of it."""
        return self.others[:, 1] / self.others[:, 0]


@cache
def readable(run: Run) -> Readable:
    """Fit and score the linear maps, for every layer, place, seed and address."""
    memories = TASK.sample_memory(FITTED + HELD, torch.Generator().manual_seed(_SEED))
    held = at_readouts(run.model, TASK, memories, [Site(place, layer) for layer in LAYERS for place in PLACES])
    shares = [explained(held.pop(Site(place, layer)), memories) for layer in LAYERS for place in PLACES]
    return Readable(explained=np.stack(shares).reshape(len(LAYERS), len(PLACES), *shares[0].shape))


@torch.no_grad()
def at_readouts(
    model: Transformer, task: PointerTask, memories: Tensor, sites: list[Site]
) -> dict[Site, Float[Tensor, "seed address memory size"]]:
    """What the readouts of some addresses hold at some sites."""
    layout, tokens = task.layout("trie"), task.trie_tokens(memories)
    rows, parts = layout.readouts[ADDRESSES], {site: [] for site in sites}
    tap = SiteTap(frozenset(sites), lambda site, x: parts[site].append(x[:, :, rows]))
    for batch in batches(model, len(tokens), layout.size):
        model(tokens[batch], layout, tap=tap)
    return {site: torch.cat(part, 1).transpose(1, 2) for site, part in parts.items()}


@torch.no_grad()
def explained(
    held: Float[Tensor, "seed address memory size"], memories: Tensor, pull: float = 1e-3
) -> Float[np.ndarray, "seed address cell"]:
    """Read every cell's bit by ridge regression, and score it on the memories that were not fitted.

    Args:
        held: the features.
        memories: the bits, (memory, cell).
        pull: of weights towards 0, as a share of the features' mean variance.
    """
    shares = []
    for x in held:  # a seed at a time, since double precision takes room
        x, y = x.double(), memories.double() - 0.5
        x = x - x[:, :FITTED].mean(1, keepdim=True)
        seen = x[:, :FITTED]
        square = seen.mT @ seen / FITTED
        floor = pull * square.diagonal(dim1=-2, dim2=-1).mean(-1)
        weight = torch.linalg.solve(square + floor[:, None, None] * torch.eye(x.shape[-1], dtype=torch.float64),
                                    seen.mT @ y[:FITTED] / FITTED)
        error = (x[:, FITTED:] @ weight - y[FITTED:]).square().mean(1)
        shares.append((1 - 4 * error).clamp(min=0))  # a fair bit of plus or minus one half has variance 1/4
    return torch.stack(shares).numpy()


class Reading(NamedTuple):
    """A place in a layer where a linear map reads what a readout holds."""

    layer: int
    place: str  # one of PLACES
    where: str  # in words


_WHERE = {"before": "in front of the non-linearity", "after": "behind the non-linearity",
          "stream": "behind the block"}
READINGS = {(str(layer + 1), key): Reading(layer, place, where)
            for layer in LAYERS for place, (key, where) in zip(PLACES, _WHERE.items(), strict=True)}


@result.each(READINGS, "block.read.{layer}.{place}.addressed", format=".2f",
             title="Variance of the addressed bit that a linear map tells {member.where}, layer {layer}")
def addressed_read(store: Store, at: Reading) -> Estimate:
    found = readable(large_32.run(store)).addressed
    return mean_t(found[at.layer, PLACES.index(at.place)], bounds=(0, 1))


@result.each(READINGS, "block.read.{layer}.{place}.others", format=".1f",
             title="Other cells' worth of bits that a linear map tells {member.where}, layer {layer}")
def others_read(store: Store, at: Reading) -> Estimate:
    found = readable(large_32.run(store)).others
    return mean_t(found[at.layer, PLACES.index(at.place)], bounds=(0, TASK.M - 1))


@result.each({str(layer + 1): layer for layer in LAYERS}, "block.read.{layer}.left",
             title="What the non-linearity leaves readable of the other cells, layer {layer}")
def left_readable(store: Store, layer: int) -> Estimate:
    return mean_t(readable(large_32.run(store)).left[layer])


@result("block.relu.accuracy", title="Accuracy of large-32 with ReLU put in the place of GELU", format=".2%")
@torch.no_grad()
def with_relu(store: Store) -> Estimate:
    """No training: the hidden units are computed from what enters them."""
    model, memories, entering = large_32.run(store).model, probe_memories(TASK), {}
    layout, right = TASK.layout("trie"), []
    taps = [read([Site("mlp_pre", layer) for layer in LAYERS], into=entering)]
    taps += [patch(Site("mlp_post", layer), lambda _, layer=layer: F.relu(entering[Site("mlp_pre", layer)]))
             for layer in LAYERS]
    for batch in batches(model, len(memories), layout.size):
        logits = model(TASK.trie_tokens(memories[batch]), layout, tap=chain(*taps))
        right.append((logits.argmax(-1) == memories[batch]).double())
    return mean_t(torch.cat(right, 1).mean((1, 2)).numpy(), bounds=(0, 1))


@cache
def spans(run: Run) -> tuple[Float[np.ndarray, "seed"], Float[np.ndarray, "seed"]]:
    """Of the last MLP's hidden units at readouts: the share above zero, and how often their keys span the stream."""
    model, site = fold_norms(run.model), Site("mlp_pre", LAYERS[-1])
    matches = at_readouts(run.model, TASK, probe_memories(TASK)[:16], [site])[site].flatten(1, 2)
    keys = key_values(model, LAYERS[-1]).keys.detach().double()
    keys = keys - keys.mean(-1, keepdim=True)  # a LayerNorm centres: the stream cannot vary along the mean
    whole = [(spanned(key, match > 0) == model.config.width - 1).double().mean() for key, match
             in zip(keys, matches, strict=True)]
    return (matches > 0).double().mean((1, 2)).numpy(), torch.stack(whole).numpy()


@result("block.relu.active", title="Hidden units of the last MLP that are above zero at a readout", format=".0%")
def active(store: Store) -> Estimate:
    return mean_t(spans(large_32.run(store))[0], bounds=(0, 1))


@result("block.relu.whole", title="Readouts at which the active keys of the last MLP span the whole stream",
        format=".1%")
def whole(store: Store) -> Estimate:
    return mean_t(spans(large_32.run(store))[1], bounds=(0, 1))


def reading() -> tuple[Figure, dict[str, list]]:
    """What a linear map reads in front of the last MLP's non-linearity, behind it, and behind the block."""
    found = readable(large_32.run())
    figure, axes = subplots(1, 2, height=2.9)
    for ax, values, title, top in zip(axes, (found.addressed[-1], found.others[-1]),
                                      ("addressed cell", "all other cells, added up"), (1.1, TASK.M - 1), strict=True):
        ax.plot(values, color=PALETTE["blue"], linewidth=0.8, alpha=0.5)
        ax.plot(values.mean(1), color=PALETTE["blue"], marker="o")
        ax.set_xticks(range(3), ("in front", "behind", "stream"))
        ax.set(title=title, ylim=(0, top), xlim=(-0.2, 2.2))
    axes[0].set_ylabel("variance explained, in cells")
    return figure, maps.columns("told", np.stack([found.addressed[-1], found.others[-1]]),
                                cells=["addressed", "others"], place=PLACES, seed=large_32.seeds)
