"""Attention: compare queries with keys, weigh, and mix the values."""

import math
from collections.abc import Callable

import torch
import torch.nn.functional as F
from jaxtyping import Bool, Float
from torch import Tensor


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
