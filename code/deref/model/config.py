"""The shape of a model, as data.

The shape knows the model, and imports it when it is asked to build one; the model and its parts name the shape in
annotations alone. So shapes are read and written without loading torch.
"""

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

from evidence.config import config

if TYPE_CHECKING:
    from deref.model.transformer import Transformer

POSITIONS = ("learned", "sinusoidal")


@config
class ModelConfig:
    """A pre-LayerNorm transformer, read out at chosen nodes.

    Args:
        vocab: the number of distinct tokens.
        outputs: the number of distinct answers, V.
        length: the number of positions.
        layers: the number of blocks, L.
        heads: the number of attention heads of a block, H.
        width: the width of the residual stream, D.
        head_size: the size of a head, K; None means width / heads.
        mlp: the number of hidden units of a block's MLP; 0 means attention only.
        final_norm: whether a LayerNorm precedes the unembedding.
        block_norm: whether a LayerNorm precedes each attention and MLP sublayer.
        positions: "learned" or "sinusoidal".
        position_std: the standard deviation that learned positions start from.
        token_std: the standard deviation that token embeddings start from.

    Raises:
        ValueError: a size that no model can have, heads that do not divide the width while head_size is None, or an
            unknown kind of positions.
    """

    vocab: int = 2
    outputs: int = 2
    length: int
    layers: int
    heads: int
    width: int
    head_size: int | None = None
    mlp: int = 0
    final_norm: bool = True
    block_norm: bool = True
    positions: str = "learned"
    position_std: float = 0.02
    token_std: float = 0.02

    def __post_init__(self) -> None:
        least = {"vocab": 1, "outputs": 1, "length": 1, "layers": 1, "heads": 1, "width": 1, "mlp": 0}
        if self.head_size is not None:
            least["head_size"] = 1
        for name, bound in least.items():
            value = getattr(self, name)
            if not isinstance(value, int) or isinstance(value, bool) or value < bound:
                raise ValueError(f"expected {name} to be an integer of at least {bound}, got {value!r}")
        if self.head_size is None and self.width % self.heads:
            raise ValueError(
                f"expected heads to divide the width where head_size is not given, "
                f"got heads={self.heads} and width={self.width}"
            )
        if self.positions not in POSITIONS:
            raise ValueError(f"expected positions to be one of {', '.join(POSITIONS)}, got {self.positions!r}")
        for name in ("position_std", "token_std"):
            value = getattr(self, name)
            if not isinstance(value, (int, float)) or isinstance(value, bool) or not 0 <= value < math.inf:
                raise ValueError(f"expected {name} to be a finite number of at least 0, got {value!r}")

    @property
    def K(self) -> int:
        """The size of a head."""
        return self.width // self.heads if self.head_size is None else self.head_size

    def build(self, seeds: Sequence[int]) -> "Transformer":
        """The transformer of this shape for an ensemble of seeds, untrained.

        Args:
            seeds: one integer a member.

        Raises:
            ValueError: no seeds.
        """
        from deref.model.transformer import Transformer

        return Transformer(self, seeds)
