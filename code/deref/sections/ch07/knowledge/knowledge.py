"""Section "Adding knowledge": facts taught to the MLPs alone, and to attention alone, and what it does to lookups."""

from dataclasses import dataclass, replace
from functools import cache

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

taught = experiment(
    "knowledge",
    about="Two layers learn notes and 32 facts; copies learn 32 more facts with the MLPs alone or attention alone.",
    config=LessonsConfig(first=_FIRST, then=tuple(
        Lesson(name=f"{part}-{way}", part=part, train=replace(_THEN, task=task))
        for way, task in _NEW.items() for part in PARTS)),
    seeds=range(5),
)
COPIES = tuple(lesson.name for lesson in taught.config.then)


@dataclass(frozen=True, kw_only=True, eq=False)
class Asked:
    """What one copy answers, and how its patterns differ from those of the model that it was copied from.

    Args:
        notes: share of questions about notes answered correctly.
        old: share of the facts of the first helping answered correctly.
        new: share of the facts of the second helping answered correctly.
        moved: share of the attention weight of a question about a note that lies elsewhere than before.
    """

    notes: Float[np.ndarray, "seed"]
    old: Float[np.ndarray, "seed"]
    new: Float[np.ndarray, "seed"]
    moved: Float[np.ndarray, "layer seed"]


def asked(name: str, store: Store | None = None) -> Asked:
    """Ask one copy everything: "first" as it was before the new facts, or one of `COPIES`."""
    return _asked(taught.run(store or default_store()), name)


@cache
@torch.no_grad()
def _asked(run: Run, name: str) -> Asked:
    tokens, answers, _ = NOTES.draw(_CONTEXTS, torch.Generator().manual_seed(7_000_003))
    layout, rows = NOTES.layout("placed"), slice(NOTES.context, NOTES.context + NOTES.notes)
    before, now = (run.model[one].read(tokens, layout, ["pattern"]) for one in ("first", name))
    right = (now.logits.argmax(-1) == answers).double()
    # Total variation: half of the sum of what was gained and what was lost.
    moved = (now.pattern - before.pattern)[:, :, :, 0, rows].abs().sum(-1).double().mean((2, 3)) / 2
    notes, old, new = (part.mean((1, 2)).numpy() for part in right.split([NOTES.notes, OLD, NOTES.facts - OLD], -1))
    return Asked(notes=notes, old=old, new=new, moved=moved.numpy())


def _declare(name: str, what: str) -> None:
    def put(key: str, title: str, values) -> None:
        @result(f"knowledge.{name}.{key}", title=f"{title}, {what}", format=".1%")
        def share(store: Store) -> Estimate:
            return mean_t(values(asked(name, store)), bounds=(0, 1))

    put("notes", "Notes found", lambda a: a.notes)
    put("old", "Old facts known", lambda a: a.old)
    put("new", "New facts known", lambda a: a.new)
    if name != "first":
        @result(f"knowledge.{name}.lost", title=f"Notes found before and no longer, net, {what}", format=".1%")
        def lost(store: Store) -> Estimate:
            return mean_t(asked("first", store).notes - asked(name, store).notes)

        for layer in range(taught.config.first.model.layers):
            put(f"moved.{layer + 1}", f"Attention weight that moved in layer {layer + 1}",
                lambda a, layer=layer: a.moved[layer])


_WHAT = {"alone": "on new facts alone", "mixed": "on new facts, old facts and notes"}
_declare("first", "before the new facts")
for _lesson in taught.config.then:
    _part, _, _way = _lesson.name.partition("-")
    _declare(_lesson.name, f"{'MLPs' if _part == 'mlp' else 'attention'} trained {_WHAT[_way]}")


@result("knowledge.chance", title="New facts known by guessing", format=".0%")
def chance(store: Store) -> Estimate:
    return exact(1 / NOTES.values, "one of four answers, all equally frequent")


def _numbers(part: str, store: Store) -> Estimate:
    model = taught.run(store).model["first"]
    count = sum(value[0].numel() for name, value in model.named_parameters()
                if any(f".{matrix}." in name for matrix in PARTS[part]))
    return exact(count, "counted")


@result("knowledge.mlp.numbers", title="Parameters of the MLPs of one seed", format=",d")
def mlp_numbers(store: Store) -> Estimate:
    return _numbers("mlp", store)


@result("knowledge.attention.numbers", title="Parameters of attention of one seed", format=",d")
def attention_numbers(store: Store) -> Estimate:
    return _numbers("attention", store)


def lessons() -> tuple[Figure, dict[str, list]]:
    """New facts and lookups of every copy, one point a seed."""
    names = ("first", *COPIES)
    labels = ["before", *(name.replace("-", "s,\n" if name.startswith("mlp") else ",\n").replace("mlp", "MLP")
                          for name in COPIES)]
    found = [asked(name) for name in names]
    figure, axes = subplots(1, 2, sharey=True, height=3.0)
    tables = np.stack([np.stack([one.new for one in found]), np.stack([one.notes for one in found])])
    for ax, values, title, colour in zip(axes, tables, ("new facts known", "notes found"), ("green", "vermilion"),
                                         strict=True):
        for row, seeds in enumerate(values):
            ax.plot(seeds, row + np.linspace(-0.2, 0.2, len(seeds)), "o", color=PALETTE[colour], alpha=0.8)
        ax.set(title=title, xlim=(0, 1.03), ylim=(len(names) - 0.5, -0.5))
    axes[0].set_yticks(range(len(names)), labels)
    return figure, maps.columns("share", tables, what=["new facts", "notes"], copy=names, seed=taught.seeds)
