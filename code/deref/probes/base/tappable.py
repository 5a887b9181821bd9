"""Tappable: what a model must offer so that probes can run on it, whatever its architecture.

A probe runs a model, looks at named sites and replaces what it finds there. So it needs three things of a model: the
sites that it has, a forward pass that shows them to a tap, and a way to start again from a block in the middle, for
what comes before a change need not be computed twice. `deref.model.transformer.Transformer` and
`deref.lm.model.LanguageModel` offer them, and so does any model behind a thin adapter.

Axes are those of the book's own model: S seeds (1 where there is one model), B sequences, N nodes, H heads, K head
size, D width, R readouts, V outputs.

    resid_pre   S B N D     the stream that enters a block; in block 0 this is the embedding
    q, k, v     S B H N K   of each head, as it compares and mixes them: after positions have been written into q and k,
                            and with one k and v a head, also where a model lets several heads share them
    scores      S B H N N   (query, key), scaled and masked with minus infinity
    pattern     S B H N N   (query, key), each row sums to 1
    z           S B H N K   the mixture of values that each head fetches
    head_out    S B H N D   what each head writes into the stream: z times its part of the output matrix, without bias
    attn_out    S B N D     what the attention sublayer adds to the stream
    resid_mid   S B N D     the stream between the two sublayers
    mlp_out     S B N D     what the MLP adds to the stream
    resid_post  S B N D     the stream that leaves a block
    logits      S B R V     at the layout's readouts only

Streams add up: resid_mid = resid_pre + attn_out, resid_post = resid_mid + mlp_out, and differences of attn_out are sums
of differences of head_out. `path_patch` relies on it.
"""

import contextlib
from collections.abc import Collection, Iterable
from typing import NamedTuple, Protocol, runtime_checkable

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor

from deref.model.taps import Site, SiteTap, Tap, chain, read
from deref.tasks.layout import Layout


@runtime_checkable
class Tappable(Protocol):
    """A model that can be run with taps."""

    @property
    def sites(self) -> frozenset[Site]:
        """Every site of the model; a name that has layers has them from 0 up."""

    def __call__(
        self, tokens: Int[Tensor, "*seed batch node"], layout: Layout, *, tap: Tap | None = None
    ) -> Float[Tensor, "seed batch readout output"]:
        """Answer at every readout of the layout, showing the tap each site that it looks at.

        Args:
            tokens: (B, N), or (S, B, N) where each seed gets its own; on the model's device.
            layout: positions, mask and readouts of the N nodes. A tap without `sites` is shown every site; a tap with
                `sites` is shown these alone, so that nothing else need be kept apart (fused attention otherwise).
            tap: returns a replacement of the same shape, or None.
        """

    def from_layer(
        self,
        layer: int,
        resid: Float[Tensor, "seed batch node width"],
        layout: Layout,
        tap: Tap | None = None,
    ) -> Float[Tensor, "seed batch readout output"]:
        """Run the rest of the model from the stream that enters one block; layer L runs the unembedding alone."""


@runtime_checkable
class Stepwise(Tappable, Protocol):
    """A model that can also be run block by block, each block in two halves, at chosen nodes.

    Queries, keys and values have their heads side by side here, (S, B, nodes, H K), so that nodes are the third axis of
    everything. Positions have been written into queries and keys.
    """

    def embed(self, tokens: Int[Tensor, "*seed batch node"], layout: Layout) -> Float[Tensor, "seed batch node width"]:
        """The stream that enters the first block."""

    def project(
        self, layer: int, resid: Float[Tensor, "seed batch node width"], positions: Int[Tensor, "node"]
    ) -> tuple[Float[Tensor, "seed batch node inner"], ...]:
        """The queries, keys and values that one block makes of the stream that enters it at some nodes."""

    def finish(
        self, layer: int, resid: Float[Tensor, "seed batch query width"], q: Float[Tensor, "seed batch query inner"],
        k: Float[Tensor, "seed batch key inner"], v: Float[Tensor, "seed batch key inner"],
        mask: Bool[Tensor, "query key"],
    ) -> Float[Tensor, "seed batch query width"]:
        """The stream that leaves one block, at the nodes that have a query."""

    def unembed(self, resid: Float[Tensor, "seed batch node width"]) -> Float[Tensor, "seed batch node output"]:
        """The logits of the stream that leaves the last block, at whatever nodes are given."""


