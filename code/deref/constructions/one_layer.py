"""One layer written by hand: attention heads given by the score and the value of every token, and two uses of them.

A score is the sum of what a token's bit adds and what its position adds, since token and position embeddings are
added. The query is made from the readout's own bit, the last of the address, so the part of the position may be one of
two. Values are sums of the same kind, without the choice.

The residual stream has a column for the bit, 0 or 1, a column for each position, and one for the answer.
"""

import itertools
import math
from collections.abc import Sequence
from dataclasses import dataclass

import torch
from jaxtyping import Float
from torch import Tensor

from deref.model.config import ModelConfig
from deref.model.transformer import Transformer
from deref.probes.pointer.best_vote import Vote
from deref.tasks.pointer import PointerTask

NEVER = -60.0  # nats: a weight of 1e-26
OFF = 20.0  # nats by which an address bit outscores all else when it switches a head off: what is left is 2e-9
DROP = 1e-5  # the weight of a cell that holds a one; small, so that it hardly moves the normaliser


@dataclass(frozen=True, kw_only=True, eq=False)
class WrittenHead:
    """A head of a hand-written layer, given by its scores and values.

    Args:
        scores: in nats, from each position, for either value of the readout's own bit, (2, T).
        bit_score: in nats, from a bit that is 1.
        values: of each position, (T,).
        bit_value: of a bit that is 1.
        gain: by what the mixture is multiplied before it is added to the answer.
    """

    scores: Float[Tensor, "own position"]
    bit_score: float = 0.0
    values: Float[Tensor, "position"]
    bit_value: float = 0.0
    gain: float = 1.0


def written(task: PointerTask, heads: Sequence[WrittenHead], bias: float) -> Transformer:
    """Write down the one-layer model that has these heads.

    Args:
        task: the task that it answers.
        heads: side by side; what they fetch is added up.
        bias: is added too; the answer is 1 if the sum is above 0.

    Returns:
        The model, of one seed, attention only, without any LayerNorm.
    """
    size = task.T + 1
    bit, place, answer = 0, slice(1, size), size
    config = ModelConfig(length=task.T, layers=1, heads=len(heads), width=size + 1, head_size=size, final_norm=False,
                         block_norm=False)
    weights = {name: torch.zeros_like(value) for name, value in Transformer(config, seeds=(0,)).state_dict().items()}
    one = {name: value[0] for name, value in weights.items()}  # without the seed axis; writing goes through
    one["token"][1, bit] = 1.0
    one["position"][:, place] = torch.eye(task.T)
    for number, head in enumerate(heads):
        own = slice(number * size, (number + 1) * size)
        # A query is a list of scores, one for each column of the stream; keys are those columns.
        query = torch.cat([torch.full((2, 1), head.bit_score), head.scores], dim=1) * math.sqrt(size)
        one["layers.0.q.bias"][own] = query[0]
        one["layers.0.q.weight"][bit, own] = query[1] - query[0]
        one["layers.0.k.weight"][:size, own] = torch.eye(size)
        one["layers.0.v.weight"][bit, own.start] = head.bit_value
        one["layers.0.v.weight"][place, own.start] = head.values
        one["layers.0.o.weight"][own.start, answer] = head.gain
    one["unembedding.weight"][answer] = torch.tensor([-1.0, 1.0])
    one["unembedding.bias"][:] = torch.tensor([-bias, bias])
    return Transformer.from_state(config, (0,), weights)


def voting(vote: Vote) -> tuple[Transformer, PointerTask]:
    """Write down the one head that casts a vote: every token's weight is its share of the votes.

    The value of every token is its bit, -1 or +1; so its weight, which softmax makes positive, is its vote.

    Args:
        vote: for the cells that share the last address bit, used for both values of it.

    Returns:
        The model and its task, of twice as many cells as vote.

    Raises:
        ValueError: a vote with a negative weight.
    """
    if min(*vote.cells, *vote.address) < 0:
        raise ValueError(f"expected a vote without negative weights, got {vote}")
    task = PointerTask(M=2 * len(vote.cells))
    shares = torch.zeros(2, task.T)
    for own in (0, 1):
        shares[own, own : task.M : 2] = torch.tensor(vote.cells)
        shares[own, task.M : -1] = torch.tensor(vote.address)
    head = WrittenHead(scores=shares.log().clamp(min=NEVER), values=-torch.ones(task.T), bit_value=2.0,
                gain=shares[0].sum().item())
    return written(task, [head], vote.bias), task


def gates(M: int) -> tuple[Transformer, PointerTask]:
    """Write down the one-layer model of M / 2 heads that looks every cell up.

    A head is **on** if none of a set of address bits is 1: each of them, if it is 1, takes all the weight. With a set
    for each head, the empty one too, heads switch by all products of factors (1 - bit). Those products add up to any
    function of the address: the factor of an address bit that should be 1 is 1 - (1 - bit), which is multiplied out.
    So a cell is fetched by every head whose set holds all places where the cell's own number has a 0, with the sign
    of the number of places that the set holds besides. For an address, the heads that are on then agree that the
    addressed cell counts once, and cancel for every other cell.

    A cell that holds a 1 draws a small weight and has its sign as its value; a cell that holds a 0 draws none. The
    last address bit picks one cell of each neighbouring pair, and its own token takes what weight is left.
    A sum of up to M / 2 drops of weight is off by a share of at most DROP M / 2, and there are up to M / 2 of them in
    M / 2 heads: up to M = 32 the answer, 0 or 1, is off by less than 0.05.

    Args:
        M: the number of memory cells, a power of two from 2 to 32.

    Returns:
        The model and its task.

    Raises:
        ValueError: another number of cells.
    """
    if M not in (2, 4, 8, 16, 32):
        raise ValueError(f"expected a power of two from 2 to 32 as the number of cells, got {M}")
    task = PointerTask(M=M)
    upper = task.A - 1
    numbers = task.address_bits(torch.arange(M))[:, :upper].bool()
    heads = [_gate(task, numbers, torch.tensor(chosen, dtype=torch.bool))
             for chosen in itertools.product((False, True), repeat=upper)]
    return written(task, heads, -0.5), task


def _gate(task: PointerTask, numbers: Tensor, chosen: Tensor) -> WrittenHead:
    """The head that is on if no chosen address bit is 1, with the cells that it fetches.

    Args:
        task: the task.
        numbers: the upper bits of each cell's number, (M, A - 1).
        chosen: which address bits switch the head, (A - 1,).
    """
    fetched = (chosen | numbers).all(1)
    signs = 1.0 - 2.0 * ((chosen & numbers).sum(1) % 2)
    one = 2 * OFF  # what a bit of 1 adds, so that a bit of 0 draws nothing
    scores = torch.full((2, task.T), NEVER - one)
    for own in (0, 1):
        mine = fetched & (torch.arange(task.M) % 2 == own)
        scores[own, : task.M][mine] = math.log(DROP) - one
        scores[own, task.M : -1][chosen] = OFF - one
        scores[own, -1] = -one * own  # so that the readout itself has a score of 0
    values = torch.zeros(task.T)
    values[: task.M] = signs
    return WrittenHead(scores=scores, bit_score=one, values=values, gain=1 / DROP)
