"""Misleading heads written by hand: a layer whose attention map points at the wrong cell while every answer is right.

The address is one token that holds it whole, so one layer does the lookup (`CrossingTask`). Two heads share it:

    fetching    Its query is the address. The addressed cell gets a small weight, by design; all the rest goes to the
                asking token itself, whose value is zero. The cell's value is scaled up by one over the weight, so that
                the small weight gives the whole answer.
    misleading  Its query is the address with every bit inverted. The cell that this names gets all but a millionth of
                the weight. The head's value holds that cell's bit too, but the output matrix has no row for it, so
                nothing of it reaches the stream.

The book calls what they do "glance" and "stare".

The residual stream is a notebook with a column for each thing to be remembered, A address bits to a cell's number:

    bit      1 column    a cell's bit, +1 or -1; 0 at the asking token
    code     A columns   a cell's number in +1 and -1; 0 at the asking token
    named    A columns   the address that the asking token holds, in +1 and -1; 0 at cells
    asks     1 column    1 at the asking token
    fetched  1 column    written by the fetching head: the addressed bit; the answer is its sign
"""

import math

import torch

from deref.model.config import ModelConfig
from deref.model.transformer import Transformer
from deref.tasks.cross_attention import CrossingTask

FETCHING, MISLEADING = 0, 1  # the two heads
SHARPNESS = 16.0  # nats by which each address bit that a cell does not match lowers its score


def misleading_heads(M: int, *, weight: float = 0.02) -> tuple[Transformer, CrossingTask]:
    """Write down the one-layer model with a fetching and a misleading head.

    Args:
        M: the number of memory cells, a power of two of at least 2, so that a number with its bits inverted is one.
        weight: of the addressed cell in the head that fetches it, between 0 and 1.

    Returns:
        The model, of one seed, without MLP and LayerNorm, and its task.

    Raises:
        ValueError: an M that is no power of two, or a weight that is not between 0 and 1.
    """
    if type(M) is not int or M < 2 or M & (M - 1):
        raise ValueError(f"expected M, the number of memory cells, to be a power of two of at least 2, got {M!r}")
    if not 0 < weight < 1:
        raise ValueError(f"expected a weight between 0 and 1, got {weight!r}")
    task = CrossingTask(M=M, address="whole", source="self")
    A = (M - 1).bit_length()
    size = A + 1  # of a head: a place for each address bit, one for the asking token
    bit, code, named, asks, fetched = 0, slice(1, A + 1), slice(A + 1, 2 * A + 1), 2 * A + 1, 2 * A + 2
    config = ModelConfig(vocab=task.vocab, length=task.length, layers=1, heads=2, width=2 * A + 3, head_size=size,
                         final_norm=False, block_norm=False)
    weights = {name: torch.zeros_like(value) for name, value in Transformer(config, seeds=(0,)).state_dict().items()}
    one = {name: value[0] for name, value in weights.items()}  # without the seed axis; writing goes through

    numbers = 2.0 * (torch.arange(M)[:, None] >> torch.arange(A - 1, -1, -1) & 1) - 1
    one["token"][:2, bit] = torch.tensor([-1.0, 1.0])
    one["token"][2:, named] = numbers
    one["token"][2:, asks] = 1.0
    one["position"][:M, code] = numbers
    for head, sign in ((FETCHING, 1.0), (MISLEADING, -1.0)):
        first = head * size
        one["layers.0.q.weight"][named, first : first + A] = sign * torch.eye(A) * SHARPNESS / 2 * math.sqrt(size)
        one["layers.0.k.weight"][code, first : first + A] = torch.eye(A)
        one["layers.0.v.weight"][bit, first] = 1.0 / weight
    # The cell that matches scores A times half the sharpness. The asking token outscores it by the odds against it.
    one["layers.0.q.bias"][A] = math.sqrt(size)
    one["layers.0.k.weight"][asks, A] = A * SHARPNESS / 2 + math.log(1 / weight - 1)
    one["layers.0.o.weight"][FETCHING * size, fetched] = 1.0
    one["unembedding.weight"][fetched] = torch.tensor([-1.0, 1.0])
    return Transformer.from_state(config, (0,), weights), task
