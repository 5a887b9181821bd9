"""The flip test as one number: how often an answer follows the flip that it should, and ignores the others."""

import torch
from jaxtyping import Float
from torch import Tensor

from deref.probes.pointer.flip import FlipTest


def passed_rate(flips: FlipTest) -> Float[Tensor, "seed"]:
    """The share of single flips that answers follow or ignore as they should, over memories, cells and addresses.

    Args:
        flips: of every cell, with the answers at every address.
    """
    follows = torch.eye(flips.memories.shape[1], dtype=torch.bool)  # the flips that an answer has to follow; no other
    return (flips.changed == follows).double().mean((1, 2, 3))
