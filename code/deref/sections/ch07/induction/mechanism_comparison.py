"""Section "Induction heads", its end: the pointer model and the induction model under the same probes."""

from dataclasses import dataclass
from functools import cache

import numpy as np
import torch
from jaxtyping import Float, Int
from matplotlib.figure import Figure
from torch import Tensor

from deref.figures.growth import by_seed
from deref.figures.maps import columns
from deref.figures.style import subplots
from deref.model.taps import Site
from deref.model.transformer import Transformer
from deref.probes.base.memories import probe_memories
from deref.probes.base.pairs import Pairs, pointer_pairs
from deref.probes.base.tappable import every_head
from deref.probes.interventions.ablation import ablate
from deref.probes.interventions.activation_patches import patch_stream
from deref.probes.interventions.path_patching import path_patch
from deref.probes.interventions.path_runs import EMBEDDING
from deref.probes.measures.induction import looks, questions
from deref.probes.pointer.coverage import attention_coverage
from deref.sections.ch07.induction.induction import TWO, drawn, learned, sequences
from deref.sections.shared.models import legible_8
from deref.sections.shared.solving import solving
from deref.tasks.layout import Layout
from deref.tasks.pointer import PointerTask
from evidence.results import mean_t, result
from evidence.results.estimate import Estimate
from evidence.runs import Run, Store

PAIRS, MEMORIES = 128, 48
FIRST_LAYER = Site("attn_out", 0)


@dataclass(frozen=True, kw_only=True, eq=False)
class Kin:
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
def pointer_kin(run: Run) -> Kin:
    """The pointer model of eight cells."""
    task, model = run.config.task, run.model
    memories = probe_memories(task)
    # In no order, since every so-and-so-many-th memory, as they are counted, has cells that never change.
    some = memories[torch.randperm(len(memories), generator=drawn("memories"))[:MEMORIES]]
    solved = solving(run)
    content, every = pointer_pairs(task, some), pointer_pairs(task, memories)
    return Kin(model=model, solved=solved, seeds=tuple(run.seeds[i] for i in solved), guess=0.5,
               layout=task.layout("flat"), tokens=every.clean, targets=every.answers[:, None], front=task.M,
               content=content, cell=torch.arange(task.M).repeat(len(some)), question=other_addresses(task, some),
               weight=attention_coverage(model, task, memories).best.mean(1))


@cache
def induction_kin(run: Run) -> Kin:
    """The induction model."""
    task, model = run.config.task, run.model
    tokens, targets = sequences(task)
    solved = learned(run)
    content = questions(task, PAIRS, "content", drawn("content"))
    return Kin(model=model, solved=tuple(solved), seeds=tuple(run.seeds[i] for i in solved),
               guess=1 / len(task.offsets), layout=task.layout("all"), tokens=tokens, targets=targets,
               front=task.first, content=content.pairs, cell=content.cell,
               question=questions(task, PAIRS, "question", drawn("question")).pairs,
               weight=looks(model, task, tokens).induction[-1].amax(-1))


KIN = {"pointer": (pointer_kin, legible_8), "induction": (induction_kin, TWO)}


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


@cache
def recovered_at(kin: Kin) -> dict[str, np.ndarray]:
    """Recovery where the content of a cell is patched: (seed, row) at the cell and at the readout; solving seeds."""
    found = patch_stream(kin.model, kin.content).recovery[list(kin.solved)]
    at_cell = found.gather(-1, kin.cell[None, :, None, None].expand(*found.shape[:3], 1))[..., 0]
    return {"cell": at_cell.nanmean(1).numpy(), "readout": found[..., -1].nanmean(1).numpy()}


@cache
def lost(kin: Kin, where: str) -> np.ndarray:
    """The share of right answers beyond a guess that is lost without layer 1 at some nodes (seed,); solving seeds."""
    nodes = {"everywhere": None, "cells": range(kin.front), "question": range(kin.front, kin.layout.size)}[where]
    found = ablate(kin.model, kin.tokens, kin.layout, kin.targets, [[FIRST_LAYER]], nodes=nodes)
    before, after = found.accuracy_before(), found.accuracy()[0]
    return ((before - after) / (before - kin.guess))[list(kin.solved)].numpy()


@cache
def heard(pairs: Pairs, kin: Kin, into: str) -> np.ndarray:
    """How much of the answer follows the wires into layer 2, from layer 1 and from the embedding (sender, seed).

    Args:
        pairs: what the clean and the corrupted run differ in.
        kin: the model.
        into: "q", "k" or "v".
    """
    heads = [head for head in every_head(2, kin.model.config.heads) if head.layer == 1]
    found = path_patch(kin.model, pairs, into=into, receivers=heads, senders=[FIRST_LAYER, EMBEDDING], batch=64)
    return found.mean()[list(kin.solved)].T.numpy()


def _declare(name: str) -> None:
    build, chosen = KIN[name]

    def put(key: str, title: str, values) -> None:
        @result(f"kinship.{name}.{key}", title=f"{title}, {name} model", format=".2f")
        def measured(store: Store) -> Estimate:
            return mean_t(np.asarray(values(build(chosen.run(store))), dtype=float))

    put("weight", "Weight on the cell, last layer", lambda kin: kin.weight[list(kin.solved)])
    put("cell-after-1", "Recovery at the cell after layer 1", lambda kin: recovered_at(kin)["cell"][:, 1])
    put("readout-after-1", "Recovery at the readout after layer 1", lambda kin: recovered_at(kin)["readout"][:, 1])
    for where in ("everywhere", "cells", "question"):
        put(f"off-{where}", f"Share of right answers lost without layer 1, {where}",
            lambda kin, where=where: lost(kin, where))
    put("side", "What is lost without layer 1 at the question, minus what is lost without it at the cells",
        lambda kin: lost(kin, "question") - lost(kin, "cells"))
    for into, what in (("q", "queries"), ("k", "keys"), ("v", "values")):
        put(f"question-{into}", f"Answer that follows layer 1 into the {what} of layer 2 when the question changes",
            lambda kin, into=into: heard(kin.question, kin, into)[0])
    put("question-own", "Answer that follows the readout's own token into the queries of layer 2",
        lambda kin: heard(kin.question, kin, "q")[1])


for _name in KIN:
    _declare(_name)


def traces() -> tuple[Figure, dict[str, list]]:
    """Recovery at the cell and at the readout by row, thin for each solving seed and thick for their mean."""
    figure, axes = subplots(1, 2, sharey=True, height=3.2)
    data: dict[str, list] = {}
    for ax, (name, (build, chosen)) in zip(axes, KIN.items(), strict=True):
        kin = build(chosen.run())
        for (place, found), colour, mark in zip(recovered_at(kin).items(), ("blue", "vermilion"), "os", strict=True):
            by_seed(ax, range(3), found, colour, mark, place)
            table = columns("recovery", found[None, None], model=[name], place=[place], seed=kin.seeds, row=range(3))
            data = {key: data.get(key, []) + values for key, values in table.items()}
        ax.set(title=f"{name} model", xlabel="patched after layer", xticks=range(3))
    axes[0].set_ylabel("recovery")
    axes[1].legend(loc="center left")
    return figure, data
