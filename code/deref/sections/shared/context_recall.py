"""The models that longer contexts are tried on: trained on notes and facts, then asked in contexts of other lengths."""

from dataclasses import dataclass, replace
from functools import cache

import numpy as np
import torch
from jaxtyping import Bool, Float

from deref.experiment import Experiment, experiment
from deref.model.config import ModelConfig
from deref.model.transformer import Transformer
from deref.tasks.context_recall import NotesTask
from deref.tasks.layout import Layout
from deref.train.config import TrainConfig
from evidence.runs import Run, Store

TASK = NotesTask(context=32, notes=8, keys=32, values=4, facts=32)
_CONTEXTS, _PIECE = 128, 16  # contexts that each length is measured on, and how many of them at a time

_RECIPE = TrainConfig(
    task=TASK, form="placed",
    model=ModelConfig(vocab=TASK.vocab, outputs=TASK.outputs, length=TASK.length, layers=1, heads=1, width=32, mlp=64,
                      positions="sinusoidal", token_std=0.5),
    steps=1_200, batch=16, lr=3e-3, schedule="cosine", eval_every=100,
)

placed = experiment("notes-placed", config=_RECIPE, seeds=range(15),
                    about="One layer answers questions about eight notes among 24 noise tokens, and knows 32 facts.")
bag = experiment("notes-bag", config=replace(_RECIPE, form="bag"), seeds=range(15),
                 about="As notes-placed, but without positions.")


@dataclass(frozen=True, kw_only=True, eq=False)
class Asked:
    """What an ensemble answered in contexts of one length.

    Args:
        notes: whether each question about a note was answered correctly.
        facts: the same for questions about facts.
        weight: attention weight on the note that the question asks for.
        place: where that note stands in the context, from 0 to 1.
    """

    notes: Bool[np.ndarray, "seed context note"]
    facts: Bool[np.ndarray, "seed context fact"]
    weight: Float[np.ndarray, "seed context note"]
    place: Float[np.ndarray, "context note"]


@dataclass(frozen=True)
class Lengthening:
    """A way to ask a trained ensemble in longer contexts.

    Args:
        name: what titles call it.
        factor: how many times as long as those it learned in.
        shared: whether that many neighbours share each position, so that no position is new.
    """

    name: str
    factor: int = 1
    shared: bool = False

    def asked(self, arm: Experiment, store: Store) -> Asked:
        """Ask an ensemble in this way, see the function `asked`."""
        return asked(arm, store, self.factor, shared=self.shared)


def asked(arm: Experiment, store: Store, factor: int = 1, *, shared: bool = False) -> Asked:
    """Ask a trained ensemble in contexts that are longer than those it learned in; the rest is more noise.

    Args:
        arm: one of this module's experiments.
        store: where runs are kept.
        factor: how many times as long.
        shared: whether that many neighbours share each position, so that no position is new.
    """
    return _asked(arm.run(store), factor, shared)


@cache
@torch.no_grad()
def _asked(run: Run, factor: int, shared: bool) -> Asked:
    task = replace(run.config.task, context=factor * run.config.task.context)
    model, layout = lengthened(run.model, task.length), task.layout(run.config.form)
    if shared:
        layout = sharing(layout, factor)
    tokens, answers, where = task.draw(_CONTEXTS, torch.Generator().manual_seed(5_000_011))
    right, weight = [], []
    for some in torch.arange(_CONTEXTS).split(_PIECE):
        found = model.read(tokens[some], layout, ["pattern"])
        right.append(found.logits.argmax(-1) == answers[some])
        pattern = found.pattern[-1, :, :, 0, task.context : task.context + task.notes]  # (S, B, question, N)
        weight.append(pattern.take_along_dim(where[None, some, :, None], -1)[..., 0])
    answered = torch.cat(right, 1).numpy()
    return Asked(notes=answered[..., : task.notes], facts=answered[..., task.notes :],
                 weight=torch.cat(weight, 1).double().numpy(), place=((where + 0.5) / task.context).double().numpy())


def lengthened(model: Transformer, length: int) -> Transformer:
    """The same weights with room for more positions, which sinusoids have without being trained.

    Args:
        model: with sinusoidal positions.
        length: how many positions.

    Raises:
        ValueError: a model with learned positions, which has none to give.
    """
    if model.config.positions != "sinusoidal":
        raise ValueError(f"expected a model with sinusoidal positions, got {model.config.positions} ones")
    return Transformer.from_state(replace(model.config, length=length), model.seeds, model.state_dict())


def sharing(layout: Layout, neighbours: int) -> Layout:
    """The same layout with each position given to so many neighbours.

    Args:
        layout: any layout.
        neighbours: how many share a position.
    """
    return replace(layout, positions=layout.positions // neighbours)


def recall(found: Asked) -> Float[np.ndarray, "seed"]:
    """The share of questions about notes that each seed answered correctly."""
    return found.notes.mean((1, 2))


def known(found: Asked) -> Float[np.ndarray, "seed"]:
    """The share of questions about facts that each seed answered correctly."""
    return found.facts.mean((1, 2))


def early_less_late(values: np.ndarray, place: Float[np.ndarray, "context note"]) -> Float[np.ndarray, "seed"]:
    """How much more the first quarter of the context has of something than the last quarter.

    Args:
        values: (seed, context, note).
        place: where each note stands, from 0 to 1.
    """
    return values[:, place < 0.25].mean(1) - values[:, place >= 0.75].mean(1)
