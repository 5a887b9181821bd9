"""Positions that attention is told and the stream is not: rotary ones, and linear biases.

    rotary    queries and keys are turned by angles in proportion to their positions, so that a score depends on how far
              apart the two stand
    alibi     every score is lowered in proportion to that distance, in each head by another slope
    none      nothing says where a token stands but how many it may look at

Masks are causal. So a bias that falls with the distance to a key is, up to a number that all scores of a query share,
one that rises with the key's own position, and one more component of queries and keys carries it.
"""

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor

from deref.model.block import EVERY, Block
from deref.model.rotary import rotated, turns
from deref.model.taps import Watch
from deref.model.transformer import Transformer
from deref.tasks.layout import Layout

if TYPE_CHECKING:
    from deref.model.config import ModelConfig

KINDS = ("rotary", "alibi", "none")
BASE = 10_000.0
"""Of the wavelengths of rotary positions, as of sinusoids."""


def slopes(heads: int) -> Float[Tensor, "head"]:
    """By how much a score falls with each step away, head by head: 2^(-8 h / H), h from 1 to H.

    Source:
        Press et al., Train Short, Test Long (2022), section 3.
    """
    return 2.0 ** (-8.0 * torch.arange(1, heads + 1) / heads)


class RelativePositions(Transformer):
    """An ensemble of transformers whose stream holds tokens alone; attention is told where they stand.

    Args:
        config: the shape of every member; its positions are sinusoidal, which these take the place of.
        seeds: one integer a member.
        kind: one of `KINDS`.

    Raises:
        ValueError: an unknown kind, learned positions, heads of an odd size for rotary ones, or as `Transformer`.
    """

    def __init__(self, config: "ModelConfig", seeds: Sequence[int], kind: str) -> None:
        if kind not in KINDS:
            raise ValueError(f"expected positions of a kind among {', '.join(KINDS)}, got {kind!r}")
        if config.positions != "sinusoidal":
            raise ValueError(f"expected a shape whose positions are not trained, got {config.positions}")
        if kind == "rotary" and config.K % 2:
            raise ValueError(f"expected heads of an even size, whose components are turned in pairs, got {config.K}")
        super().__init__(config, seeds)
        self.kind = kind
        self.position = torch.zeros_like(self.position)
        self.layers = torch.nn.ModuleList(RelativeBlock(config, len(self.seeds), layer, kind)
                                          for layer in range(config.layers))
        for member, seed in enumerate(self.seeds):
            self._start(member, torch.Generator().manual_seed(seed))

    def project(
        self, layer: int, resid: Float[Tensor, "seed batch node width"], positions: Int[Tensor, "node"] | None = None
    ) -> tuple[Float[Tensor, "seed batch node inner"], ...]:
        """Run the first half of one block, as `Transformer.project`.

        Raises:
            ValueError: no positions.
        """
        if positions is None:
            raise ValueError("expected the positions of the nodes, which are not in the stream, got none")
        return self.layers[layer].told(resid, positions)  # ty: ignore[not-callable]

    def member(self, i: int) -> "RelativePositions":
        """Take out one member, as `Transformer.member` does."""
        if not 0 <= i < len(self.seeds):
            raise ValueError(f"expected a member from 0 to {len(self.seeds) - 1}, got {i}")
        alone = RelativePositions(self.config, self.seeds[i : i + 1], self.kind).to(self.token.device)
        alone.load_state_dict({name: value[i : i + 1] for name, value in self.state_dict().items()})
        return alone

    def _run(self, first: int, resid: Tensor, layout: Layout, watch: Watch) -> Tensor:
        for block in self.layers:
            block.positions = layout.positions
        return super()._run(first, resid, layout, watch)


class RelativeBlock(Block):
    """A block whose queries and keys say where they stand.

    Args:
        config: the shape of the model.
        seeds: the number of seeds.
        layer: the block's place, from 0.
        kind: one of `KINDS`.

    Attributes:
        positions: of the nodes that `forward` is given; the model sets it.
    """

    def __init__(self, config: "ModelConfig", seeds: int, layer: int, kind: str) -> None:
        super().__init__(config, seeds, layer)
        self.kind, self.size = kind, config.K
        self.positions: Int[Tensor, "node"] = torch.arange(config.length)

    def forward(
        self,
        resid: Float[Tensor, "seed batch node width"],
        mask: Bool[Tensor, "node node"],
        watch: Watch,
        rows: slice | Int[Tensor, "asking"] = EVERY,
    ) -> Float[Tensor, "seed batch asking width"]:
        """As the book's block."""
        resid = watch("resid_pre", self.layer, resid)
        q, k, v = self.told(resid, self.positions)
        return self.finish(resid[:, :, rows], q[:, :, rows], k, v, mask[rows], watch)

    def told(
        self, resid: Float[Tensor, "seed batch node width"], positions: Int[Tensor, "node"]
    ) -> tuple[
        Float[Tensor, "seed batch node told"],
        Float[Tensor, "seed batch node told"],
        Float[Tensor, "seed batch node told"],
    ]:
        """The queries, keys and values of nodes at some positions, as `project` gives them to models without any.

        Args:
            resid: the stream that enters the block, (S, B, N, D).
            positions: of the nodes.

        Returns:
            Queries, keys and values, heads side by side, each of K numbers; with linear biases of K + 1, the last of
            which is 0 in values.
        """
        q, k, v = self.project(resid)
        if self.kind == "rotary":
            angles = [x.to(q) for x in turns(positions, self.size, BASE)]
            return self._rotated(q, *angles), self._rotated(k, *angles), v
        if self.kind == "alibi":
            # Scores are divided by the root of K + 1, of which the book's part is to be left as it was.
            root = math.sqrt(self.size + 1)
            rises = slopes(self.heads).to(k) * positions.to(k)[:, None]
            q = self._longer(q * (root / math.sqrt(self.size)), torch.full_like(rises, root))
            k, v = self._longer(k, rises), self._longer(v, torch.zeros_like(rises))
        return q, k, v

    def _longer(self, x: Tensor, last: Float[Tensor, "node head"]) -> Tensor:
        """Give every head's query or key one more component."""
        apart = x.unflatten(-1, (self.heads, -1))
        return torch.cat((apart, last[..., None].expand(*apart.shape[:-1], 1)), -1).flatten(-2)

    def _merge(self, z: Tensor, watch: Watch) -> Tensor:
        return super()._merge(z[..., :self.size], watch)

    def _rotated(self, x: Tensor, *angles: Float[Tensor, "node pair"]) -> Tensor:
        apart = x.unflatten(-1, (self.heads, -1)).transpose(2, 3)
        return rotated(apart, *angles).transpose(2, 3).flatten(-2)
