"""A pointer written by hand: two attention layers whose every weight has a reason.

Attention compares a query with keys and returns the matched value. A lookup needs that twice. The readout is the last
token, and what it holds is the last address bit alone, so it cannot ask for a cell yet:

    layer one, gather   Head a looks at the token that holds address bit a, wherever the reading is done, and copies
                        its bit. A heads fetch A bits; now the readout holds the address.
    layer two, fetch    One head compares the address, written in +1 and -1, with the same code of every cell's own
                        number. The right cell agrees in all A places, any other differs in at least one. A large
                        factor makes the softmax pick the cell that agrees everywhere, and its bit is copied.

The residual stream is a notebook with a column for each thing to be remembered, A = ceil(log2 M):

    bit        1 column    the token's own bit, +1 or -1; from the token embedding
    code       A columns   a cell's number in +1 and -1; from the positions, 0 at address tokens
    place      A columns   which address bit a token holds, one-hot; from the positions, 0 at cells
    gathered   A columns   written by layer one: the address as bits +1 and -1
    fetched    1 column    written by layer two: the addressed bit; the answer is its sign

The width is 3 A + 2: 32 columns for 1,024 cells. There is no MLP and no LayerNorm.
"""

import math
from collections.abc import Mapping

import torch
from torch import Tensor

from deref.model.config import ModelConfig
from deref.model.transformer import Transformer
from deref.tasks.pointer import PointerTask

# By how many nats the token that holds an address bit outscores every other token in layer one. The other tokens of a
# 1,024-cell memory then get 1e-11 of the weight together.
GATHER = 32.0


def columns(A: int) -> Mapping[str, slice]:
    """Name the columns of the residual stream.

    Args:
        A: the number of address bits.

    Returns:
        The slices of bit, code, place, gathered and fetched, in this order and without gaps.
    """
    sizes = {"bit": 1, "code": A, "place": A, "gathered": A, "fetched": 1}
    ends = torch.tensor(list(sizes.values())).cumsum(0).tolist()
    return {name: slice(end - size, end) for (name, size), end in zip(sizes.items(), ends, strict=True)}


def pointer(M: int, *, sharpness: float = 16.0) -> tuple[Transformer, PointerTask]:
    """Write down a two-layer attention-only transformer that solves the pointer task for M cells.

    A cell whose number differs from the address in j places gets e^(-j sharpness) times the weight of the addressed
    cell. For M = 2^A all other cells together get (1 + e^-sharpness)^A - 1 times its weight. Where they all hold the
    other bit, the answer is right only if that is below 1: sharpness must exceed about ln(1.44 A), 2.7 for 1,024 cells.
    Address tokens have no code, so they match in no place and miss in none: e^(-A sharpness / 2) each, far less.

    Args:
        M: the number of memory cells, at least 2; need not be a power of two.
        sharpness: by how many nats each address bit that a cell does not match lowers its score, above 0.

    Returns:
        The model, of one seed, and its task.

    Raises:
        ValueError: an M that no task has, or a sharpness that is not above 0.
    """
    if not sharpness > 0:
        raise ValueError(f"expected a sharpness above 0, got {sharpness!r}")
    task = PointerTask(M=M)
    A = task.A
    at = columns(A)
    config = ModelConfig(length=task.T, layers=2, heads=A, width=3 * A + 2, head_size=A, final_norm=False,
                         block_norm=False)
    model = Transformer(config, seeds=(0,))
    weights = {name: torch.zeros_like(value) for name, value in model.state_dict().items()}
    one = {name: value[0] for name, value in weights.items()}  # without the seed axis; writing goes through

    one["token"][:, at["bit"]] = torch.tensor([[-1.0], [1.0]])
    one["position"][:M, at["code"]] = 2.0 * task.address_bits(torch.arange(M)) - 1
    one["position"][M:, at["place"]] = torch.eye(A)
    _gather(one, at, A)
    _fetch(one, at, A, sharpness)
    one["unembedding.weight"][at["fetched"]] = torch.tensor([[-1.0, 1.0]])
    return Transformer.from_state(config, (0,), weights), task


def _gather(one: Mapping[str, Tensor], at: Mapping[str, slice], A: int) -> None:
    """Let head a of layer one copy the bit of the token that holds address bit a into column a of gathered."""
    for head in range(A):
        first = head * A  # heads share one weight matrix, A columns each; this head uses its first column
        one["layers.0.q.bias"][first] = GATHER * math.sqrt(A)
        one["layers.0.k.weight"][at["place"], first] = torch.eye(A)[head]
        one["layers.0.v.weight"][at["bit"], first] = 1.0
        one["layers.0.o.weight"][first, at["gathered"]] = torch.eye(A)[head]


def _fetch(one: Mapping[str, Tensor], at: Mapping[str, slice], A: int, sharpness: float) -> None:
    """Let head 0 of layer two find the cell whose code is the gathered address, and copy its bit into fetched.

    A place that matches adds sharpness / 2 to a cell's score, one that does not takes as much away.
    """
    one["layers.1.q.weight"][at["gathered"], :A] = torch.eye(A) * sharpness / 2 * math.sqrt(A)
    one["layers.1.k.weight"][at["code"], :A] = torch.eye(A)
    one["layers.1.v.weight"][at["bit"], 0] = 1.0
    one["layers.1.o.weight"][0, at["fetched"]] = 1.0
