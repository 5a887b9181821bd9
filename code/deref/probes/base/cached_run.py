"""Rerun: what a change at one node makes of a run whose every number is already known.

A change at one node reaches only the nodes that see it. In a causal layout these come later; what they see of earlier
nodes is keys and values, and those stay as they were. In the block where the change is made, the queries, keys and
values of all other nodes stay as well; and behind the last block only readouts are read. So little is left to compute,
and what is taken over from the known run is what computing it again would give.
"""

import dataclasses
from typing import NamedTuple

import torch
from jaxtyping import Float, Int
from torch import Tensor

from deref.model.transformer import Transformer
from deref.tasks.layout import Layout


class Stream(NamedTuple):
    """What enters a block at some nodes, and the queries, keys and values made of it; heads side by side."""

    resid: Float[Tensor, "seed batch node width"]
    q: Float[Tensor, "seed batch node inner"]
    k: Float[Tensor, "seed batch node inner"]
    v: Float[Tensor, "seed batch node inner"]

    def at(self, node: int, which: slice | Tensor = slice(None)) -> "Stream":
        """One node of some sequences."""
        return Stream(*(x[:, which, node : node + 1] for x in self))


@dataclasses.dataclass(frozen=True, kw_only=True, eq=False)
class KnownRun:
    """A run of which everything is kept that a rerun can take over.

    Args:
        model: the model.
        layout: the layout of the sequences.
        streams: what entered each block, at all nodes.
        logits: the answers, (S, B, R, V).
    """

    model: Transformer
    layout: Layout
    streams: tuple[Stream, ...]
    logits: Float[Tensor, "seed batch readout output"]

    @torch.no_grad()
    def rerun(
        self, layer: int, node: int, new: Stream, which: slice | Tensor = slice(None)
    ) -> Float[Tensor, "seed chosen readout output"]:
        """Answer again, after what enters one block has been changed at one node.

        Args:
            layer: the block, 0 to L - 1.
            node: the node.
            new: what enters the block there instead, for the chosen sequences.
            which: the chosen sequences; None of the others is run.

        Returns:
            The new logits of the chosen sequences.

        Raises:
            ValueError: a layer or a node that does not exist.
        """
        blocks, layout = self.model.layers, self.layout
        if not 0 <= layer < len(blocks):
            raise ValueError(f"expected a layer from 0 to {len(blocks) - 1}, got {layer}")
        if not 0 <= node < layout.size:
            raise ValueError(f"expected a node from 0 to {layout.size - 1}, got {node}")
        # The rerun nodes: the changed one and all that may see it, readouts always included.
        first = min(node, int(layout.readouts[0])) if is_causal(layout) else 0
        every = torch.arange(layout.size, device=layout.mask.device)
        tail = every[first:]

        def ask(i: int) -> Tensor:
            return layout.readouts if i == len(blocks) - 1 else tail

        def changed(known: Tensor, nodes: Tensor, to: Tensor) -> Tensor:
            copy = known[:, which].index_select(2, nodes)
            copy[:, :, nodes == node] = to
            return copy

        known, rows = self.streams[layer], ask(layer)
        k, v = changed(known.k, every, new.k), changed(known.v, every, new.v)
        q, resid = changed(known.q, rows, new.q), changed(known.resid, rows, new.resid)
        resid = blocks[layer].finish(resid, q, k, v, layout.mask[rows])
        for i in range(layer + 1, len(blocks)):
            known, rows, (q, k, v) = self.streams[i], ask(i), blocks[i].project(resid)
            k, v = (torch.cat([x[:, which, :first], y], dim=2) for x, y in ((known.k, k), (known.v, v)))
            q, resid = (x.index_select(2, rows - first) for x in (q, resid))
            resid = blocks[i].finish(resid, q, k, v, layout.mask[rows])
        return self.model.unembed(resid)


@torch.no_grad()
def known_run(model: Transformer, tokens: Int[Tensor, "*seed batch node"], layout: Layout) -> KnownRun:
    """Run a model and keep what reruns take over.

    Args:
        model: the model.
        tokens: sequences, (B, N), or (S, B, N) where each seed gets its own.
        layout: positions, mask and readouts of the N nodes.

    Returns:
        The run, without gradients.

    Raises:
        ValueError: tokens that do not fit the model or the layout.
    """
    layout = layout.to(model.token.device)
    resid, streams = model.embed(tokens, layout), []
    for block in model.layers:
        q, k, v = block.project(resid)
        streams.append(Stream(resid, q, k, v))
        rows = layout.rows if block is model.layers[-1] else slice(None)
        resid = block.finish(resid[:, :, rows], q[:, :, rows], k, v, layout.mask[rows])
    return KnownRun(model=model, layout=layout, streams=tuple(streams), logits=model.unembed(resid))


def is_causal(layout: Layout) -> bool:
    """Whether no node may attend to a later one."""
    return not bool(layout.mask.triu(1).any())
