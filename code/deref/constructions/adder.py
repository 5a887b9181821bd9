"""An adder written by hand: one attention layer with one head adds binary numbers, carries included.

A carry need not be passed on from column to column. Whether one comes into column i depends on the digits to the right
of it as a whole: read as numbers, do they reach 2^i together? So a column weighs every digit by its worth, and looks at
the sum once:

    look       Column i gives column j a weight proportional to 2^(j - i) if j <= i, and none otherwise. The value there
               is a_j + b_j. What comes back is T / (2 - 2^-i), with T = sum over j <= i of (a_j + b_j) 2^(j - i), at
               least 0 and below 4.
    round      T counts in units of column i, so the answer digit is T rounded down, modulo two: 0 below 1, then 1 up
               to 2, then 0 up to 3, then 1. An MLP of three steps computes this, each step made of two GELUs.

The residual stream has a column for each place, one-hot, and three more: the two digits' sum, the sum that was looked
up, and the answer. What grows with the number of digits is the width, by one a digit, and the precision: T comes in
steps of 2^-i, and the MLP has to distinguish them.
"""

import math

import torch

from deref.model.config import ModelConfig
from deref.model.transformer import Transformer
from deref.tasks.addition import AdditionTask

FAR = -200.0  # score of a column further left; e^-200 is lost in double precision next to 1
SHARP = 30.0  # a GELU of more than 30 is its argument, and of less than -30 nothing, to the last digit


def adder(digits: int) -> tuple[Transformer, AdditionTask]:
    """Write down a one-layer transformer, in double precision, that adds two binary numbers.

    Args:
        digits: of each number, at least 2 and at most 40, where double precision is still fine enough.

    Returns:
        The model, of one seed, and its task.

    Raises:
        ValueError: digits outside this range.
    """
    if not 2 <= digits <= 40:
        raise ValueError(f"expected 2 to 40 digits, got {digits!r}")
    task = AdditionTask(digits=digits)
    value, looked, answer = range(digits, digits + 3)  # columns of the stream, behind one for each place
    config = ModelConfig(length=digits, vocab=task.vocab, layers=1, heads=1, width=digits + 3, mlp=6,
                         final_norm=False, block_norm=False)
    model = Transformer(config, seeds=(0,)).double()
    weights = {name: torch.zeros_like(tensor) for name, tensor in model.state_dict().items()}
    one = {name: tensor[0] for name, tensor in weights.items()}  # without the seed axis; writing goes through

    one["token"][:, value] = torch.tensor([0.0, 1.0, 1.0, 2.0])
    one["position"][:, :digits] = torch.eye(digits)
    _look(one, digits, value, looked)
    _round(one, digits, looked, answer)
    one["unembedding.weight"][answer] = torch.tensor([-1.0, 1.0])
    one["unembedding.bias"][:] = torch.tensor([0.25, -0.25])  # the answer is 0, or between 1/2 and 1
    return Transformer.from_state(config, (0,), weights), task


def _look(one: dict[str, torch.Tensor], digits: int, value: int, looked: int) -> None:
    """Let column i fetch T / (2 - 2^-i)."""
    place = torch.arange(digits, dtype=torch.double)
    left = place[None, :] - place[:, None]  # by how many columns the one that is looked at lies to the left
    scores = torch.where(left > 0, FAR, left * math.log(2))
    one["layers.0.q.weight"][:digits, :digits] = math.sqrt(digits + 3) * scores
    one["layers.0.k.weight"][:digits, :digits] = torch.eye(digits, dtype=torch.double)
    one["layers.0.v.weight"][value, 0] = 1.0
    one["layers.0.o.weight"][0, looked] = 1.0


def _round(one: dict[str, torch.Tensor], digits: int, looked: int, answer: int) -> None:
    """Turn that into the answer digit: up at 1, down at 2, up at 3, each within half a step of T.

    What was looked up is T divided by 2 - 2^-i, so thresholds are divided by it too, from the column's place.
    """
    ramp = 2.0**-digits  # half of the smallest step of T
    slope = SHARP / (ramp / 4)
    total = 2 - 2.0 ** -torch.arange(digits, dtype=torch.double)
    for place, (threshold, sign) in enumerate(((1, 1), (2, -1), (3, 1))):
        low = threshold - 1.5 * ramp
        for half, start in enumerate((low, low + ramp)):
            unit = 2 * place + half
            one["layers.0.mlp_in.weight"][looked, unit] = slope
            one["layers.0.mlp_in.weight"][:digits, unit] = -slope * start / total
            one["layers.0.mlp_out.weight"][unit, answer] = (1 - 2 * half) * sign / (slope * ramp)
