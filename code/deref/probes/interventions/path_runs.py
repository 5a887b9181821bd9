"""Path runs: what arrives at a block when one component writes something else into the stream, and all others the same.

The stream is a sum: the embedding, what every head writes, what every MLP writes, and constants. So a change in one of
its parts arrives unchanged wherever later blocks read the stream, as long as nothing in between depends on it.
"""

import itertools
from collections.abc import Iterator, Sequence

import torch
from jaxtyping import Float, Int
from torch import Tensor

from deref.model.taps import Site, chain, patch
from deref.probes.base.cached_run import CachedRun
from deref.probes.base.patching import patch_at
from deref.probes.base.tappable import Head, Tappable, layers_of, read_on
from deref.tasks.layout import Layout

EMBEDDING = Site("resid_pre", 0)
"""The embedding as a sender: the stream before layer 1."""

Sender = Head | Site


class PathRun(CachedRun):
    """A cached run that answers what arrives at a block when one component writes something else.

    It keeps all L + 1 streams; and what each attention sublayer adds, if paths may lead through MLPs.
    """

    @classmethod
    def along(
        cls, model: Tappable, tokens: Int[Tensor, "*seed batch node"], layout: Layout, *, through_mlps: bool
    ) -> "PathRun":
        """Run a model.

        Args:
            model: the model.
            tokens: as the model takes them.
            layout: as the model takes it.
            through_mlps: whether to keep what `arriving` needs for paths through MLPs.
        """
        attention = [Site("attn_out", layer) for layer in range(layers_of(model))] if through_mlps else []
        return cls.of(model, tokens, layout, end=True, sites=attention)

    @torch.no_grad()
    def arriving(
        self, sender: Sender, change: Float[Tensor, "seed batch node width"], layer: int
    ) -> Float[Tensor, "seed batch node width"]:
        """The stream that enters a block after one component has written something else.

        Where attention was kept, MLPs on the way are computed again; otherwise they add what they added.

        Args:
            sender: the component.
            change: what it writes now, less what it wrote.
            layer: the block, above the sender's; L stands for the unembedding.
        """
        if not self.found:
            return self.streams[layer] + change
        if isinstance(sender, Head) or sender.name == "attn_out":
            start, resid, sent = sender.layer, self.streams[sender.layer], {Site("attn_out", sender.layer): change}
        else:
            start, sent = (0 if sender == EMBEDDING else sender.layer + 1), {}
            resid = self.streams[start] + change
        if start == layer:
            return resid
        held = [Site("attn_out", i) for i in range(start, layer)]
        hold = chain(*(patch(site, self.found[site] + sent.get(site, 0)) for site in held))
        end = Site("resid_post", layer - 1)
        return read_on(self.model, start, resid, self.layout, [end], hold)[end]


def changes(
    base: PathRun, source: PathRun, senders: Sequence[Sender], nodes: Sequence[int] | None
) -> Iterator[Float[Tensor, "seed batch node width"]]:
    """What each sender writes in one run, less what it writes in another.

    Args:
        base: the other run.
        source: the one run.
        senders: the components.
        nodes: the only nodes at which to count the difference; None counts all.

    Yields:
        One difference a sender, 0 where it is not counted.
    """
    for layer, some in itertools.groupby(senders, key=lambda sender: sender.layer):
        group = list(some)
        sites = {Site("head_out", layer) if isinstance(sender, Head) else sender for sender in group}
        before, after = base.written(layer, sites), source.written(layer, sites)
        for sender in group:
            site = Site("head_out", layer) if isinstance(sender, Head) else sender
            change = after[site] - before[site]
            change = change[:, :, sender.head] if isinstance(sender, Head) else change
            yield change if nodes is None else at_nodes(change, nodes)


def at_nodes(change: Float[Tensor, "seed batch node width"], nodes: Sequence[int]) -> Tensor:
    """Keep a change of the stream at some nodes, and make it 0 at all others.

    Raises:
        ValueError: a node that does not exist.
    """
    return patch_at(EMBEDDING, change, nodes=nodes)(EMBEDDING, torch.zeros_like(change))