class Head(NamedTuple):
    """An attention head, by its place.

    Args:
        layer: the block, from 0.
        head: its number in the block, from 0.
    """

    layer: int
    head: int

    def __str__(self) -> str:
        return f"L{self.layer}H{self.head}"


def layers_of(model: Tappable) -> int:
    """Count the blocks of a model."""
    return 1 + max(site.layer for site in model.sites if site.name == "resid_pre")


def has_mlp(model: Tappable) -> bool:
    """Whether the model's blocks have MLPs."""
    return Site("mlp_out", 0) in model.sites


def every_head(layers: int, heads: int) -> tuple[Head, ...]:
    """List all heads, block by block.

    Args:
        layers: the number of blocks.
        heads: the number of heads of a block.
    """
    return tuple(Head(layer, head) for layer in range(layers) for head in range(heads))


def heads_of(model: Tappable, tokens: Int[Tensor, "*seed batch node"], layout: Layout) -> int:
    """Count the heads of a block, by looking at the first block's while it runs.

    Args:
        model: the model.
        tokens: any sequences that it can read; one will do.
        layout: their layout.
    """
    z = Site("z", 0)
    return run_and_read(model, tokens, layout, [z])[1][z].shape[2]


def check_heads(heads: Iterable[Head], layers: int, count: int) -> None:
    """Refuse heads that do not exist.

    Args:
        heads: the heads.
        layers: the number of blocks.
        count: the number of heads of a block.

    Raises:
        ValueError: some do not exist.
    """
    wrong = [str(head) for head in heads if not (0 <= head.layer < layers and 0 <= head.head < count)]
    if wrong:
        raise ValueError(f"expected heads from L0H0 to L{layers - 1}H{count - 1}, got {', '.join(wrong)}")


@torch.no_grad()
def run_and_read(
    model: Tappable, tokens: Int[Tensor, "*seed batch node"], layout: Layout, sites: Collection[Site]
) -> tuple[Float[Tensor, "seed batch readout output"], dict[Site, Tensor]]:
    """Run a model and keep what is found at some sites.

    Args:
        model: the model.
        tokens: as the model takes them.
        layout: as the model takes it.
        sites: where to read.

    Returns:
        The logits, and one tensor a site.

    Raises:
        ValueError: a site that the model does not have.
    """
    found: dict[Site, Tensor] = {}
    logits = model(tokens, layout, tap=read(sites, into=found))
    return logits, found


@torch.no_grad()
def read_on(
    model: Tappable,
    layer: int,
    resid: Float[Tensor, "seed batch node width"],
    layout: Layout,
    sites: Collection[Site],
    tap: Tap | None = None,
) -> dict[Site, Tensor]:
    """Run a model from one block on, no further than the last of some sites, and keep what is found there.

    Args:
        model: the model.
        layer: the first block to run.
        resid: the stream that enters it.
        layout: as the model takes it.
        sites: where to read, at least one, all from this block on.
        tap: acts before the reading.

    Returns:
        One tensor a site.

    Raises:
        ValueError: a site that the model does not have.
    """
    found: dict[Site, Tensor] = {}

    def keep(site: Site, x: Tensor) -> None:
        found[site] = x
        if len(found) == len(sites):
            raise _Enough

    reading = SiteTap(frozenset(sites), keep)
    with contextlib.suppress(_Enough):
        model.from_layer(layer, resid, layout, reading if tap is None else chain(tap, reading))
    return found


class _Enough(Exception):
    """Ends a run whose logits nobody will read."""
