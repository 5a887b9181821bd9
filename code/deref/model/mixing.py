"""Token mixing: an MLP that runs along the nodes instead of along the width, and so moves information between them."""

import torch
import torch.nn.functional as F
from jaxtyping import Float
from torch import Tensor, nn

from deref.model.parts import Linear


class TokenMixing(nn.Module):
    """One MLP a seed that is applied to every column of the stream: its inputs are the nodes.

    It is no part of the book's model. It is what an MLP would have to be to move information, and so the control for
    the test that an MLP does not.

    Args:
        seeds: one integer a member.
        nodes: the number of nodes.
        hidden: the number of hidden units.

    Source:
        Tolstikhin et al., MLP-Mixer: An all-MLP Architecture for Vision (2021), section 2.
    """

    def __init__(self, seeds: tuple[int, ...], nodes: int, hidden: int) -> None:
        super().__init__()
        self.into, self.out = Linear(len(seeds), nodes, hidden), Linear(len(seeds), hidden, nodes)
        for member, seed in enumerate(seeds):
            generator = torch.Generator().manual_seed(seed)
            self.into.start(member, generator)
            self.out.start(member, generator)

    def forward(self, resid: Float[Tensor, "seed batch node width"]) -> Float[Tensor, "seed batch node width"]:
        """Mix the nodes of every column."""
        return self.out(F.gelu(self.into(resid.mT.contiguous()))).mT
