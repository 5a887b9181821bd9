"""Section "Adding knowledge": new facts trained into the MLPs alone or attention alone, and what lookups lose."""

from dataclasses import dataclass, replace
from functools import cache
from typing import NamedTuple

import numpy as np
import torch
from jaxtyping import Float
from matplotlib.figure import Figure

from deref.experiment import experiment
from deref.figures import maps
from deref.figures.style import PALETTE, subplots
from deref.model.config import ModelConfig
from deref.tasks.context_recall import NotesTask
from deref.tasks.finetuning import Lessons
from deref.train.config import TrainConfig
from deref.train.finetuning import PARTS, Lesson, LessonsConfig
from evidence.results import exact, mean_t, result
from evidence.results.estimate import Estimate
from evidence.runs import Run, Store, default_store

NOTES = NotesTask(context=16, notes=4, keys=16, values=4, facts=64)
OLD = NOTES.facts // 2
_CONTEXTS = 256  # that every model is asked in, the same for all

_FIRST = TrainConfig(
    task=Lessons(whole=NOTES, facts=(0, OLD)), form="placed",
    model=ModelConfig(vocab=NOTES.vocab, outputs=NOTES.outputs, length=NOTES.length, layers=2, heads=1, width=32,
                      mlp=64, positions="sinusoidal", token_std=0.5),
    # With 600 steps, as up to version 0.2.0, some notes are not yet found before the new facts come.
    steps=1_200, batch=12, lr=3e-3, schedule="cosine", eval_every=100,
)
_NEW = {"alone": Lessons(whole=NOTES, facts=(OLD, NOTES.facts), notes=False),
        "mixed": Lessons(whole=NOTES, facts=(0, NOTES.facts))}
_THEN = replace(_FIRST, steps=200, lr=1e-3, warmup=20, eval_every=50)

finetuned = experiment(
    "knowledge",
    about="Two layers learn notes and 32 facts; copies learn 32 more facts with the MLPs alone or attention alone.",
    config=LessonsConfig(first=_FIRST, then=tuple(
        Lesson(name=f"{part}-{way}", part=part, train=replace(_THEN, task=task))
        for way, task in _NEW.items() for part in PARTS)),
    seeds=range(5),
)


class Part(NamedTuple):
    """A part of a model that can be trained by itself."""

    matrices: tuple[str, ...]
    what: str  # in words


class Copy(NamedTuple):
    """One of the models that a run holds: as it was before the new facts, or a copy that learned them."""

    name: str
    what: str  # in words


MODEL_PARTS = {"mlp": Part(PARTS["mlp"], "the MLPs"), "attention": Part(PARTS["attention"], "attention")}
FIRST = Copy("first", "before the new facts")
COPIES = {f"{part}-{way}": Copy(f"{part}-{way}", f"{trained} trained {on}")
          for way, on in (("alone", "on new facts alone"), ("mixed", "on new facts, old facts and notes"))
          for part, trained in (("mlp", "MLPs"), ("attention", "attention"))}
ALL = {FIRST.name: FIRST, **COPIES}
LAYERS = range(_FIRST.model.layers)


@dataclass(frozen=True, kw_only=True, eq=False)
class Answers:
    """What one copy answers, and how its patterns differ from those of the model that it was copied from.

    Args:
        notes: share of questions about notes answered correctly.
        old: share of the facts of the first training answered correctly.
        new: share of the facts of the second training answered correctly.
        moved: share of the attention weight of a question about a note that lies elsewhere than before.
    """

    notes: Float[np.ndarray, "seed"]
    old: Float[np.ndarray, "seed"]
    new: Float[np.ndarray, "seed"]
    moved: Float[np.ndarray, "layer seed"]


def answers(copy: Copy, store: Store | None = None) -> Answers:
    """Ask one copy every question.

    Args:
        copy: one of `ALL`.
        store: where runs are kept; None is the process's own store.
    """
    return _answers(finetuned.run(store or default_store()), copy.name)


