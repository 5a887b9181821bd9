"""Variants: models whose attention departs from the book's in one stated way, to measure what that part contributes.

    divided      the book's own attention; its query and key maps start so that components of queries and keys have
                 variance one
    undivided    the same from the same numbers, but scores are not divided by the root of the head size
    small-start  undivided, from numbers so much smaller that scores start as large as in divided
    listing      a published listing as it runs: every head takes its own slice of the stream as query, key and value
                 alike, and scores are divided by the root of the WIDTH
    shared       the listing with its projections applied as declared: one map of a slice for queries, one for keys, one
                 for values, each the same in all heads
    by-width     every head has maps of its own from the whole stream; scores are still divided by the root of the width
"""

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

import torch
from jaxtyping import Bool, Float
from torch import Tensor, nn

from deref.model.block import Block
from deref.model.parts import Linear
from deref.model.taps import Watch
from deref.model.transformer import Transformer

if TYPE_CHECKING:
    from deref.model.config import ModelConfig

VARIANTS = ("divided", "undivided", "small-start", "listing", "shared", "by-width")


class Variant(Transformer):
    """An ensemble of transformers whose blocks are of one variant.

    Args:
        config: the shape of every member.
        seeds: one integer a member.
        variant: one of `VARIANTS`.

    Raises:
        ValueError: an unknown variant, heads whose slices do not make up the width where the variant needs them to, or
            as `Transformer`.
    """

    def __init__(self, config: "ModelConfig", seeds: Sequence[int], variant: str) -> None:
        if variant not in VARIANTS:
            raise ValueError(f"expected a variant, one of {', '.join(VARIANTS)}, got {variant!r}")
        if variant in ("listing", "shared") and config.heads * config.K != config.width:
            raise ValueError(f"expected heads that share out the width of {config.width}, "
                             f"got {config.heads} of size {config.K}")
        super().__init__(config, seeds)
        self.variant = variant
        self.layers = nn.ModuleList(VariantBlock(config, len(self.seeds), layer, variant)
                                    for layer in range(config.layers))
        for member, seed in enumerate(self.seeds):
            self._start(member, torch.Generator().manual_seed(seed))

    def member(self, i: int) -> "Variant":
        """Take out one member, as `Transformer.member` does."""
        if not 0 <= i < len(self.seeds):
            raise ValueError(f"expected a member from 0 to {len(self.seeds) - 1}, got {i}")
        one = Variant(self.config, self.seeds[i : i + 1], self.variant)
        one.load_state_dict({name: value[i : i + 1] for name, value in self.state_dict().items()})
        return one


class VariantBlock(Block):
    """A block whose maps or scores depart from the book's.

    Args:
        config: the shape of the model.
        seeds: the number of seeds.
        layer: the block's place, from 0.
        variant: one of `VARIANTS`.
    """

    def __init__(self, config: "ModelConfig", seeds: int, layer: int, variant: str) -> None:
        super().__init__(config, seeds, layer)
        if variant in ("divided", "undivided", "small-start"):
            size = config.K**-0.25 if variant == "small-start" else 1.0
            self.q, self.k = (FanIn(seeds, config.width, config.heads * config.K, size) for _ in "qk")
        elif variant == "listing":
            self.q, self.k, self.v = (nn.Identity() for _ in "qkv")
        elif variant == "shared":
            self.q, self.k, self.v = (Shared(seeds, config.heads, config.K) for _ in "qkv")
        undone = {"divided": 1, "undivided": config.K, "small-start": config.K}
        self.factor = math.sqrt(undone.get(variant, config.K / config.width))

    def finish(
        self,
        resid: Float[Tensor, "seed batch query width"],
        q: Float[Tensor, "seed batch query inner"],
        k: Float[Tensor, "seed batch key inner"],
        v: Float[Tensor, "seed batch key inner"],
        mask: Bool[Tensor, "query key"],
        watch: Watch | None = None,
    ) -> Float[Tensor, "seed batch query width"]:
        """As the book's block, with keys, and so scores, multiplied by what the variant does otherwise."""
        return super().finish(resid, q, k * self.factor, v, mask, watch)


class FanIn(Linear):
    """An affine map a seed whose outputs start with a known standard deviation where its inputs have variance one.

    Args:
        seeds: the number of seeds.
        inputs: the size of its input.
        outputs: the size of its output.
        size: that standard deviation.
    """

    def __init__(self, seeds: int, inputs: int, outputs: int, size: float) -> None:
        super().__init__(seeds, inputs, outputs)
        self.size = size

    def start(self, member: int, generator: torch.Generator) -> None:
        """Draw the weight of one member from a normal distribution; its bias stays zero.

        Args:
            member: its place on the seed axis.
            generator: the only source of randomness.
        """
        self.weight.data[member].normal_(std=self.size * self.weight.shape[1] ** -0.5, generator=generator)


class Shared(nn.Module):
    """One map a seed of a slice as large as a head, applied to every head's slice of the stream.

    Args:
        seeds: the number of seeds.
        heads: the number of heads.
        size: the size of a head.
    """

    def __init__(self, seeds: int, heads: int, size: int) -> None:
        super().__init__()
        self.heads, self.map = heads, Linear(seeds, size, size)

    def forward(self, x: Float[Tensor, "seed *rows width"]) -> Float[Tensor, "seed *rows width"]:
        """Map every slice; heads stay side by side."""
        return self.map(x.unflatten(-1, (self.heads, -1))).flatten(-2)
