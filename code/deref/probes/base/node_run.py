"""Node runs: what a change at one node makes of a run whose every number is kept.

A change at one node reaches only the nodes that see it. In a causal layout these come later; what they see of earlier
nodes is keys and values, and those stay as they were. In the block where the change is made, the queries, keys and
values of all other nodes stay as well; and behind the last block only readouts are read. So little is left to compute,
and what is taken over from the cached run is what computing it again would give.
"""

import dataclasses
from typing import NamedTuple

import torch
from jaxtyping import Float, Int
from torch import Tensor

from deref.probes.base.cached_run import CachedRun
from deref.probes.base.tappable import Stepwise, layers_of
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
class NodeRun(CachedRun):
    """A cached run that also keeps the queries, keys and values of every block.

    Args:
        model: a model that can be run block by block.
        entering: what entered each block at all nodes, and what the block made of it.
    """

    model: Stepwise
    entering: tuple[Stream, ...]

    @torch.no_grad()
    def rerun_at(
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
        model, layout, layers = self.model, self.layout, len(self.entering)
        if not 0 <= layer < layers:
            raise ValueError(f"expected a layer from 0 to {layers - 1}, got {layer}")
        if not 0 <= node < layout.size:
            raise ValueError(f"expected a node from 0 to {layout.size - 1}, got {node}")
        # The nodes to run again: the changed one and all that may see it, readouts always included.
        first = min(node, int(layout.readouts[0])) if is_causal(layout) else 0
        every = torch.arange(layout.size, device=layout.mask.device)
        tail = every[first:]

        def ask(i: int) -> Tensor:
            return layout.readouts if i == layers - 1 else tail

        def changed(kept: Tensor, nodes: Tensor, to: Tensor) -> Tensor:
            copy = kept[:, which].index_select(2, nodes)
            copy[:, :, nodes == node] = to
            return copy

        kept, rows = self.entering[layer], ask(layer)
        k, v = changed(kept.k, every, new.k), changed(kept.v, every, new.v)
        q, resid = changed(kept.q, rows, new.q), changed(kept.resid, rows, new.resid)
        resid = model.finish(layer, resid, q, k, v, layout.mask[rows])
        for i in range(layer + 1, layers):
            kept, rows, (q, k, v) = self.entering[i], ask(i), model.project(i, resid, layout.positions[tail])
            k, v = (torch.cat([x[:, which, :first], y], dim=2) for x, y in ((kept.k, k), (kept.v, v)))
            q, resid = (x.index_select(2, rows - first) for x in (q, resid))
            resid = model.finish(i, resid, q, k, v, layout.mask[rows])
        return model.unembed(resid)


@torch.no_grad()
def node_run(model: Stepwise, tokens: Int[Tensor, "*seed batch node"], layout: Layout) -> NodeRun:
    """Run a model and keep what reruns at single nodes take over.

    Args:
        model: a model that can be run block by block.
        tokens: sequences, (B, N), or (S, B, N) where each seed gets its own; on the model's device.
        layout: positions, mask and readouts of the N nodes.

    Returns:
        The run, without gradients.

    Raises:
        ValueError: tokens that do not fit the model or the layout.
    """
    resid, entering, last = model.embed(tokens, layout), [], layers_of(model) - 1
    layout = layout.to(resid.device)
    for layer in range(last + 1):
        q, k, v = model.project(layer, resid, layout.positions)
        entering.append(Stream(resid, q, k, v))
        rows = layout.rows if layer == last else slice(None)
        resid = model.finish(layer, resid[:, :, rows], q[:, :, rows], k, v, layout.mask[rows])
    return NodeRun(model=model, layout=layout, streams=tuple(stream.resid for stream in entering),
                   entering=tuple(entering), logits=model.unembed(resid))


def is_causal(layout: Layout) -> bool:
    """Whether no node may attend to a later one."""
    return not bool(layout.mask.triu(1).any())
