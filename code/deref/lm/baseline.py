"""Baseline: a run of which everything is kept that ablations of its heads need, so that they restart in the middle.

A head is switched off by MEAN ABLATION: what it fetches is replaced by its mean over the sequences and positions of the
batch, so that later layers meet numbers of the usual size. The first token is left alone. Most heads rest on it where
they have nothing to do, and what it holds is used as a constant.
"""

import dataclasses
from collections.abc import Collection, Iterable

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor

from deref.lm.model import LanguageModel, causal
from deref.lm.words import BOS
from deref.model.taps import Site, SiteTap, chain, read
from deref.probes.base.tappable import Head


@dataclasses.dataclass(frozen=True, kw_only=True, eq=False)
class Baseline:
    """A clean run of a batch.

    Args:
        model: the model.
        tokens: (B, N), each sequence with its first token.
        streams: what entered each block, by layer; the stream behind the last block under L.
        means: what each head fetches on average, (L, H, K), over all tokens of text.
    """

    model: LanguageModel
    tokens: Int[Tensor, "batch node"]
    streams: dict[int, Float[Tensor, "1 batch node width"]]
    means: Float[Tensor, "layer head size"]

    @property
    def size(self) -> int:
        """The number of nodes, N."""
        return self.tokens.shape[1]

    def logits(
        self, readouts: range | list[int], *, without: Collection[Head] = (), nodes: range | None = None,
        tap: SiteTap | None = None,
    ) -> Float[Tensor, "batch readout token"]:
        """The logits at some nodes, all heads at work or some switched off.

        Args:
            readouts: the nodes, increasing.
            without: the heads to switch off.
            nodes: where they are switched off; None means everywhere. The first token is left alone either way.
            tap: reads something else on the way.

        Returns:
            Logits of the next token.

        Raises:
            ValueError: a head that does not exist.
        """
        layers, heads = self.means.shape[:2]
        if wrong := [str(h) for h in without if not (0 <= h.layer < layers and 0 <= h.head < heads)]:
            raise ValueError(f"expected heads up to {Head(layers - 1, heads - 1)}, got {', '.join(wrong)}")
        start = min([*(head.layer for head in without), *(site.layer for site in (tap.sites if tap else ()))],
                    default=layers)
        taps = [*([self._off(without, nodes or range(self.size))] if without else []), *([tap] if tap else [])]
        return self.model.from_layer(start, self.streams[start], causal(self.size, readouts),
                                     chain(*taps) if taps else None)[0]

    def losses(
        self, readouts: range | list[int], *, without: Collection[Head] = (), nodes: range | None = None
    ) -> Float[Tensor, "batch readout"]:
        """The loss on the token behind each of some nodes, in nats.

        Args:
            readouts: the nodes, increasing, none of them the last.
            without: as in `logits`.
            nodes: as in `logits`.
        """
        return losses(self.logits(readouts, without=without, nodes=nodes), self.tokens, readouts)

    def weights(
        self, edges: Bool[Tensor, "batch query key"], *, without: Collection[Head] = (), nodes: range | None = None,
        start: int = 0,
    ) -> dict[int, Float[Tensor, "batch head"]]:
        """The weight of each head on some edges, with all heads at work or some switched off.

        Args:
            edges: as in `watch_edges`.
            without: as in `logits`.
            nodes: as in `logits`.
            start: the first layer of interest, not behind the first head that is switched off.

        Returns:
            One tensor a layer, from the first of interest on.
        """
        layers, found = len(self.means), []
        taps = [self._off(without, nodes or range(self.size))] if without else []
        watching = watch_edges(edges, range(start, layers), found)
        self.model.from_layer(start, self.streams[start], causal(self.size, [0]), chain(*taps, watching))
        return dict(enumerate(found, start))

    def _off(self, without: Collection[Head], nodes: range) -> SiteTap:
        where = torch.zeros(self.size, dtype=torch.bool)
        where[list(nodes)] = True
        where[0] = False

        def act(site: Site, z: Tensor) -> Tensor:
            off = torch.zeros(z.shape[2], dtype=torch.bool)
            off[[head.head for head in without if head.layer == site.layer]] = True
            return torch.where((off[:, None] & where)[..., None], self.means[site.layer][:, None], z)

        return SiteTap(frozenset(Site("z", head.layer) for head in without), act)


def baseline(model: LanguageModel, tokens: Int[Tensor, "batch node"], *taps: SiteTap) -> Baseline:
    """Run a batch and keep what ablations need.

    Args:
        model: the model.
        tokens: each sequence with its first token, which also fills shorter ones up.
        *taps: that read something else on the way, such as `watch_edges`.

    Returns:
        The baseline.
    """
    layers, found, text = model.shape.layers, {}, (tokens != BOS)[:, None, :, None]
    means = torch.empty(layers, model.shape.heads, model.shape.size)

    def average(site: Site, z: Tensor) -> None:
        means[site.layer] = (z[0] * text).sum((0, 2)) / text.sum()

    streams = [Site("resid_pre", layer) for layer in range(layers)] + [Site("resid_post", layers - 1)]
    every = chain(read(streams, into=found), SiteTap(frozenset(Site("z", i) for i in range(layers)), average), *taps)
    model(tokens, causal(tokens.shape[1], [0]), tap=every)
    kept = {site.layer if site.name == "resid_pre" else layers: x for site, x in found.items()}
    return Baseline(model=model, tokens=tokens, streams=kept, means=means)


def losses(
    logits: Float[Tensor, "batch readout token"], tokens: Int[Tensor, "batch node"], readouts: range | list[int]
) -> Float[Tensor, "batch readout"]:
    """The loss on the token behind each of some nodes, in nats.

    Args:
        logits: at these nodes.
        tokens: of the batch.
        readouts: the nodes, increasing, none of them the last.
    """
    targets = tokens[:, [node + 1 for node in readouts]]
    return logits.logsumexp(-1) - logits.gather(-1, targets[..., None])[..., 0]


def watch_edges(
    edges: Bool[Tensor, "batch query key"], layers: Iterable[int], into: list[Float[Tensor, "batch head"]]
) -> SiteTap:
    """Make a tap that measures how much weight each head puts on some edges.

    Args:
        edges: True at the pairs of query and key that count; every sequence has one or more.
        layers: where to look.
        into: receives one tensor a layer: the weight on a query's edges, averaged over the queries that have any.

    Returns:
        The tap.
    """
    asking = edges.any(-1).sum(-1, keepdim=True)  # (batch, 1)

    def measure(site: Site, pattern: Tensor) -> None:
        into.append(torch.einsum("bhqk,bqk->bh", pattern[0], edges.float()) / asking)

    return SiteTap(frozenset(Site("pattern", layer) for layer in layers), measure)


def cut(edges: Bool[Tensor, "batch query key"], layers: Iterable[int]) -> SiteTap:
    """Make a tap that cuts edges in all heads of some layers: the weight goes to what else the query sees.

    Args:
        edges: True at the pairs of query and key to cut; each query keeps a key that it may look at.
        layers: where to cut.

    Returns:
        The tap.
    """
    return SiteTap(frozenset(Site("scores", layer) for layer in layers),
                   lambda _, scores: scores.masked_fill(edges[:, None], -torch.inf))
