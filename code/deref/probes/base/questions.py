"""Questions: sequences with their answers, named places in them, and a source of other sequences."""

import dataclasses
from collections.abc import Callable, Mapping

import torch
from jaxtyping import Bool, Int
from torch import Tensor

from deref.tasks.layout import Layout
from deref.tasks.pointer import PointerTask

OWN = "own"
"""The place that is the node itself, wherever an activation is read."""


@dataclasses.dataclass(frozen=True, kw_only=True, eq=False)
class Questions:
    """Sequences with their answers, the places of their tokens, and where other sequences come from.

    Args:
        layout: of the sequences; it has one readout.
        tokens: (question, node).
        answers: the right ones.
        places: sets of nodes by name, for each question: a hypothesis names tokens and nodes by them.
        draw: gives a number of fresh sequences.
    """

    layout: Layout
    tokens: Int[Tensor, "question node"]
    answers: Int[Tensor, "question"]
    places: Mapping[str, Bool[Tensor, "question node"]]
    draw: Callable[[int], Int[Tensor, "question node"]]

    def __len__(self) -> int:
        return len(self.answers)

    def __getitem__(self, which: slice) -> "Questions":
        """Some of the questions."""
        places = {name: here[which] for name, here in self.places.items()}
        return dataclasses.replace(self, tokens=self.tokens[which], answers=self.answers[which], places=places)


def pointer_questions(
    task: PointerTask, memories: Int[Tensor, "memory cell"], generator: torch.Generator
) -> Questions:
    """Ask for every address of some memories.

    The places are "cells", "addressed cell", "other cells", "address", and each address bit, "bit 0" the first.

    Args:
        task: the pointer task.
        memories: bits, (memory, cell).
        generator: draws donors: memories of fair bits, and addresses that the task has.
    """
    addresses = torch.arange(task.M).repeat(len(memories))
    node = torch.arange(task.T).expand(len(addresses), -1)
    cells, addressed = node < task.M, node == addresses[:, None]
    places = {"cells": cells, "addressed cell": addressed, "other cells": cells & ~addressed, "address": ~cells}
    places |= {f"bit {i}": node == task.M + i for i in range(task.A)}
    return Questions(layout=task.layout("flat"), answers=memories.flatten(), places=places,
                     tokens=task.tokens(memories.repeat_interleave(task.M, dim=0), addresses),
                     draw=lambda n: task.sample(n, "flat", generator)[0])
