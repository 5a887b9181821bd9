"""What every task offers: a size, layouts for its forms, and a sampler that needs no global state."""

from typing import Protocol, runtime_checkable

import torch
from jaxtyping import Int
from torch import Tensor

from deref.tasks.layout import Layout


@runtime_checkable
class Task(Protocol):
    """A task that a model can be trained on; a task is also a registered configuration.

    A form names one way to lay the same question out ("flat", "trie", ...); all forms of a task share its vocabulary,
    its positions and its answers, so a model trained on one form can be read on another.
    """

    @property
    def vocab(self) -> int:
        """The number of distinct tokens."""

    @property
    def outputs(self) -> int:
        """The number of distinct answers."""

    @property
    def length(self) -> int:
        """The number of positions that layouts refer to."""

    @property
    def forms(self) -> tuple[str, ...]:
        """The names of the forms the task can be laid out in."""

    def layout(self, form: str) -> Layout:
        """Return the layout of a form; ValueError where the task has no such form."""

    def sample(
        self, n: int, form: str, generator: torch.Generator
    ) -> tuple[Int[Tensor, "batch node"], Int[Tensor, "batch readout"]]:
        """Draw n sequences of a form, with the right answer at each readout."""
