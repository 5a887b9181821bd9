"""Associative recall: pairs of a key and a value, then every key again, each to be answered with its value.

Worked example with three pairs, keys A to D and values 0 to 3:

    context        questions   answers
    B 2 D 0 A 2    A B D       2 2 0

Which keys occur, their values and both orders are drawn anew for every sequence, so nothing but the context can tell.
Keys and values are tokens of their own: a question is a single token, and its answer stands right behind the first
token that is the same.
"""

import torch
from jaxtyping import Int
from torch import Tensor

from deref.tasks.layout import Layout
from evidence.config import config


@config
class AssociativeRecallTask:
    """Say the value of every key.

    Args:
        pairs: how many pairs of a key and a value there are, each key once.
        vocab: the number of distinct tokens: the first half are keys, the other values.

    Raises:
        ValueError: no pairs, a vocabulary that is no even number, or more pairs than it has keys.

    Source:
        Arora et al., Zoology: Measuring and Improving Recall in Efficient Language Models (2023), section 3; there
        the questions stand at distances drawn from a power law, here right behind the pairs.
    """

    pairs: int
    vocab: int = 256

    def __post_init__(self) -> None:
        for name, least in (("pairs", 1), ("vocab", 4)):
            value = getattr(self, name)
            if type(value) is not int or value < least:
                raise ValueError(f"expected {name} to be a whole number of at least {least}, got {value!r}")
        if self.vocab % 2:
            raise ValueError(f"expected a vocabulary of as many keys as values, got {self.vocab} tokens")
        if self.pairs > self.outputs:
            raise ValueError(f"expected at most as many pairs as keys, got {self.pairs} pairs of {self.outputs} keys")

    @property
    def outputs(self) -> int:
        """The number of distinct answers, which is the number of values and also that of keys."""
        return self.vocab // 2

    @property
    def length(self) -> int:
        """The number of positions: two for a pair, and one for its question."""
        return 3 * self.pairs

    @property
    def forms(self) -> tuple[str, ...]:
        """The one form: a sequence."""
        return ("flat",)

    def layout(self, form: str) -> Layout:
        """Return the layout: one causal sequence, read at every question.

        Raises:
            ValueError: another form.
        """
        self._check_form(form)
        return Layout(positions=torch.arange(self.length),
                      mask=torch.ones(self.length, self.length, dtype=torch.bool).tril(),
                      readouts=torch.arange(2 * self.pairs, self.length))

    def sample(
        self, n: int, form: str, generator: torch.Generator
    ) -> tuple[Int[Tensor, "batch node"], Int[Tensor, "batch readout"]]:
        """Draw n sequences; keys without replacement, values with it, the questions in an order of their own.

        Args:
            n: the number of sequences.
            form: "flat".
            generator: the only source of randomness.

        Returns:
            Tokens (n, N), and the value asked for at each question, counted from 0 (n, R).

        Raises:
            ValueError: another form.
        """
        self._check_form(form)
        keys = torch.rand(n, self.outputs, generator=generator).argsort(1)[:, : self.pairs]
        values = torch.randint(self.outputs, (n, self.pairs), generator=generator)
        order = torch.rand(n, self.pairs, generator=generator).argsort(1)
        context = torch.stack([keys, self.outputs + values], dim=2).flatten(1)
        return torch.cat([context, keys.gather(1, order)], dim=1), values.gather(1, order)

    def oracle(self, tokens: Int[Tensor, "batch node"]) -> Int[Tensor, "batch readout"]:
        """Answer by looking each question up among the keys.

        Args:
            tokens: sequences of this task.

        Raises:
            ValueError: a question that is not exactly one of the keys.
        """
        context = tokens[:, : 2 * self.pairs].unflatten(1, (self.pairs, 2))
        same = tokens[:, 2 * self.pairs :, None] == context[:, None, :, 0]
        if not bool((same.sum(-1) == 1).all()):
            raise ValueError("expected every question to be exactly one of the keys of its sequence")
        return context[..., 1].gather(1, same.int().argmax(-1)) - self.outputs

    def _check_form(self, form: str) -> None:
        if form not in self.forms:
            raise ValueError(f"expected a form of the task, one of {', '.join(self.forms)}, got {form!r}")
