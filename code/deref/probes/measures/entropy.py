"""Entropy, in the one unit that the book has for it: bits. Losses, which are no entropies, are in nats."""

import math

import torch
from jaxtyping import Float
from torch import Tensor


def entropy_bits(shares: Float[Tensor, "*rows outcome"]) -> Float[Tensor, "*rows"]:
    """How undecided shares are, such as attention weights: none at all has 0 bits, two alike have 1.

    Args:
        shares: at least 0, which sum to 1 along the last axis.
    """
    return torch.special.entr(shares).sum(-1) / math.log(2)
