"""Head edges: what one head sends to whatever reads it, estimated from one derivative and measured by a patch.

A sender is a head, and a patch puts what it writes in the corrupted run into the clean one. Who gets to see that is the
other end of the edge:

    "all"     everything behind it, as in activation patching of the head
    "logits"  the last norm and the logits alone, along the residual stream
    a head    its query, key and value alone, along the residual stream; whatever follows from it is computed as ever

A pair differs from some token on. What stands before it is the same in both runs, so that only the nodes from there on
are run again, and many patched copies of them side by side.

Sources: Syed, Rager and Conmy (2023), arXiv:2310.10348, whose edges lead from heads to inputs of heads; Goldowsky-Dill
et al. (2023), arXiv:2304.05969, for the measurement.
"""

import dataclasses
from functools import cached_property
from typing import Literal

import torch
from jaxtyping import Float
from torch import Tensor

from deref.model.taps import Site, SiteTap
from deref.probes.base.node_run import NodeRun, is_causal, node_run
from deref.probes.base.pairs import Pairs
from deref.probes.base.tappable import Head, Stepwise, every_head, layers_of, run_and_read

Receiver = Literal["all", "logits"] | Head
MOST = 16_384
"""Nodes run at once."""


@dataclasses.dataclass(frozen=True, eq=False)
class HeadEdges:
    """The edges from the heads of a model, for some pairs.

    Args:
        model: that can be run block by block.
        pairs: clean and corrupted sequences, laid out causally, with the readout last.

    Raises:
        ValueError: another layout, or pairs that differ nowhere.
    """

    model: Stepwise
    pairs: Pairs

    def __post_init__(self) -> None:
        layout = self.pairs.layout
        if not is_causal(layout) or layout.readouts.tolist() != [layout.size - 1]:
            raise ValueError("expected a causal layout with the readout last")
        if torch.equal(self.pairs.clean, self.pairs.corrupted):
            raise ValueError("expected pairs that differ, got none")

    @cached_property
    def first(self) -> int:
        """The first node at which a pair differs."""
        return int((self.pairs.clean != self.pairs.corrupted).any(0).nonzero()[0])

    @cached_property
    def margin(self) -> Float[Tensor, "pair"]:
        """The clean margins, in units of logits."""
        return self.pairs.margin(self._run.logits)[0]

    @cached_property
    def gap(self) -> Float[Tensor, "pair"]:
        """The clean margins less the corrupted ones."""
        with torch.no_grad():
            return self.margin - self.pairs.margin(self.model(self.pairs.corrupted, self.pairs.layout))[0]

    @cached_property
    def _run(self) -> NodeRun:
        return node_run(self.model, self.pairs.clean, self.pairs.layout)

    @cached_property
    def _changes(self) -> tuple[Float[Tensor, "head pair node width"], ...]:
        """By block, what each head writes in the corrupted run less what it writes in the clean one."""
        sites = [Site("head_out", layer) for layer in range(layers_of(self.model))]
        clean, corrupted = (run_and_read(self.model, tokens, self.pairs.layout, sites)[1]
                            for tokens in (self.pairs.clean, self.pairs.corrupted))
        return tuple((corrupted[site] - clean[site])[0, :, :, self.first :].transpose(0, 1) for site in sites)

    @cached_property
    def _slopes(self) -> dict[Site, Float[Tensor, "pair ..."]]:
        """The derivative of the margin by what is added at some sites of the clean run."""
        layers = range(layers_of(self.model))
        inside = [Site(name, layer) for layer in layers for name in ("q", "k", "v", "attn_out")]
        sites = [Site("resid_post", layers[-1]), *inside]
        added: dict[Site, Tensor] = {}

        def add(site: Site, x: Tensor) -> Tensor:
            added[site] = torch.zeros_like(x).requires_grad_()
            return x + added[site]

        with torch.enable_grad():
            logits = self.model(self.pairs.clean, self.pairs.layout, tap=SiteTap(frozenset(sites), add))
            found = torch.autograd.grad(self.pairs.margin(logits).sum(), [added[site] for site in sites])
        return {site: slope[0] for site, slope in zip(sites, found, strict=True)}

    def senders(self, receiver: Receiver) -> tuple[Head, ...]:
        """The heads that have an edge to a receiver, block by block."""
        heads = self._changes[0].shape[0]
        return every_head(receiver.layer if isinstance(receiver, Head) else layers_of(self.model), heads)

    def estimated(self, receiver: Receiver) -> Float[Tensor, "sender pair"]:
        """The margin that patching each edge would lose, to first order.

        Args:
            receiver: the other end.

        Returns:
            In units of logits, for each of `senders`.
        """
        layers = range(receiver.layer if isinstance(receiver, Head) else layers_of(self.model))
        if receiver == "all":
            slopes = [self._slopes[Site("attn_out", i)][:, self.first :] for i in layers]
        else:
            slopes = [self._arriving(receiver)] * len(layers)
        return torch.cat([-torch.einsum("hbnd,bnd->hb", self._changes[i], slopes[i]) for i in layers])

    def _arriving(self, receiver: Receiver) -> Float[Tensor, "pair node width"]:
        """The derivative of the margin by the stream, as one receiver alone reads it."""
        if not isinstance(receiver, Head):
            return self._slopes[Site("resid_post", layers_of(self.model) - 1)][:, self.first :]
        slopes = [self._slopes[Site(name, receiver.layer)][:, receiver.head, self.first :] for name in "qkv"]
        resid = self._run.entering[receiver.layer].resid[:, :, self.first :].clone().requires_grad_()
        with torch.enable_grad():
            read = self.model.project(receiver.layer, resid, self.pairs.layout.positions[self.first :])
        own = self._columns(receiver, slopes[0].shape[-1])
        return torch.autograd.grad([x[0, ..., own] for x in read], resid, slopes)[0][0]

    @torch.no_grad()
    def measured(self, receiver: Receiver) -> Float[Tensor, "sender pair"]:
        """The margin that patching each edge does lose, one edge at a time.

        Args:
            receiver: the other end.

        Returns:
            In units of logits, for each of `senders`.
        """
        if isinstance(receiver, Head):
            changes = torch.cat(self._changes[: receiver.layer])
            size = max(1, MOST // (changes.shape[1] * changes.shape[2]))
            return torch.cat([self._into_head(receiver, some) for some in changes.split(size)])
        lost = self._into_logits if receiver == "logits" else self._into_all
        return torch.cat([lost(layer, change) for layer, change in enumerate(self._changes)])

    def _into_logits(self, layer: int, changes: Tensor) -> Tensor:
        end = self._finish(layers_of(self.model) - 1, *self._entering(layers_of(self.model) - 1, 1))
        return self._lost(end.repeat(1, len(changes), 1, 1) + changes.flatten(0, 1)[None], len(changes))

    def _into_all(self, layer: int, changes: Tensor) -> Tensor:
        resid, q, k, v = self._entering(layer, len(changes))
        resid = self._finish(layer, resid + changes.flatten(0, 1)[None], q, k, v)
        return self._lost(self._go_on(layer + 1, resid, len(changes)), len(changes))

    def _into_head(self, receiver: Head, changes: Tensor) -> Tensor:
        layer, times = receiver.layer, len(changes)
        resid, *kept = self._entering(layer, times)
        own = self._columns(receiver, self._slopes[Site("q", layer)].shape[-1])
        new = self.model.project(layer, resid + changes.flatten(0, 1)[None], self.pairs.layout.positions[self.first :])
        for x, y in zip(kept, new, strict=True):
            x[:, :, -y.shape[2] :, own] = y[..., own]
        return self._lost(self._go_on(layer + 1, self._finish(layer, resid, *kept), times), times)

    def _go_on(self, start: int, resid: Tensor, times: int) -> Tensor:
        """The end of the stream, from what enters a block at the nodes that are run again."""
        for layer in range(start, layers_of(self.model)):
            q, *new = self.model.project(layer, resid, self.pairs.layout.positions[self.first :])
            kept = self._run.entering[layer]
            k, v = (torch.cat([x[:, :, : self.first].repeat(1, times, 1, 1), y], 2)
                    for x, y in zip((kept.k, kept.v), new, strict=True))
            resid = self._finish(layer, resid, q, k, v)
        return resid

    def _entering(self, layer: int, times: int) -> tuple[Tensor, ...]:
        """The clean stream and queries at the nodes that are run again, and all keys and values, several times."""
        kept = self._run.entering[layer]
        resid, q = (x[:, :, self.first :] for x in (kept.resid, kept.q))
        return tuple(x.repeat(1, times, 1, 1) for x in (resid, q, kept.k, kept.v))

    def _finish(self, layer: int, resid: Tensor, q: Tensor, k: Tensor, v: Tensor) -> Tensor:
        return self.model.finish(layer, resid, q, k, v, self.pairs.layout.mask[self.first :])

    def _lost(self, end: Tensor, times: int) -> Tensor:
        logits = self.model.unembed(end[:, :, -1:])
        return torch.stack([self.margin - self.pairs.margin(some)[0] for some in logits.split(len(self.pairs), 1)])

    @staticmethod
    def _columns(head: Head, size: int) -> slice:
        """Where one head stands among heads side by side."""
        return slice(head.head * size, (head.head + 1) * size)
