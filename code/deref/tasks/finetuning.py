"""Part of the questions of a notes task, so that facts can be trained in stages."""

import torch
from jaxtyping import Int
from torch import Tensor

from deref.tasks.context_recall import NotesTask
from deref.tasks.layout import Layout
from evidence.config import config


@config
class Lessons:
    """The notes task with only some of its questions asked; its tokens and facts are those of the whole task.

    Args:
        whole: the notes task.
        facts: the first fact that is asked for, and the one after the last.
        notes: whether the notes are asked for too.

    Raises:
        ValueError: no facts, or facts that the notes task does not have.
    """

    whole: NotesTask
    facts: tuple[int, int]
    notes: bool = True

    def __post_init__(self) -> None:
        if not isinstance(self.facts, tuple) or len(self.facts) != 2:
            raise ValueError(f"expected facts to be a pair of numbers, got {self.facts!r}")
        first, end = self.facts
        if not 0 <= first < end <= self.whole.facts:
            raise ValueError(f"expected facts from 0 to {self.whole.facts}, at least one, got {first} to {end}")

    @property
    def vocab(self) -> int:
        """The tokens of the whole task."""
        return self.whole.vocab

    @property
    def outputs(self) -> int:
        """The answers of the whole task."""
        return self.whole.outputs

    @property
    def length(self) -> int:
        """The positions of the whole task."""
        return self.whole.length

    @property
    def forms(self) -> tuple[str, ...]:
        """The forms of the whole task."""
        return self.whole.forms

    @property
    def asked(self) -> Int[Tensor, "readout"]:
        """Which of the whole task's questions are asked, in its order."""
        notes = torch.arange(self.whole.notes if self.notes else 0)
        return torch.cat([notes, self.whole.notes + torch.arange(*self.facts)])

    def layout(self, form: str) -> Layout:
        """The whole task's layout without the questions that are not asked.

        Raises:
            ValueError: a form that the notes task does not have.
        """
        whole, nodes = self.whole.layout(form), self._nodes
        return Layout(positions=whole.positions[nodes], mask=whole.mask[nodes][:, nodes],
                      readouts=torch.arange(self.whole.context, len(nodes)))

    def sample(
        self, n: int, form: str, generator: torch.Generator
    ) -> tuple[Int[Tensor, "batch node"], Int[Tensor, "batch readout"]]:
        """Draw n contexts with the answers to the questions that are asked.

        Args:
            n: the number of contexts.
            form: one of the whole task's.
            generator: the only source of randomness.

        Returns:
            Tokens (n, N) and answers (n, R).

        Raises:
            ValueError: a form that the notes task does not have.
        """
        tokens, answers = self.whole.sample(n, form, generator)
        return tokens[:, self._nodes], answers[:, self.asked]

    @property
    def _nodes(self) -> Tensor:
        return torch.cat([torch.arange(self.whole.context), self.whole.context + self.asked])
