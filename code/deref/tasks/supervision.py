"""The pointer task under another supervision or mask: what a model is told while it trains, and what it may see.

    every   the loss counts at all positions, each of which predicts the token behind it; the last predicts the answer
    query   a token of its own is appended behind the address, and the answer is read there
    both    memory and address see each other in both directions: no causal mask
"""

import torch
from jaxtyping import Int
from torch import Tensor

from deref.tasks.layout import Layout
from deref.tasks.pointer import PointerTask
from evidence.config import config

KINDS = ("every", "query", "both")
QUERY = 2
"""The token that asks, beside the bits 0 and 1."""


@config
class SupervisedPointer:
    """The pointer task, told otherwise.

    Args:
        M: the number of memory cells, at least 2.
        kind: one of `KINDS`.

    Raises:
        ValueError: as `PointerTask`, or an unknown kind.
    """

    M: int
    kind: str

    def __post_init__(self) -> None:
        PointerTask(M=self.M)
        if self.kind not in KINDS:
            raise ValueError(f"expected a kind of supervision, one of {', '.join(KINDS)}, got {self.kind!r}")

    @property
    def pointer(self) -> PointerTask:
        """The task itself."""
        return PointerTask(M=self.M)

    @property
    def length(self) -> int:
        """The number of positions."""
        return self.pointer.T + (self.kind == "query")

    @property
    def vocab(self) -> int:
        """The number of distinct tokens."""
        return 3 if self.kind == "query" else 2

    @property
    def outputs(self) -> int:
        """The number of distinct answers: the bits 0 and 1."""
        return 2

    @property
    def forms(self) -> tuple[str, ...]:
        """The forms: what is trained, "flat"; where the loss counts at all positions, "trie" asks for answers alone."""
        return ("flat", "trie") if self.kind == "every" else ("flat",)

    def layout(self, form: str) -> Layout:
        """Return the layout of a form.

        Raises:
            ValueError: another form.
        """
        self._check_form(form)
        if form == "trie":
            return self.pointer.layout("trie")
        size = self.length
        mask = torch.ones(size, size, dtype=torch.bool)
        return Layout(positions=torch.arange(size), mask=mask if self.kind == "both" else mask.tril(),
                      readouts=torch.arange(size) if self.kind == "every" else torch.tensor([size - 1]))

    def sample(
        self, n: int, form: str, generator: torch.Generator
    ) -> tuple[Int[Tensor, "batch node"], Int[Tensor, "batch readout"]]:
        """Draw n sequences of a form, with the right answer at each readout.

        Raises:
            ValueError: another form.
        """
        self._check_form(form)
        tokens, answers = self.pointer.sample(n, form, generator)
        if form == "trie" or self.kind == "both":
            return tokens, answers
        if self.kind == "query":
            return torch.cat([tokens, torch.full((n, 1), QUERY)], dim=1), answers
        return tokens, torch.cat([tokens[:, 1:], answers], dim=1)

    def _check_form(self, form: str) -> None:
        if form not in self.forms:
            raise ValueError(f"expected a form of the task, one of {', '.join(self.forms)}, got {form!r}")
