"""Attention: compare queries with keys, weigh, and mix the values."""

import math
from collections.abc import Callable
from typing import Any

import torch
import torch.nn.functional as F
from jaxtyping import Bool, Float
from torch import Tensor
from torch.autograd.function import once_differentiable

TABLE_FROM = 8
"""The size of a head from which `trained_attention` keeps a table."""

TABLE_TO = 2**20
"""The largest table that it keeps, in numbers: 4 MB."""


def _as_is(_name: str, x: Tensor) -> Tensor:
    return x


def attention(
    q: Float[Tensor, "*batch query size"],
    k: Float[Tensor, "*batch key size"],
    v: Float[Tensor, "*batch key fetched"],
    mask: Bool[Tensor, "query key"],
    see: Callable[[str, Tensor], Tensor] = _as_is,
) -> tuple[Float[Tensor, "*batch query fetched"], Float[Tensor, "*batch query key"]]:
    """Let every query fetch a mixture of values, weighted by how well it matches their keys.

    Args:
        q: one query a node, (..., query, K).
        k: one key a node, (..., key, K).
        v: one value a node, (..., key, any size).
        mask: True where a query may attend to a key.
        see: called with "scores" and "pattern" as they are made; what it returns is used instead.

    Returns:
        The mixtures z, (..., query, size of a value), and the pattern, (..., query, key), whose weights sum to 1 over
        keys.

    Source:
        Vaswani et al., Attention Is All You Need (2017), equation 1.
    """
    scores = q @ k.mT / math.sqrt(q.shape[-1])
    scores = see("scores", scores.masked_fill(~mask, -torch.inf))
    pattern = see("pattern", scores.softmax(-1))
    return pattern @ v, pattern


def fused_attention(
    q: Float[Tensor, "seed batch head query size"],
    k: Float[Tensor, "seed batch head key size"],
    v: Float[Tensor, "seed batch head key size"],
    mask: Bool[Tensor, "query key"],
) -> Float[Tensor, "seed batch head query size"]:
    """Compute the mixtures z of `attention` with torch's fused kernel, which keeps no pattern.

    Args:
        q, k, v, mask: as in `attention`, with exactly three leading axes.

    Returns:
        The mixtures z, (S, B, H, query, K).
    """
    # Four axes, seeds and sequences as one: with five, torch falls back to an unfused kernel.
    z = F.scaled_dot_product_attention(q.flatten(0, 1), k.flatten(0, 1), v.flatten(0, 1), attn_mask=mask)
    return z.unflatten(0, q.shape[:2])


def trained_attention(
    q: Float[Tensor, "seed batch head query size"],
    k: Float[Tensor, "seed batch head key size"],
    v: Float[Tensor, "seed batch head key size"],
    mask: Bool[Tensor, "query key"],
) -> Float[Tensor, "seed batch head query size"]:
    """Compute the mixtures z of `attention` the fastest way where gradients are wanted.

    That is with a table where it is small enough for a processor's cache: the fused kernel computes the pattern twice,
    and it is made for long sequences. Heads of a few numbers are slow to multiply, so these are left to it as well.

    Args:
        q, k, v, mask: as in `fused_attention`.

    Returns:
        The mixtures z, (S, B, H, query, K).
    """
    rows = q.shape[:-1].numel()
    if q.shape[-1] < TABLE_FROM or rows * k.shape[-2] > TABLE_TO:
        return fused_attention(q, k, v, mask)
    bias = torch.zeros(mask.shape, dtype=q.dtype, device=q.device).masked_fill_(~mask, -torch.inf)
    return _Table.apply(*(x.flatten(0, 2) for x in (q, k, v)), bias).view(q.shape)


class _Table(torch.autograd.Function):
    """Attention that keeps its pattern for the way back, with no more passes over it than it takes."""

    @staticmethod
    def forward(context: Any, q: Tensor, k: Tensor, v: Tensor, bias: Tensor) -> Tensor:
        context.scale = 1 / math.sqrt(q.shape[-1])
        pattern = torch.baddbmm(bias, q, k.mT, alpha=context.scale).softmax(-1)
        context.save_for_backward(q, k, v, pattern)
        return pattern @ v

    @staticmethod
    @once_differentiable
    def backward(context: Any, dz: Tensor) -> tuple[Tensor, Tensor, Tensor, None]:
        q, k, v, pattern = context.saved_tensors
        scores = torch.ops.aten._softmax_backward_data(dz @ v.mT, pattern, -1, pattern.dtype)
        return (scores @ k).mul_(context.scale), (scores.mT @ q).mul_(context.scale), pattern.mT @ dz, None
