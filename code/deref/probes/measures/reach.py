"""Reach: which nodes can have an influence on which, by the mask alone, and by derivatives."""

import copy

import torch
from jaxtyping import Bool, Float
from torch import Tensor

from deref.model.taps import Site, read
from deref.model.transformer import Transformer
from deref.tasks.layout import Layout


def reachable(mask: Bool[Tensor, "node node"], layers: int) -> Bool[Tensor, "node node"]:
    """Follow a mask through some layers: which node can depend on which, directly or through others.

    A node keeps what it holds, since a block adds to the residual stream, so every node reaches itself.

    Args:
        mask: row i, column j is True where node i may attend to node j.
        layers: how many layers of attention there are, at least 0.

    Returns:
        Row i, column j is True where what node i holds in the end can depend on node j.
    """
    steps = (mask | torch.eye(len(mask), dtype=torch.bool)).double()
    return torch.linalg.matrix_power(steps, layers) > 0


def influence(model: Transformer, layout: Layout) -> Float[Tensor, "seed node node"]:
    """Differentiate what every node holds after the last block by what every node held before the first.

    Computed in double precision at one random stream, the same for all seeds. A weight that a mask forbids is exactly
    zero, and so is every derivative through it.

    Args:
        model: the model, of S seeds; it is left as it was.
        layout: who may attend to whom.

    Returns:
        For each seed, row i and column j: the norm of the derivative of a random direction at node i by the stream at
        node j.
    """
    model = copy.deepcopy(model).double()
    generator = torch.Generator().manual_seed(0)
    start = torch.randn(layout.size, model.config.width, dtype=torch.float64, generator=generator)
    start = start.repeat(len(model.seeds), 1, 1, 1).requires_grad_()
    direction = torch.randn(model.config.width, dtype=torch.float64, generator=generator)
    end = Site("resid_post", model.config.layers - 1)
    found: dict[Site, Tensor] = {}
    model.from_layer(0, start, layout, tap=read([end], into=found))
    along = (found[end] @ direction).sum((0, 1))  # one number a node; seeds do not mix
    rows = [torch.autograd.grad(along[i], start, retain_graph=True)[0][:, 0].norm(dim=-1) for i in range(layout.size)]
    return torch.stack(rows, dim=1)
