"""The addition task: two binary numbers, column by column, and all digits of their sum at once.

Worked example, four digits, least significant first as the columns are written (the sum drops its fifth digit):

    column        0 1 2 3
    a = 11        1 1 0 1
    b = 3         1 1 0 0
    token         3 3 0 2      two times a's digit plus b's
    answer        0 1 1 1      11 + 3 = 14; columns 0 and 1 carry

A token is a column: its digit of a and its digit of b. So which digits belong together need not be learned, and what is
left to learn is the carries. Every column is a readout, and all are read in one pass: a carry has to travel inside the
layers, since there is no digit written before to take it from. Every column sees all columns.

In a column where a and b differ a carry that comes in goes on; where they agree it stops, and a new one starts if both
digits are 1. The CHAIN of an answer digit is how many columns to the right its carry is decided: 1 if a and b agree in
the next column, 2 if they differ there and agree in the one after, and so on; 0 if they agree nowhere to the right,
and no carry can come. In the example the chains are 0 1 1 1. For chains of 1 and more, a guess at the carry is right
half of the time.
"""

from functools import lru_cache

import torch
from jaxtyping import Int
from torch import Tensor

from deref.tasks.layout import Layout, shareable
from evidence.config import config


@config
class AdditionTask:
    """Add two binary numbers, modulo two to the number of digits.

    Args:
        digits: of each number, at least 2.

    Raises:
        ValueError: digits that are not an integer of at least 2.
    """

    digits: int

    def __post_init__(self) -> None:
        if type(self.digits) is not int or self.digits < 2:
            raise ValueError(f"expected digits to be an integer of at least 2, got {self.digits!r}")

    @property
    def length(self) -> int:
        """The number of positions: the columns."""
        return self.digits

    @property
    def vocab(self) -> int:
        """The number of distinct tokens: a digit of a and a digit of b."""
        return 4

    @property
    def outputs(self) -> int:
        """The number of distinct answers at a column: the digits 0 and 1."""
        return 2

    @property
    def forms(self) -> tuple[str, ...]:
        """The forms: "trie" reads all columns of a sequence, "flat" the last one alone."""
        return ("trie", "flat")

    def layout(self, form: str) -> Layout:
        """Return the layout of a form: the columns, from the least significant.

        Args:
            form: "trie" or "flat".

        Raises:
            ValueError: another form.
        """
        if form not in self.forms:
            raise ValueError(f"expected a form of the addition task, one of {', '.join(self.forms)}, got {form!r}")
        return _layout(self.digits, 0 if form == "trie" else self.digits - 1)

    def tokens(self, a: Int[Tensor, "batch column"], b: Int[Tensor, "batch column"]) -> Int[Tensor, "batch column"]:
        """Write two numbers a sequence, one token a column.

        Args:
            a: digits, least significant first.
            b: likewise.

        Raises:
            ValueError: rows of another length.
        """
        for number in (a, b):
            self._check(number)
        return 2 * a + b

    def oracle(self, tokens: Int[Tensor, "batch column"]) -> Int[Tensor, "batch column"]:
        """Add as on paper, column by column.

        Args:
            tokens: as `tokens` writes them.

        Returns:
            The digits of the sum, least significant first.

        Raises:
            ValueError: rows of another length.
        """
        self._check(tokens)
        carry, answers = torch.zeros_like(tokens[:, 0]), []
        for x, y in zip((tokens >> 1).T, (tokens & 1).T, strict=True):
            total = x + y + carry
            answers.append(total & 1)
            carry = total >> 1
        return torch.stack(answers, dim=1)

    def chains(self, tokens: Int[Tensor, "batch column"]) -> Int[Tensor, "batch column"]:
        """How many columns to the right each answer digit's carry is decided; 0 where it is nowhere.

        Args:
            tokens: as `tokens` writes them.

        Returns:
            The chain of each column.

        Raises:
            ValueError: rows of another length.
        """
        self._check(tokens)
        chain, found = torch.zeros_like(tokens[:, 0]), []
        for passes in (tokens >> 1 != tokens & 1).T:
            found.append(chain)
            chain = torch.where(passes, chain + (chain > 0), 1)
        return torch.stack(found, dim=1)

    def sample(
        self, n: int, form: str, generator: torch.Generator
    ) -> tuple[Int[Tensor, "batch column"], Int[Tensor, "batch readout"]]:
        """Draw n pairs of numbers with their sums.

        With fair digits, half of all columns pass a carry on and long chains hardly ever occur. So each pair has a
        share of passing columns of its own, from none to all, evenly; the other columns are 0 + 0 or 1 + 1.

        Args:
            n: the number of pairs.
            form: "trie" or "flat".
            generator: the only source of randomness.

        Returns:
            Tokens (n, digits), least significant first, and answers: all digits, or the last one.

        Raises:
            ValueError: another form.
        """
        self.layout(form)
        share = torch.rand(n, 1, generator=generator)
        passes = torch.rand(n, self.digits, generator=generator) < share
        a = torch.randint(0, 2, (n, self.digits), generator=generator)
        tokens = self.tokens(a, torch.where(passes, 1 - a, a))
        answers = self.oracle(tokens)
        return tokens, answers if form == "trie" else answers[:, -1:]

    def _check(self, rows: Tensor) -> None:
        if rows.shape[-1] != self.digits:
            raise ValueError(f"expected {self.digits} columns, got {rows.shape[-1]}")


@lru_cache(maxsize=32)
@shareable
def _layout(digits: int, first: int) -> Layout:
    return Layout(positions=torch.arange(digits), mask=torch.ones(digits, digits, dtype=torch.bool),
                  readouts=torch.arange(first, digits))
