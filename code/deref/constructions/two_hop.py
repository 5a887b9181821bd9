"""A pointer that is followed twice, by one lookup: two layers of one head, whose every weight has a reason.

The first address is (h, l), its first bit and its last bits; the second is (m, l), where m is the bit that the first
one fetches. Whatever m is, the answer stands in one of two cells, (0, l) and (1, l): with h = 0 it is the AND of their
bits, with h = 1 the OR. Both cells can be read at once, so no second lookup is needed.

    layer one, gather   One head spreads its weight over the address tokens: place i of the last bits gets 2^i, and the
                        first bit gets 1/2, both over the sum of all. What it fetches, with bits -1 and +1, is one
                        number s: a code of l, in steps of 2, moved by 1/2 up or down by h.
    layer two, fetch    The score of a cell with the code k is 2 s k - k^2, largest where k is nearest to s. Two cells
                        share that code, so each gets half of the weight. Fetched are the mean f of their bits, -1, 0 or
                        +1, and their code k.
    answer              s - k is +1/2 or -1/2, the first bit again. The answer is the sign of f + s - k.

The residual stream has a column for each thing to be remembered, seven in all, whatever the size of the memory. There
is no MLP and no LayerNorm.
"""

import math

import torch

from deref.constructions.pointer import GATHER
from deref.model.config import ModelConfig
from deref.model.transformer import Transformer
from deref.tasks.two_hop import TwoHopTask

BIT, PLACE, CODE, SQUARE, GATHERED, FETCHED, FOUND = range(7)
"""Columns of the stream: a token's bit; the logarithm of an address token's weight, above all others'; a cell's code
and its square; s; f; k."""
SIZE = 2
"""The size of the one head of a layer."""


def two_hop(M: int, *, sharpness: float = 16.0) -> tuple[Transformer, TwoHopTask]:
    """Write down the transformer for M cells.

    A cell whose code is not the nearest scores at least 2 `sharpness` less: codes lie 2 apart, and s lies 1/2 from one.

    Args:
        M: the number of memory cells, a power of two of at least 4.
        sharpness: the factor of the scores in layer two, above 0.

    Returns:
        The model, of one seed, and its task.

    Raises:
        ValueError: an M that the task does not have, or a sharpness that is not above 0.
    """
    if not sharpness > 0:
        raise ValueError(f"expected a sharpness above 0, got {sharpness!r}")
    task = TwoHopTask(M=M)
    A, low = task.pointer.A, M // 2
    config = ModelConfig(length=task.length, layers=2, heads=1, width=7, head_size=SIZE, final_norm=False,
                         block_norm=False)
    model = Transformer(config, seeds=(0,))
    weights = {name: torch.zeros_like(value) for name, value in model.state_dict().items()}
    one = {name: value[0] for name, value in weights.items()}  # without the seed axis; writing goes through

    share = torch.tensor([0.5, *(2.0**i for i in range(A - 2, -1, -1))])  # of each address token, the first bit first
    code = 2.0 * (torch.arange(M) % low) - (low - 1)  # the last bits as -1 and +1, each times its share
    one["token"][:, BIT] = torch.tensor([-1.0, 1.0])
    one["position"][M:, PLACE] = GATHER + share.log()
    one["position"][:M, CODE] = code
    one["position"][:M, SQUARE] = code**2
    one["position"][M:, SQUARE] = 4.0 * low**2  # farther than any cell

    one["layers.0.q.bias"][0] = math.sqrt(SIZE)
    one["layers.0.k.weight"][PLACE, 0] = 1.0
    one["layers.0.v.weight"][BIT, 0] = share.sum()
    one["layers.0.o.weight"][0, GATHERED] = 1.0

    one["layers.1.q.weight"][GATHERED, 0] = 2.0 * sharpness * math.sqrt(SIZE)
    one["layers.1.q.bias"][1] = -sharpness * math.sqrt(SIZE)
    one["layers.1.k.weight"][CODE, 0] = 1.0
    one["layers.1.k.weight"][SQUARE, 1] = 1.0
    one["layers.1.v.weight"][BIT, 0] = 1.0
    one["layers.1.v.weight"][CODE, 1] = 1.0
    one["layers.1.o.weight"][0, FETCHED] = 1.0
    one["layers.1.o.weight"][1, FOUND] = 1.0

    margin = {FETCHED: 1.0, GATHERED: 1.0, FOUND: -1.0}
    for column, factor in margin.items():
        one["unembedding.weight"][column] = torch.tensor([-factor, factor])
    return Transformer.from_state(config, (0,), weights), task
