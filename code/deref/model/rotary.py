"""Rotary positions: queries and keys are turned by theirs, so that a score depends on how far apart they are."""

import torch
from jaxtyping import Float, Int
from torch import Tensor


def turns(
    positions: Int[Tensor, "node"], size: int, theta: float
) -> tuple[Float[Tensor, "node pair"], Float[Tensor, "node pair"]]:
    """How far each pair of numbers is rotated at each position: cosines and sines.

    Args:
        positions: of the nodes.
        size: of a head; pair i of size / 2 turns by theta to the power of -2i / size a position.
        theta: base of the wavelengths.

    Source:
        Su et al., RoFormer (2021), section 3.2.2.
    """
    rates = theta ** -(torch.arange(0, size, 2, dtype=torch.float64) / size)
    angles = positions[:, None].double() * rates
    return angles.cos().float(), angles.sin().float()


def rotated(
    x: Float[Tensor, "*lead node size"], cosines: Float[Tensor, "node pair"], sines: Float[Tensor, "node pair"]
) -> Float[Tensor, "*lead node size"]:
    """Rotate neighbouring numbers as pairs.

    Args:
        x: queries or keys.
        cosines, sines: as `turns` gives them.
    """
    even, odd = x[..., 0::2], x[..., 1::2]
    return torch.stack([even * cosines - odd * sines, even * sines + odd * cosines], dim=-1).flatten(-2)
