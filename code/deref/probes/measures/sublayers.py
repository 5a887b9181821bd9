"""Sublayers: does what one part of a block writes at a node depend on what other nodes hold?"""

from collections.abc import Callable

import torch
from jaxtyping import Float
from torch import Tensor

from deref.model.taps import Site, chain, patch, read
from deref.model.transformer import Transformer
from deref.tasks.layout import Layout

Sublayer = Callable[[Tensor], Tensor]
ENDS = {"attention": ("resid_pre", "attn_out"), "mlp": ("resid_mid", "mlp_out")}


def sublayer(model: Transformer, layout: Layout, kind: str, layer: int) -> Sublayer:
    """Take one sublayer out of a model: a function from the stream to what the sublayer adds to it, at every node.

    The LayerNorm in front of the sublayer is a part of it.

    Args:
        model: the model, of S seeds.
        layout: who may attend to whom.
        kind: "attention" or "mlp".
        layer: the block, from 0.

    Returns:
        A function from the stream (S, B, N, D) to what is added, (S, B, N, D).

    Raises:
        ValueError: another kind, or a sublayer that the model does not have.
    """
    if kind not in ENDS:
        raise ValueError(f"expected a kind of sublayer, one of {', '.join(ENDS)}, got {kind!r}")
    source, target = (Site(name, layer) for name in ENDS[kind])
    if target not in model.sites:
        raise ValueError(f"expected a sublayer of this model, got {kind} in layer {layer}")

    def run(stream: Tensor) -> Tensor:
        found: dict[Site, Tensor] = {}
        model.from_layer(layer, stream, layout, chain(patch(source, stream), read([target], into=found)))
        return found[target]

    return run


def between(run: Sublayer, start: Float[Tensor, "seed one node width"]) -> Float[Tensor, "seed node node"]:
    """Differentiate what a function writes at every node by what every node held.

    Args:
        run: a function from the stream to a tensor with the same nodes, that keeps seeds apart.
        start: the stream to differentiate at, in double precision, one sequence a seed, (S, 1, N, D).

    Returns:
        For each seed, row i and column j: the norm of the derivative of a random direction at node i by the stream at
        node j. Exactly zero where no path leads from j to i.
    """
    start = start.detach().requires_grad_()
    written = run(start)
    generator = torch.Generator().manual_seed(0)
    along = (written @ torch.randn(written.shape[-1], dtype=start.dtype, generator=generator)).sum((0, 1))
    rows = [torch.autograd.grad(one, start, retain_graph=True)[0][:, 0].norm(dim=-1) for one in along]
    return torch.stack(rows, dim=1)
