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
        return affine(x, self.weight, self.bias[:, None])


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

    def forward(
        self, x: Float[Tensor, "seed *rows width"], scaled: bool = True
    ) -> Float[Tensor, "seed *rows width"]:
        """Normalise every row to mean 0 and variance 1, then scale and shift it, unless whoever asks will."""
        seeds, width = self.weight.shape
        if seeds == 1 and scaled:  # the same in one pass over x instead of two
            return F.layer_norm(x, (width,), self.weight[0], self.bias[0])
        x = F.layer_norm(x, (width,))
        return self.scaled(x) if scaled else x

    def scaled(self, x: Float[Tensor, "seed *rows width"]) -> Float[Tensor, "seed *rows width"]:
        """Scale and shift rows that are normalised already."""
        each = (len(self.weight), *[1] * (x.ndim - 2), x.shape[-1])
        return torch.addcmul(self.bias.view(each), x, self.weight.view(each))


def affine(
    x: Float[Tensor, "seed *rows input"], weight: Float[Tensor, "seed input output"],
    bias: Float[Tensor, "seed 1 output"],
) -> Float[Tensor, "seed *rows output"]:
    """Apply one affine map a seed to its rows."""
    return torch.baddbmm(bias, x.reshape(len(x), -1, x.shape[-1]), weight).view(*x.shape[:-1], weight.shape[-1])


class Normed:
    """A stream behind a LayerNorm, for maps to read: each takes the LayerNorm's scale and shift into itself.

    That is the same function, and a tenth of a training step at small widths: a map is small, and a stream is not.

    Args:
        norm: the LayerNorm, or whatever module stands in its place.
        x: the stream before it.
    """

    def __init__(self, norm: nn.Module, x: Float[Tensor, "seed batch node width"]) -> None:
        self.norm = norm if isinstance(norm, Norm) else None
        self.x = norm(x, scaled=False) if self.norm is not None else norm(x)

    def through(self, one: nn.Module, rows: slice | Tensor = slice(None)) -> Float[Tensor, "seed batch row output"]:
        """What a map makes of it at some nodes.

        Args:
            one: the map.
            rows: the nodes.
        """
        x, norm = self.x[:, :, rows], self.norm
        if norm is None:
            return one(x)
        if not isinstance(one, Linear):
            return one(norm.scaled(x))
        return affine(x, norm.weight[:, :, None] * one.weight,
                      torch.baddbmm(one.bias[:, None], norm.bias[:, None], one.weight))


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
