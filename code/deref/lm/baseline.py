"""Clean runs of text: a batch is run once, and ablations of its heads restart in the middle.

A head is ablated by its MEAN: what it fetches is replaced by its mean over the sequences and positions of the batch, so
that later layers meet numbers of the usual size. The first token is left alone. Most heads put their weight on it where
they have nothing to do, and what it holds is used as a constant.
"""

import dataclasses
from collections.abc import Collection, Iterable

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor

from deref.lm.model import LanguageModel, causal_layout
from deref.lm.words import BOS
from deref.model.taps import Site, SiteTap, chain
from deref.probes.base.cached_run import CachedRun
from deref.probes.base.means import mean_heads
from deref.probes.base.tappable import Head


@dataclasses.dataclass(frozen=True, kw_only=True, eq=False)
class TextRun:
    """A clean run of a batch of text.

    Args:
        run: the run, which kept all L + 1 streams.
        tokens: (B, N), each sequence with its first token.
        means: what each head fetches on average, (L, H, K), over all tokens of text.
    """

    run: CachedRun
    tokens: Int[Tensor, "batch node"]
    means: Float[Tensor, "layer head size"]

    @property
    def model(self) -> LanguageModel:
        """The model."""
        return self.run.model

    @property
    def streams(self) -> tuple[Float[Tensor, "1 batch node width"], ...]:
        """What entered each block, and last what left the last one; L + 1 tensors."""
        return self.run.streams

    @property
    def size(self) -> int:
        """The number of nodes, N."""
        return self.tokens.shape[1]

    def logits(
        self, readouts: range | list[int], *, without: Collection[Head] = (), nodes: range | None = None,
        tap: SiteTap | None = None,
    ) -> Float[Tensor, "batch readout token"]:
        """The logits at some nodes, of the whole model or without some heads.

        Args:
            readouts: the nodes, increasing.
            without: the heads to ablate.
            nodes: where they are ablated; None means everywhere. The first token is left alone either way.
            tap: reads something else on the way.

        Returns:
            Logits of the next token.

        Raises:
            ValueError: a head that does not exist.
        """
        layers, heads = self.means.shape[:2]
        if wrong := [str(h) for h in without if not (0 <= h.layer < layers and 0 <= h.head < heads)]:
            raise ValueError(f"expected heads up to {Head(layers - 1, heads - 1)}, got {', '.join(wrong)}")
        taps = [*self._ablating(without, nodes), *([tap] if tap else [])]
        return self.run.rerun(chain(*taps), causal_layout(self.size, readouts))[0]

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
        found: list[Float[Tensor, "batch head"]] = []
        watching = watch_edges(edges, range(start, len(self.means)), found)
        self.run.rerun(chain(*self._ablating(without, nodes), watching), causal_layout(self.size, [0]))
        return dict(enumerate(found, start))

    def _ablating(self, without: Collection[Head], nodes: range | None) -> list[SiteTap]:
        """The tap that ablates some heads; none where there are none."""
        if not without:
            return []
        where = torch.zeros(self.size, dtype=torch.bool)
        where[list(nodes or range(self.size))] = True
        where[0] = False
        off: dict[int, Tensor] = {}
        for layer, head in without:
            off.setdefault(layer, torch.zeros(self.means.shape[1], dtype=torch.bool))[head] = True
        return [mean_heads({layer: self.means[layer][None, :, None] for layer in off}, off, where)]


def baseline(model: LanguageModel, tokens: Int[Tensor, "batch node"], *taps: SiteTap) -> TextRun:
    """Run a batch and keep what ablations need.

    Args:
        model: the model.
        tokens: each sequence with its first token, which also fills shorter ones up.
        *taps: that read something else on the way, such as `watch_edges`.

    Returns:
        The clean run.
    """
    text = (tokens != BOS)[:, None, :, None]
    means = torch.empty(model.shape.layers, model.shape.heads, model.shape.size)

    def average(site: Site, z: Tensor) -> None:
        means[site.layer] = (z[0] * text).sum((0, 2)) / text.sum()

    averaging = SiteTap(frozenset(Site("z", layer) for layer in range(model.shape.layers)), average)
    run = CachedRun.of(model, tokens, causal_layout(tokens.shape[1], [0]), end=True, tap=chain(averaging, *taps))
    return TextRun(run=run, tokens=tokens, means=means)


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