@cache
@torch.no_grad()
def _answers(run: Run, name: str) -> Answers:
    tokens, wanted, _ = NOTES.draw(_CONTEXTS, torch.Generator().manual_seed(7_000_003))
    layout, rows = NOTES.layout("placed"), slice(NOTES.context, NOTES.context + NOTES.notes)
    before, now = (run.model[one].read(tokens, layout, ["pattern"]) for one in ("first", name))
    right = (now.logits.argmax(-1) == wanted).double()
    # Total variation: half of the sum of what was gained and what was lost.
    moved = (now.pattern - before.pattern)[:, :, :, 0, rows].abs().sum(-1).double().mean((2, 3)) / 2
    notes, old, new = (part.mean((1, 2)).numpy() for part in right.split([NOTES.notes, OLD, NOTES.facts - OLD], -1))
    return Answers(notes=notes, old=old, new=new, moved=moved.numpy())


@result.each(ALL, "knowledge.{copy}.notes", title="Notes found, {member.what}")
def notes_found(store: Store, copy: Copy) -> Estimate:
    return mean_t(answers(copy, store).notes, bounds=(0, 1))


@result.each(ALL, "knowledge.{copy}.old", title="Old facts known, {member.what}")
def old_facts_known(store: Store, copy: Copy) -> Estimate:
    return mean_t(answers(copy, store).old, bounds=(0, 1))


@result.each(ALL, "knowledge.{copy}.new", title="New facts known, {member.what}")
def new_facts_known(store: Store, copy: Copy) -> Estimate:
    return mean_t(answers(copy, store).new, bounds=(0, 1))


@result.each(COPIES, "knowledge.{copy}.lost", title="Notes found before and no longer, net, {member.what}")
def notes_lost(store: Store, copy: Copy) -> Estimate:
    return mean_t(answers(FIRST, store).notes - answers(copy, store).notes)


@result.each({(name, str(layer + 1)): (copy, layer) for name, copy in COPIES.items() for layer in LAYERS},
             "knowledge.{copy}.moved.{layer}",
             title="Attention weight that moved in layer {layer}, {member[0].what}")
def weight_moved(store: Store, where: tuple[Copy, int]) -> Estimate:
    copy, layer = where
    return mean_t(answers(copy, store).moved[layer], bounds=(0, 1))


@result("knowledge.chance", title="New facts known by guessing", format=".0%")
def chance(store: Store) -> Estimate:
    return exact(1 / NOTES.values, "one of four answers, all equally frequent")


@result.each(MODEL_PARTS, "knowledge.{part}.numbers", title="Parameters of {member.what} of one seed", format=",d")
def parameters(store: Store, part: Part) -> Estimate:
    model = finetuned.run(store).model["first"]
    count = sum(value[0].numel() for name, value in model.named_parameters()
                if any(f".{matrix}." in name for matrix in part.matrices))
    return exact(count, "counted")


def finetuned_shares() -> tuple[Figure, dict[str, list]]:
    """New facts and lookups of every copy, one point a seed."""
    labels = ["before", *(name.replace("-", "s,\n" if name.startswith("mlp") else ",\n").replace("mlp", "MLP")
                          for name in COPIES)]
    found = [answers(copy) for copy in ALL.values()]
    figure, axes = subplots(1, 2, sharey=True, height=3.0)
    tables = np.stack([np.stack([one.new for one in found]), np.stack([one.notes for one in found])])
    for ax, values, title, colour in zip(axes, tables, ("new facts known", "notes found"), ("green", "vermilion"),
                                         strict=True):
        for row, seeds in enumerate(values):
            ax.plot(seeds, row + np.linspace(-0.2, 0.2, len(seeds)), "o", color=PALETTE[colour], alpha=0.8)
        ax.set(title=title, xlim=(0, 1.03), ylim=(len(found) - 0.5, -0.5))
    axes[0].set_yticks(range(len(found)), labels)
    return figure, maps.columns("share", tables, what=["new facts", "notes"], copy=list(ALL), seed=finetuned.seeds)
