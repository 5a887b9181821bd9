"""A stream of bits that points back into itself: every bit is predicted from those before it.

Instructions follow each other without marks between them. Each has a value, 0 or 1:

    0               a literal of value 0
    10              a literal of value 1
    11 g v          a pointer: g counts instructions back, in Elias's gamma code; v is 0 or 10, the value found there

Worked example: 10 0 11 010 10 is a literal 1, a literal 0, and a pointer two instructions back, which repeats the 1.
Where an instruction is a pointer, whoever can follow it knows the bits v before they come.

Source:
    Elias, Universal Codeword Sets and Representations of the Integers (1975).
"""

import torch
from jaxtyping import Int
from torch import Tensor

from deref.tasks.layout import Layout
from evidence.config import config


@config
class BitStreamTask:
    """Predict the next bit of the stream, at every position.

    Args:
        length: the number of positions; a sequence has one bit more, which is predicted and not seen.
        pointers: the share of instructions that are pointers; the first never is.
        offset: the mean number of instructions that a pointer points back.

    Raises:
        ValueError: a length below 1, a share that is none, or a mean offset below 1.
    """

    length: int = 64
    pointers: float = 0.2
    offset: float = 4.0

    def __post_init__(self) -> None:
        if type(self.length) is not int or self.length < 1:
            raise ValueError(f"expected a length of at least 1, got {self.length!r}")
        if not 0 <= self.pointers <= 1:
            raise ValueError(f"expected a share of pointers from 0 to 1, got {self.pointers!r}")
        if not self.offset >= 1:
            raise ValueError(f"expected a mean offset of at least 1, got {self.offset!r}")

    @property
    def vocab(self) -> int:
        """The number of distinct tokens: the bits 0 and 1."""
        return 2

    @property
    def outputs(self) -> int:
        """The number of distinct answers: the bits 0 and 1."""
        return 2

    @property
    def forms(self) -> tuple[str, ...]:
        """The one form: a causal sequence, read at every position."""
        return ("flat",)

    def layout(self, form: str) -> Layout:
        """Return the layout.

        Raises:
            ValueError: another form than "flat".
        """
        if form not in self.forms:
            raise ValueError(f"expected the form flat, got {form!r}")
        places = torch.arange(self.length)
        return Layout(positions=places, mask=torch.ones(self.length, self.length, dtype=torch.bool).tril(),
                      readouts=places)

    def sample(
        self, n: int, form: str, generator: torch.Generator
    ) -> tuple[Int[Tensor, "batch node"], Int[Tensor, "batch readout"]]:
        """Draw the beginnings of n streams, with the bit behind each position.

        Raises:
            ValueError: another form than "flat".
        """
        self.layout(form)
        bits = torch.tensor([self.stream(generator)[0] for _ in range(n)])
        return bits[:, :-1], bits[:, 1:]

    def stream(self, generator: torch.Generator) -> tuple[list[int], list[bool]]:
        """Draw the beginning of one stream, one bit longer than a sequence.

        Args:
            generator: the only source of randomness.

        Returns:
            Its bits, and which of them are the first bit that a pointer repeats.
        """
        most = self.length + 1  # an instruction has at least one bit
        points, values = torch.rand(most, generator=generator), torch.randint(0, 2, (most,), generator=generator)
        back = torch.empty(most).geometric_(1 / self.offset, generator=generator).long()
        said: list[int] = []
        bits: list[int] = []
        told: list[bool] = []
        for point, value, offset in zip(points.tolist(), values.tolist(), back.tolist(), strict=True):
            pointer = bool(said) and point < self.pointers
            if pointer:
                offset = min(offset, len(said))
                value = said[-offset]
                code = [1, 1, *gamma(offset)]
                bits += code
                told += [False] * len(code)
            word = [1, 0] if value else [0]
            bits += word
            told += [pointer, *[False] * (len(word) - 1)]
            said.append(value)
            if len(bits) > self.length:
                break
        return bits[: self.length + 1], told[: self.length + 1]


def gamma(number: int) -> list[int]:
    """Elias's gamma code: as many zeros as the binary number has bits behind its first, then the number."""
    binary = [int(bit) for bit in f"{number:b}"]
    return [0] * (len(binary) - 1) + binary


def parsed(bits: list[int]) -> list[int]:
    """Read the values of the whole instructions at the beginning of a stream, following its pointers.

    Raises:
        ValueError: a pointer that repeats another value than it points at, or that points before the beginning.
    """
    values: list[int] = []
    at = 0
    while at < len(bits):
        pointer = bits[at : at + 2] == [1, 1]
        start, expected = at, None
        if pointer:
            at += 2
            zeros = 0
            while at + zeros < len(bits) and bits[at + zeros] == 0:
                zeros += 1
            end = at + 2 * zeros + 1
            if end >= len(bits):
                break
            offset = int("".join(map(str, bits[at + zeros : end])), 2)
            if offset > len(values):
                raise ValueError(f"expected a pointer to one of {len(values)} instructions at bit {start}, "
                                 f"got {offset}")
            expected, at = values[-offset], end
        if bits[at] == 1 and at + 1 == len(bits):
            break
        value = bits[at]
        if expected is not None and value != expected:
            raise ValueError(f"expected the pointer at bit {start} to repeat {expected}, got {value}")
        values.append(value)
        at += 1 + value
    return values
