"""An MLP written out as a memory: keys that the stream is compared with, and a value for each."""

import dataclasses

import torch
import torch.nn.functional as F
from jaxtyping import Bool, Float, Int
from torch import Tensor

from deref.model.transformer import Transformer


@dataclasses.dataclass(frozen=True, kw_only=True, eq=False)
class KeyValues:
    """The pairs of keys and values that one MLP consists of.

    Args:
        keys: what the normalised stream is compared with, (seed, unit, width).
        offsets: added to each comparison, (seed, unit).
        values: what each unit adds to the stream, for each unit of its activation, (seed, unit, width).
        base: added whatever the stream is, (seed, width).

    Source:
        Geva et al., Transformer Feed-Forward Layers Are Key-Value Memories (2021), section 2.
    """

    keys: Float[Tensor, "seed unit width"]
    offsets: Float[Tensor, "seed unit"]
    values: Float[Tensor, "seed unit width"]
    base: Float[Tensor, "seed width"]

    def matches(self, x: Float[Tensor, "seed row width"]) -> Float[Tensor, "seed row unit"]:
        """How well every row matches every key, with the offsets."""
        return torch.einsum("srw,suw->sru", x, self.keys) + self.offsets[:, None]

    def recalled(self, x: Float[Tensor, "seed row width"]) -> Float[Tensor, "seed row width"]:
        """Add up the values, each as far as its key matches: GELU in the place of attention's softmax."""
        weight = F.gelu(self.matches(x))
        total = self.base[:, None].expand(-1, x.shape[1], -1)
        for unit in range(self.keys.shape[1]):
            total = total + weight[:, :, unit, None] * self.values[:, None, unit]
        return total


def key_values(model: Transformer, layer: int) -> KeyValues:
    """Read the keys and the values of an MLP off its weights.

    Args:
        model: the model, of S seeds.
        layer: the block, from 0.

    Returns:
        One pair a hidden unit. The keys are compared with the stream as the MLP's LayerNorm gives it.

    Raises:
        ValueError: a block without an MLP.
    """
    block = model.layers[layer]
    if not block.has_mlp:
        raise ValueError(f"expected a block with an MLP, got layer {layer}, which has none")
    return KeyValues(keys=block.mlp_in.weight.mT, offsets=block.mlp_in.bias,
                     values=block.mlp_out.weight, base=block.mlp_out.bias)


def spanned(
    keys: Float[Tensor, "unit width"], active: Bool[Tensor, "row unit"]
) -> Int[Tensor, "row"]:
    """Count the dimensions that the keys of the active units span, for each row.

    Behind a ReLU the match of an active unit can be read off exactly, so where the active keys span all that the stream
    can vary in, the stream can be worked out from the hidden units: nothing is lost.

    Args:
        keys: one key a unit.
        active: which units are above zero.

    Returns:
        The rank of the active keys for each row.
    """
    gram = torch.einsum("ru,uw,uv->rwv", active.to(keys), keys, keys)
    return torch.linalg.matrix_rank(gram, hermitian=True)
