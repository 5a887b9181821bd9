"""Tensors as plain numbers, for the scripts of the site and for what they are compared with."""

import numpy as np
from torch import Tensor


def numbers(values: Tensor, digits: int = 7) -> list:
    """Write a tensor as nested lists, rounded well below what a comparison between programs can see.

    Args:
        values: of any shape.
        digits: after the point.
    """
    return np.round(values.detach().double().cpu().numpy(), digits).tolist()
