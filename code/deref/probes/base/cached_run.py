"""Cached runs: what a changed run shares with an unchanged one is computed once.

A change that is made in one block leaves the blocks before it as they were. So a run whose streams between blocks are
kept can be repeated with a change from that block on. This holds for any model that can be tapped; where a change is
made at one node alone, `deref.probes.base.node_run` saves more.
"""

import dataclasses
from collections.abc import Collection, Mapping

import torch
from jaxtyping import Float, Int
from torch import Tensor

from deref.model.taps import Site, SiteTap, Tap, chain, read
from deref.probes.base.tappable import Tappable, layers_of, read_on
from deref.tasks.layout import Layout


@dataclasses.dataclass(frozen=True, kw_only=True, eq=False)
class CachedRun:
    """A run of which the streams between blocks are kept.

    Args:
        model: any model that can be tapped, of L blocks.
        layout: the layout of the sequences.
        streams: what entered each block, at all nodes; where it was asked for, also what left the last block, so L or
            L + 1 tensors.
        logits: the answers, (S, B, R, V).
        found: what was read at other sites, one tensor a site.
    """

    model: Tappable
    layout: Layout
    streams: tuple[Float[Tensor, "seed batch node width"], ...]
    logits: Float[Tensor, "seed batch readout output"]
    found: Mapping[Site, Tensor] = dataclasses.field(default_factory=dict)

    @classmethod
    @torch.no_grad()
    def of(
        cls, model: Tappable, tokens: Int[Tensor, "*seed batch node"], layout: Layout, *, end: bool = False,
        sites: Collection[Site] = (), tap: SiteTap | None = None,
    ) -> "CachedRun":
        """Run a model and keep its streams.

        Args:
            model: the model.
            tokens: as the model takes them.
            layout: as the model takes it.
            end: whether to keep what leaves the last block, which then is computed at all nodes.
            sites: where else to read.
            tap: acts behind the reading.

        Raises:
            ValueError: tokens that do not fit the model or the layout, or a site that the model does not have.
        """
        layers = range(layers_of(model))
        ends = [*(Site("resid_pre", layer) for layer in layers), *([Site("resid_post", layers[-1])] if end else [])]
        seen: dict[Site, Tensor] = {}
        reading = read([*ends, *sites], into=seen)
        logits = model(tokens, layout, tap=reading if tap is None else chain(reading, tap))
        return cls(model=model, layout=layout, streams=tuple(seen[site] for site in ends), logits=logits,
                   found={site: seen[site] for site in sites})

    @torch.no_grad()
    def rerun(self, tap: SiteTap, layout: Layout | None = None) -> Float[Tensor, "seed batch readout output"]:
        """Answer again with a tap, from the first block that it looks at on.

        Args:
            tap: looks at sites of blocks, or at those behind the last one.
            layout: the same nodes with other readouts; None keeps the readouts.

        Returns:
            Logits, (S, B, R, V).

        Raises:
            ValueError: a tap that looks at the site "embed", which comes before all that is kept, or a site that the
                model does not have; or a tap on no block, where what leaves the last block was not kept.
        """
        layers = layers_of(self.model)
        if Site("embed") in tap.sites:
            raise ValueError("expected a tap on sites of blocks, got one on embed; patch resid_pre in layer 0")
        start = min((site.layer for site in tap.sites if site.layer is not None), default=layers)
        if start == len(self.streams):
            raise ValueError("expected a run that kept what leaves the last block, got one that did not")
        return self.model.from_layer(start, self.streams[start], layout or self.layout, tap)

    def written(self, layer: int, sites: Collection[Site], tap: Tap | None = None) -> dict[Site, Tensor]:
        """Read sites of one block: computed again, since keeping what every head writes takes too much memory.

        Args:
            layer: the block.
            sites: where to read, at least one, from this block on.
            tap: acts before the reading.

        Returns:
            One tensor a site.
        """
        return read_on(self.model, layer, self.streams[layer], self.layout, sites, tap)
