"""The best guesses of the next bit of a stream: by whoever knows how streams are drawn, and follows pointers or not.

Instructions are drawn independently of each other, but for what a pointer repeats, and their code is a prefix code. So
the bits so far say which instructions are whole, and the next bit depends on those and on the beginning of the next
one: the chance of a bit is the share of the instructions with this beginning that go on with it.
"""

from collections.abc import Iterable
from typing import NamedTuple

import numpy as np
from jaxtyping import Float, Int

from deref.tasks.bit_stream import BitStreamTask, gamma

WORDS = ("0", "10")
"""How the values 0 and 1 are written."""


class Instruction(NamedTuple):
    """What may come next: its bits, its value, and its chance."""

    bits: str
    value: int
    chance: float


def instructions(task: BitStreamTask, values: list[int], *, follows: bool = True) -> list[Instruction]:
    """Every instruction that may come next.

    Args:
        task: the stream.
        values: of the instructions before it.
        follows: whether pointers are followed; who does not takes what one repeats for a fair coin.
    """
    pointer = task.pointers if values else 0.0
    found = [Instruction(word, value, (1 - pointer) / 2) for value, word in enumerate(WORDS)]
    stays = 1 - 1 / task.offset
    for offset in range(1, len(values) + 1):
        # an offset beyond the first instruction points at the first
        chance = pointer * stays ** (offset - 1) * (1 if offset == len(values) else 1 - stays)
        code = "11" + "".join(map(str, gamma(offset)))
        shares = {values[-offset]: 1.0} if follows else {0: 0.5, 1: 0.5}
        found += [Instruction(code + WORDS[value], value, chance * share) for value, share in shares.items()]
    return found


def losses(task: BitStreamTask, bits: Iterable[int], *, follows: bool = True) -> Float[np.ndarray, "bit"]:
    """What the best guess loses on every bit of a stream, given those before it, in nats.

    Args:
        task: the stream.
        bits: of one stream, from its beginning.
        follows: as in `instructions`.

    Raises:
        ValueError: no stream of this task goes on like this.
    """
    values: list[int] = []
    begun, possible, found = "", instructions(task, values, follows=follows), []
    for place, bit in enumerate(bits):
        begun += str(bit)
        left = [one for one in possible if one.bits.startswith(begun)]
        if not left:
            raise ValueError(f"expected a stream of {task}, got {bit} at bit {place}, which none has there")
        found.append(np.log(_chance(possible) / _chance(left)))
        possible = left
        if left[0].bits == begun:
            values.append(left[0].value)
            begun, possible = "", instructions(task, values, follows=follows)
    return np.array(found)


def _chance(some: list[Instruction]) -> float:
    return sum(one.chance for one in some)


def mean_losses(task: BitStreamTask, bits: Int[np.ndarray, "stream bit"], *,
                follows: bool = True) -> Float[np.ndarray, "stream"]:
    """What the best guess loses on each stream, in nats a bit, its first bit left out."""
    return np.array([losses(task, row, follows=follows)[1:].mean() for row in bits.tolist()])
