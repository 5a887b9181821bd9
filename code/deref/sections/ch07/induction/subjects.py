"""Section "Induction heads", its end: the pointer model and the induction model, made ready for the same probes."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import NamedTuple

import torch
from jaxtyping import Float, Int
from torch import Tensor

from deref.experiment import Experiment
from deref.model.transformer import Transformer
from deref.probes.base.memories import probe_memories
from deref.probes.base.pairs import Pairs, pointer_pairs
from deref.probes.measures.induction import looks, questions
from deref.probes.pointer.coverage import attention_coverage
from deref.sections.ch07.induction.induction import TWO, drawn, learned, sequences
from deref.sections.shared.models import legible_8
from deref.sections.shared.solving import solving
from deref.tasks.layout import Layout
from deref.tasks.pointer import PointerTask
from evidence.runs import Run, Store

PAIRS, MEMORIES = 128, 48


@dataclass(frozen=True, kw_only=True, eq=False)
class Subject:
    """One of the two models, as the probes need it.

    Args:
        model: all seeds.
        solved: the places of those that solve their task.
        seeds: their seeds.
        guess: the share of right answers of a guess.
        layout: of the sequences to ablate on.
        tokens: those sequences.
        targets: their answers.
        front: the number of nodes that can be cells; the question stands behind them.
        content: pairs whose cells hold different things.
        cell: the cell of each of these pairs.
        question: pairs whose questions ask for different cells.
        weight: on the cell, of the last layer, (seed,).
    """

    model: Transformer
    solved: tuple[int, ...]
    seeds: tuple[int, ...]
    guess: float
    layout: Layout
    tokens: Int[Tensor, "batch node"]
    targets: Int[Tensor, "batch readout"]
    front: int
    content: Pairs
    cell: Int[Tensor, "pair"]
    question: Pairs
    weight: Float[Tensor, "seed"]


@cache
def pointer_subject(run: Run) -> Subject:
    """The pointer model of eight cells.

    Args:
        run: on the pointer task.
    """
    task, model = run.config.task, run.model
    memories = probe_memories(task)
    # In no order, since memories at equal steps, as they are counted, have cells that never change.
    some = memories[torch.randperm(len(memories), generator=drawn("memories"))[:MEMORIES]]
    solved = solving(run)
    content, every = pointer_pairs(task, some), pointer_pairs(task, memories)
    return Subject(model=model, solved=solved, seeds=tuple(run.seeds[i] for i in solved), guess=0.5,
               layout=task.layout("flat"), tokens=every.clean, targets=every.answers[:, None], front=task.M,
               content=content, cell=torch.arange(task.M).repeat(len(some)), question=other_addresses(task, some),
               weight=attention_coverage(model, task, memories).best.mean(1))


@cache
def induction_subject(run: Run) -> Subject:
    """The induction model.

    Args:
        run: on the induction task.
    """
    task, model = run.config.task, run.model
    tokens, targets = sequences(task)
    solved = learned(run)
    content = questions(task, PAIRS, "content", drawn("content"))
    return Subject(model=model, solved=tuple(solved), seeds=tuple(run.seeds[i] for i in solved),
               guess=1 / len(task.offsets), layout=task.layout("all"), tokens=tokens, targets=targets,
               front=task.first, content=content.pairs, cell=content.cell,
               question=questions(task, PAIRS, "question", drawn("question")).pairs,
               weight=looks(model, task, tokens).induction[-1].amax(-1))


def other_addresses(task: PointerTask, memories: Int[Tensor, "memory cell"]) -> Pairs:
    """Pair every address of every memory with those that differ in one bit and ask for a different value.

    Args:
        task: the pointer task, its number of cells a power of two.
        memories: bits, (memory, cell).
    """
    memory, address, bit = torch.meshgrid(torch.arange(len(memories)), torch.arange(task.M), torch.arange(task.A),
                                          indexing="ij")
    other = address ^ (1 << bit)
    answers, others = memories[memory, address], memories[memory, other]
    which = answers != others
    clean, corrupted = (task.tokens(memories[memory[which]], asked[which]) for asked in (address, other))
    return Pairs(layout=task.layout("flat"), clean=clean, corrupted=corrupted, answers=answers[which],
                 others=others[which])


class Compared(NamedTuple):
    """One of the two models that are compared: an experiment, and how the probes get at it."""

    experiment: Experiment
    subject: Callable[[Run], Subject]

    def on(self, store: Store | None = None) -> Subject:
        """The model as the probes need it, from a run of a store; None is the process's own store."""
        return self.subject(self.experiment.run(store))


MODELS = {"pointer": Compared(legible_8, pointer_subject), "induction": Compared(TWO, induction_subject)}
