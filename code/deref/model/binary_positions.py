"""Positions in binary: a transformer to which every memory cell says its number in bits, as an address does.

Sinusoids say where a cell is, and learned positions nothing that training does not put there. A binary code gives each
bit of a cell's number a direction of its own, the same for all cells, and each address bit another.
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import torch
from jaxtyping import Float
from torch import Tensor

from deref.model.transformer import Transformer

if TYPE_CHECKING:
    from deref.model.config import ModelConfig


def binary_codes(cells: int, bits: int, width: int) -> Float[Tensor, "position width"]:
    """Write the positions of memory then address: a cell as the bits of its number, an address bit as its place.

    Args:
        cells: the number of memory cells, M.
        bits: the number of address bits, A.
        width: the width of the stream, at least 2 A.

    Returns:
        One row a position, of the length that sinusoids have, the root of half the width. A cell has a 1 or a -1, up to
        scale, in each of the first A places, most significant bit first; address bit i a 1 in place A + i.

    Raises:
        ValueError: a width without room for the code.
    """
    if width < 2 * bits:
        raise ValueError(f"expected a width of at least {2 * bits}, for {bits} bits of a cell and as many places of "
                         f"address bits, got {width}")
    codes = torch.zeros(cells + bits, width)
    codes[:cells, :bits] = (torch.arange(cells)[:, None] >> torch.arange(bits - 1, -1, -1) & 1) * 2.0 - 1
    codes[cells:, bits:2 * bits] = torch.eye(bits)
    return codes / codes.norm(dim=1, keepdim=True) * (width / 2) ** 0.5


class BinaryPositions(Transformer):
    """An ensemble of transformers whose positions are `binary_codes`, and stay so.

    Args:
        config: the shape of every member; its positions are sinusoidal, which these take the place of.
        seeds: one integer a member.
        cells: the number of memory cells; all other positions are address bits.

    Raises:
        ValueError: learned positions, a width without room for the code, or as `Transformer`.
    """

    def __init__(self, config: "ModelConfig", seeds: Sequence[int], cells: int) -> None:
        if config.positions != "sinusoidal":
            raise ValueError(f"expected a shape whose positions are not trained, got {config.positions}")
        super().__init__(config, seeds)
        self.cells = cells
        self.position = binary_codes(cells, config.length - cells, config.width)[None]

    def member(self, i: int) -> "BinaryPositions":
        """Take out one member, as `Transformer.member` does."""
        if not 0 <= i < len(self.seeds):
            raise ValueError(f"expected a member from 0 to {len(self.seeds) - 1}, got {i}")
        alone = BinaryPositions(self.config, self.seeds[i : i + 1], self.cells).to(self.token.device)
        alone.load_state_dict({name: value[i : i + 1] for name, value in self.state_dict().items()})
        return alone
