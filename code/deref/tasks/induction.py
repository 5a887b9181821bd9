"""The induction task: a passage of random tokens comes again, and every token of it asks for the one that followed it.

Worked example, six tokens and then three of them again, from offset 2 on:

    node     0 1 2 3 4 5 | 6 7 8
    token    e b f a d c | f a d      readouts 6 and 7; the answers are a and d

The question f is answered by looking at the node behind the one where f stood first: that node is the **cell**, and the
token in it the answer. No token stands twice among the first ones, so each question has one cell. Nothing can be known
from the tokens alone, for they are drawn anew for every sequence.

The passage starts at one of some offsets. With one offset alone every cell is as many nodes away as any other, so that
its place gives the answer away; with several it does not. The last token of the passage is an answer only, and is left
out.
"""

from functools import lru_cache

import torch
from jaxtyping import Int
from torch import Tensor

from deref.tasks.layout import Layout, shareable
from evidence.config import config


@config
class InductionTask:
    """Predict the token that followed the current one at its earlier occurrence.

    Args:
        first: how many tokens stand in front of the repeat, all different.
        passage: how many of them come again, at least 2.
        offsets: where the passage may start among the first ones, increasing; one of them is drawn for each sequence.
        vocab: the number of distinct tokens.

    Raises:
        ValueError: fewer tokens than are to be different, or a passage that does not fit behind some offset.
    """

    first: int
    passage: int
    offsets: tuple[int, ...]
    vocab: int

    def __post_init__(self) -> None:
        for name, bound in {"passage": 2, "first": self.passage, "vocab": self.first}.items():
            value = getattr(self, name)
            if type(value) is not int or value < bound:
                raise ValueError(f"expected {name} to be an integer of at least {bound}, got {value!r}")
        most, given = self.first - self.passage, self.offsets
        if not (isinstance(given, tuple) and given and all(type(o) is int and 0 <= o <= most for o in given)
                and list(given) == sorted(set(given))):
            raise ValueError(f"expected offsets to be increasing integers from 0 to {most}, got {given!r}")

    @property
    def outputs(self) -> int:
        """The number of distinct answers: the tokens."""
        return self.vocab

    @property
    def length(self) -> int:
        """The number of positions: the first tokens, and the passage without its last."""
        return self.first + self.passage - 1

    @property
    def forms(self) -> tuple[str, ...]:
        """The forms: "all" is read at every node of the repeat, "last" at the last one."""
        return ("all", "last")

    def layout(self, form: str) -> Layout:
        """Return the layout of a form: one causal sequence.

        Raises:
            ValueError: another form.
        """
        self._check_form(form)
        return _layout(self.first, self.length, form == "last")

    def tokens(
        self, first: Int[Tensor, "batch token"], offsets: Int[Tensor, "batch"]
    ) -> Int[Tensor, "batch node"]:
        """Write sequences: their first tokens, then the passage from an offset on.

        Args:
            first: the first tokens, one row a sequence.
            offsets: where the passage of each sequence starts; not only those that are drawn.

        Raises:
            ValueError: rows of another length, or an offset behind which the passage does not fit.
        """
        if first.shape[-1] != self.first:
            raise ValueError(f"expected {self.first} first tokens a sequence, got {first.shape[-1]}")
        outside = offsets[(offsets < 0) | (offsets > self.first - self.passage)]
        if len(outside):
            raise ValueError(f"expected offsets from 0 to {self.first - self.passage}, got {int(outside[0])}")
        again = offsets[:, None] + torch.arange(self.passage - 1, device=offsets.device)
        return torch.cat([first, first.gather(1, again)], dim=1)

    def cells(self, tokens: Int[Tensor, "batch node"]) -> Int[Tensor, "batch readout"]:
        """Find the cell of every question: the node behind the one where its token stood first.

        Args:
            tokens: (batch, N).

        Returns:
            Nodes, in the order of the readouts of the form "all".

        Raises:
            ValueError: sequences of another length, or a question whose token no cell follows.
        """
        if tokens.shape[-1] != self.length:
            raise ValueError(f"expected sequences of {self.length} tokens, got {tokens.shape[-1]}")
        same = tokens[:, self.first :, None] == tokens[:, None, : self.first - 1]
        if not bool((same.sum(-1) == 1).all()):
            raise ValueError("expected every token of the repeat to stand once before the last of the first tokens")
        return same.int().argmax(-1) + 1

    def oracle(self, tokens: Int[Tensor, "batch node"]) -> Int[Tensor, "batch readout"]:
        """Answer every question from the tokens alone: what is in its cell.

        Raises:
            ValueError: as `cells`.
        """
        return tokens.gather(1, self.cells(tokens))

    def sample(
        self, n: int, form: str, generator: torch.Generator
    ) -> tuple[Int[Tensor, "batch node"], Int[Tensor, "batch readout"]]:
        """Draw n sequences with their answers.

        Args:
            n: the number of sequences.
            form: "all" or "last"; the tokens are the same.
            generator: the only source of randomness.

        Returns:
            Tokens (n, N) and answers (n, R).

        Raises:
            ValueError: another form.
        """
        self._check_form(form)
        first = torch.rand(n, self.vocab, generator=generator).argsort(1)[:, : self.first]
        drawn = torch.tensor(self.offsets)[torch.randint(len(self.offsets), (n,), generator=generator)]
        # One node further than the tokens: the answers are the passage without its first token.
        answers = first.gather(1, drawn[:, None] + torch.arange(1, self.passage))
        return self.tokens(first, drawn), answers if form == "all" else answers[:, -1:]

    def _check_form(self, form: str) -> None:
        if form not in self.forms:
            raise ValueError(f"expected a form of the induction task, one of {', '.join(self.forms)}, got {form!r}")


@lru_cache(maxsize=16)
@shareable
def _layout(first: int, length: int, last: bool) -> Layout:
    return Layout(
        positions=torch.arange(length),
        mask=torch.ones(length, length, dtype=torch.bool).tril(),
        readouts=torch.arange(length - 1 if last else first, length),
    )
