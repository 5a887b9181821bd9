"""Attention patterns as bytes: 16 bits a weight, only what a token can see, and rows that sum to one exactly."""

import numpy as np
import torch
from torch import Tensor

LEVELS = 65535
"""A weight of 1. Rounding is off by less than one step, so that no weight moves by 2e-5."""


def pack(patterns: Tensor) -> bytes:
    """Write the patterns of a causal model.

    A row is rounded down to whole steps; the steps that are left over go to the weights that lost most.

    Args:
        patterns: (layer, head, query, key), each row summing to 1 over the keys up to its query.

    Returns:
        16 bits a weight, little-endian: layer by layer, head by head, query by query, the keys that it sees.

    Raises:
        ValueError: weights on keys behind the query, or rows that do not sum to 1.
    """
    exact = patterns.double()
    if exact.triu(1).any() or not torch.allclose(exact.sum(-1), torch.ones(exact.shape[:-1], dtype=exact.dtype),
                                                 rtol=0, atol=1e-5):
        raise ValueError("expected rows that sum to 1 over the keys up to their query, got others")
    scaled = exact / exact.sum(-1, keepdim=True) * LEVELS
    steps = scaled.floor()
    left = (LEVELS - steps.sum(-1, keepdim=True)).round()
    order = (scaled - steps).argsort(dim=-1, descending=True, stable=True).argsort(dim=-1)
    steps += order < left
    return steps[..., _seen(steps.shape[-1])].numpy().astype("<u2").tobytes()


def unpack(content: bytes, layers: int, heads: int, size: int) -> Tensor:
    """Read patterns again, as the script of the page does.

    Args:
        content: what `pack` wrote.
        layers, heads: of the model.
        size: number of tokens.

    Returns:
        (layer, head, query, key), in double precision.
    """
    patterns = torch.zeros(layers, heads, size, size, dtype=torch.float64)
    steps = np.frombuffer(content, dtype="<u2").astype(np.float64)
    patterns[..., _seen(size)] = torch.from_numpy(steps).view(layers, heads, -1) / LEVELS
    return patterns


def _seen(size: int) -> Tensor:
    return torch.ones(size, size, dtype=torch.bool).tril()
