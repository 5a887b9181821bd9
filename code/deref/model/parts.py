"""Parts of a model that hold one set of parameters a seed: linear maps and LayerNorms; and fixed positions."""

import torch
import torch.nn.functional as F
from jaxtyping import Float
from torch import Tensor, nn


class Linear(nn.Module):
    """One affine map a seed, y = x W + b.

    W is stored as (seed, input, output), so a row of it is what one input adds to the output.

    Args:
        seeds: the number of seeds.
        inputs: the size of x.
        outputs: the size of y.
    """

    def __init__(self, seeds: int, inputs: int, outputs: int) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.zeros(seeds, inputs, outputs))
        self.bias = nn.Parameter(torch.zeros(seeds, outputs))

    def start(self, member: int, generator: torch.Generator) -> None:
        """Draw the weight of one member from Xavier's uniform distribution; its bias stays zero.

        Args:
            member: its place on the seed axis.
            generator: the only source of randomness.

        Source:
            Glorot and Bengio, Understanding the difficulty of training deep feedforward neural networks (2010).
        """
        nn.init.xavier_uniform_(self.weight.data[member], generator=generator)

    def forward(self, x: Float[Tensor, "seed *rows input"]) -> Float[Tensor, "seed *rows output"]:
        """Apply each seed's map to its rows."""
        seeds, inputs, outputs = self.weight.shape
        y = torch.baddbmm(self.bias[:, None], x.reshape(seeds, -1, inputs), self.weight)
        return y.view(*x.shape[:-1], outputs)


class Norm(nn.Module):
    """One LayerNorm a seed.

    Args:
        seeds: the number of seeds.
        width: the size of what is normalised.
    """

    def __init__(self, seeds: int, width: int) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.ones(seeds, width))
        self.bias = nn.Parameter(torch.zeros(seeds, width))

    def forward(self, x: Float[Tensor, "seed *rows width"]) -> Float[Tensor, "seed *rows width"]:
        """Normalise every row to mean 0 and variance 1, then scale and shift it."""
        seeds, width = self.weight.shape
        if seeds == 1:  # the same in one pass over x instead of two
            return F.layer_norm(x, (width,), self.weight[0], self.bias[0])
        each = (seeds, *[1] * (x.ndim - 2), width)
        return torch.addcmul(self.bias.view(each), F.layer_norm(x, (width,)), self.weight.view(each))


def sinusoids(length: int, width: int) -> Float[Tensor, "position width"]:
    """Write positions as sines and cosines of geometrically spaced frequencies, in turn.

    Args:
        length: the number of positions.
        width: the width of the residual stream; an odd one ends with a sine.

    Returns:
        One row a position, between -1 and 1.

    Source:
        Vaswani et al., Attention Is All You Need (2017), section 3.5.
    """
    place = torch.arange(length, dtype=torch.float64)[:, None]
    rate = 10_000.0 ** (-torch.arange(0, width, 2, dtype=torch.float64) / width)
    waves = torch.stack([(place * rate).sin(), (place * rate).cos()], dim=-1).flatten(1)
    return waves[:, :width].to(torch.get_default_dtype())
