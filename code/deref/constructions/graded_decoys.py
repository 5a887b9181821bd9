"""Graded decoys written by hand: one head of little weight that gives the answer, beside heads of more without effect.

As in `deref.constructions.misleading_heads`, one layer looks the bit up, since the address is one token.

    head 0   fetches. The addressed cell gets a small weight, the rest goes to the asking token, whose value is zero;
             the value is scaled up, so that the small weight gives the whole answer.
    others   decoys. Each looks at the cell whose number is the address with some bits inverted, with a weight of its
             own choice, and writes that cell's bit, of a size of its own choice, into a column that nothing reads.

So neither weight nor the length of what an edge adds to the stream tells which edge carries the answer.
"""

import math
from collections.abc import Sequence
from typing import NamedTuple

import torch

from deref.constructions.misleading_heads import SHARPNESS
from deref.model.config import ModelConfig
from deref.model.transformer import Transformer
from deref.tasks.cross_attention import CrossingTask


class Decoy(NamedTuple):
    """A head that looks at a wrong cell and has no effect.

    Args:
        inverted: which address bits it inverts, as a number from 1 to M - 1.
        weight: on the cell that it looks at, between 0 and 1.
        size: of what it writes into the stream, in multiples of what the fetching head writes.
    """

    inverted: int
    weight: float
    size: float


def graded_decoys(M: int, decoys: Sequence[Decoy], *, weight: float = 0.02) -> tuple[Transformer, CrossingTask]:
    """Write down the one-layer model of one fetching head and some decoys.

    Args:
        M: the number of memory cells, a power of two of at least 2.
        decoys: the other heads.
        weight: of the addressed cell in the head that fetches it, between 0 and 1.

    Returns:
        The model, of one seed, without MLP and LayerNorm, and its task.

    Raises:
        ValueError: an M that is no power of two, a weight that is not between 0 and 1, or a decoy that inverts no bit
            of an address, or one that there is not.
    """
    if type(M) is not int or M < 2 or M & (M - 1):
        raise ValueError(f"expected M, the number of memory cells, to be a power of two of at least 2, got {M!r}")
    if wrong := [w for w in (weight, *(decoy.weight for decoy in decoys)) if not 0 < w < 1]:
        raise ValueError(f"expected weights between 0 and 1, got {wrong}")
    if wrong := [decoy.inverted for decoy in decoys if not 0 < decoy.inverted < M]:
        raise ValueError(f"expected inverted bits from 1 to {M - 1}, got {wrong}")
    task = CrossingTask(M=M, address="whole", source="self")
    A = (M - 1).bit_length()
    size = A + 1  # of a head: a place for each address bit, one for the asking token
    bit, code, named, asks = 0, slice(1, A + 1), slice(A + 1, 2 * A + 1), 2 * A + 1
    fetched, unread = 2 * A + 2, 2 * A + 3
    config = ModelConfig(vocab=task.vocab, length=task.length, layers=1, heads=1 + len(decoys), width=2 * A + 4,
                         head_size=size, final_norm=False, block_norm=False)
    weights = {name: torch.zeros_like(value) for name, value in Transformer(config, seeds=(0,)).state_dict().items()}
    one = {name: value[0] for name, value in weights.items()}  # without the seed axis; writing goes through

    numbers = 2.0 * (torch.arange(M)[:, None] >> torch.arange(A - 1, -1, -1) & 1) - 1
    one["token"][:2, bit] = torch.tensor([-1.0, 1.0])
    one["token"][2:, named] = numbers
    one["token"][2:, asks] = 1.0
    one["position"][:M, code] = numbers
    for head, (inverted, share, scale) in enumerate([Decoy(0, weight, 1.0), *decoys]):
        first = head * size
        # +1 where the address bit counts as it is, -1 where the head inverts it
        signs = 1.0 - 2.0 * (torch.tensor(inverted) >> torch.arange(A - 1, -1, -1) & 1)
        one["layers.0.q.weight"][named, first : first + A] = torch.diag(signs) * SHARPNESS / 2 * math.sqrt(size)
        one["layers.0.k.weight"][code, first : first + A] = torch.eye(A)
        one["layers.0.v.weight"][bit, first] = scale / share
        # The cell that matches scores A times half the sharpness. The asking token outscores it by the odds against it.
        one["layers.0.q.bias"][first + A] = math.sqrt(size)
        one["layers.0.k.weight"][asks, first + A] = A * SHARPNESS / 2 + math.log(1 / share - 1)
        one["layers.0.o.weight"][first, unread if head else fetched] = 1.0
    one["unembedding.weight"][fetched] = torch.tensor([-1.0, 1.0])
    return Transformer.from_state(config, (0,), weights), task
