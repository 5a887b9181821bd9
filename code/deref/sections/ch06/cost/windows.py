"""Section "What attention costs": sliding windows, what they save, how far they reach, and what is recalled."""

import math
from functools import cache

import numpy as np
import torch
from jaxtyping import Float
from matplotlib.figure import Figure
from torch import Tensor

from deref.experiment import Experiment, experiment
from deref.figures import maps
from deref.figures.growth import by_seed
from deref.figures.maps import weight_map
from deref.figures.style import PALETTE, subplots
from deref.model.attention import attention
from deref.model.config import ModelConfig
from deref.model.transformer import Transformer
from deref.probes.measures.costs import operations
from deref.sections.ch06.cost.cost import LENGTHS, power
from deref.sections.shared.arms import Arm
from deref.tasks.context_recall import NotesTask
from deref.tasks.layout import Layout
from deref.train.config import TrainConfig
from evidence.results import exact, mean_t, result
from evidence.results.estimate import Estimate
from evidence.runs import Run, Store, default_store

WINDOWS, DEPTHS, RANDOM_SEEDS = (2, 3, 4, 6), (1, 2, 3, 4), 5
WINDOW, LAYERS, CONTEXT = 8, 3, 28  # of the trained models: a reach of 21 tokens, and seven beyond
REACH = LAYERS * (WINDOW - 1)
_QUESTIONS, _PIECE = 4_096, 256  # that recall is measured on, the same for every seed; contexts run at a time


def causal(length: int, window: int | None = None) -> Layout:
    """Lay out one causal sequence that is read at its last token.

    Args:
        length: of the sequence.
        window: how many tokens a token sees, itself included; None lets it see everything before it.
    """
    back = torch.arange(length)[:, None] - torch.arange(length)
    mask = (back >= 0) & (back < (window or length))
    return Layout(positions=torch.arange(length), mask=mask, readouts=torch.tensor([length - 1]))


def windowed(
    q: Float[Tensor, "*batch node size"], k: Float[Tensor, "*batch node size"], v: Float[Tensor, "*batch node size"],
    window: int,
) -> Float[Tensor, "*batch node size"]:
    """Attend within a causal window, without ever making the whole table.

    Args:
        q, k, v: one query, key and value a node, (..., N, K).
        window: how many nodes a node sees, itself included.

    Returns:
        The mixtures, as `attention` with a windowed mask gives them.
    """
    # Each node's own keys and values side by side, (..., N, K, window); zeros stand before the start.
    k, v = (torch.cat([x.new_zeros(*x.shape[:-2], window - 1, x.shape[-1]), x], -2).unfold(-2, window, 1)
            for x in (k, v))
    scores = q[..., None, :] @ k / math.sqrt(q.shape[-1])
    start = torch.arange(q.shape[-2], device=q.device)[:, None, None]
    before = torch.arange(window, device=q.device) + start < window - 1
    return (scores.masked_fill(before, -torch.inf).softmax(-1) @ v.mT)[..., 0, :]


@result("window.gap", title="Largest difference between windowed attention and attention with a windowed mask",
        format=".0e")
def gap(store: Store) -> Estimate:
    """Double precision, several windows."""
    q, k, v = torch.randn(3, 2, 40, 8, dtype=torch.float64, generator=torch.Generator().manual_seed(0))
    gaps = [(windowed(q, k, v, w) - attention(q, k, v, causal(40, w).mask)[0]).abs().max() for w in (1, 2, 7, 40)]
    return exact(max(gaps), "largest over four windows, double precision")


@result("window.operations-exponent", title="Exponent with which the operations of windowed attention grow with length",
        format=".2f")
def operations_exponent(store: Store) -> Estimate:
    """A window of 64 tokens."""
    return power(LENGTHS, [windowed_operations(n) for n in LENGTHS])


def windowed_operations(length: int, window: int = 64, size: int = 64) -> int:
    """Operations of comparing and mixing within a window."""
    with torch.device("meta"):
        x = torch.zeros(1, length, size)
        return operations(lambda: windowed(x, x, x, window))


@cache
def influence(layers: int, window: int) -> Float[np.ndarray, "seed distance"]:
    """How strongly each token can move the answer of a random model at the last token, by its distance from it.

    Args:
        layers: of the model.
        window: that every token sees, itself included.

    Returns:
        Norms of the Jacobian between the embedding of a token and the logits, distance 0 first; exactly 0 where
        nothing gets through.
    """
    length = max(DEPTHS) * (max(WINDOWS) - 1) + 3
    config = ModelConfig(length=length, layers=layers, heads=2, width=16, mlp=32, position_std=1.0, token_std=1.0)
    model, layout = Transformer(config, range(RANDOM_SEEDS)).double(), causal(length, window)
    tokens = torch.randint(2, (1, length), generator=torch.Generator().manual_seed(0))
    stream = model.embed(tokens, layout).detach().requires_grad_()
    logits = model.from_layer(0, stream, layout)[:, 0, 0]
    rows = [torch.autograd.grad(logits[:, i].sum(), stream, retain_graph=True)[0] for i in range(config.outputs)]
    return torch.stack(rows).square().sum((0, 2, 4)).sqrt().flip(-1).numpy()


def reach(influences: Float[np.ndarray, "distance"]) -> int:
    """The largest distance from which anything gets through; -1 where a nearer token is cut off."""
    through = np.flatnonzero(influences)
    return len(through) - 1 if np.array_equal(through, np.arange(len(through))) else -1


@result("window.reach.exact", title="Share of random models whose reach is layers times (window minus one)",
        format=".0%")
def reach_exact(store: Store) -> Estimate:
    """Every window, every depth, five random models each."""
    hits = [reach(row) == layers * (window - 1)
            for layers in DEPTHS for window in WINDOWS for row in influence(layers, window)]
    return exact(np.mean(hits), f"Jacobians of {len(hits)} random models: "
                                f"{len(DEPTHS)} depths, {len(WINDOWS)} windows, {RANDOM_SEEDS} seeds")


def _arm(name: str, notes: int, steps: int, about: str) -> Experiment:
    task = NotesTask(context=CONTEXT, notes=notes, keys=notes, values=4, window=WINDOW)
    model = ModelConfig(vocab=task.vocab, outputs=task.outputs, length=task.length, layers=LAYERS, heads=4, width=32,
                        mlp=64, positions="sinusoidal", token_std=0.5)
    return experiment(name, seeds=range(5), about=about, config=TrainConfig(
        task=task, model=model, form="placed", steps=steps, batch=16, lr=3e-3, schedule="cosine", eval_every=100))


one_note = _arm("window-one-note", 1, 400, "Three layers with a window of eight carry one note through noise.")
eight_notes = _arm("window-eight-notes", 8, 1_200, "As window-one-note, with eight notes, one of which is asked for.")


def recall(arm: Experiment, store: Store) -> Float[np.ndarray, "seed distance"]:
    """The share of questions answered correctly, by the distance of the note; distance 1 first."""
    return _recall(arm.run(store))


@cache
@torch.no_grad()
def _recall(run: Run) -> np.ndarray:
    task = run.config.task
    tokens, answers, where = task.draw(_QUESTIONS // task.notes, torch.Generator().manual_seed(4_000_037))
    given = torch.cat([run.model(some, task.layout("placed")).argmax(-1) for some in tokens.split(_PIECE)], 1)
    right = (given == answers).flatten(1).numpy()
    distance = (task.context - where).flatten().numpy()
    return np.stack([right[:, distance == d].mean(1) for d in range(1, task.context + 1)], axis=1)


MODELS = {"one": Arm("one note", one_note), "eight": Arm("eight notes", eight_notes)}


def mean_recall(arm: Arm, store: Store, distances: range) -> Estimate:
    """Mean recall over some distances, each counting alike."""
    found = recall(arm.experiment, store)
    return mean_t(found[:, distances.start - 1 : distances.stop - 1].mean(1), bounds=(0, 1))


@result.each(MODELS, "window.{notes}.near", title="Recall of notes that the question itself sees, {member.name}")
def recall_near(store: Store, arm: Arm) -> Estimate:
    return mean_recall(arm, store, range(1, WINDOW))


@result.each(MODELS, "window.{notes}.within",
             title="Recall of notes that only a relay can bring, within reach, {member.name}")
def recall_within(store: Store, arm: Arm) -> Estimate:
    return mean_recall(arm, store, range(WINDOW, REACH + 1))


@result.each(MODELS, "window.{notes}.beyond", title="Recall of notes beyond reach, {member.name}")
def recall_beyond(store: Store, arm: Arm) -> Estimate:
    return mean_recall(arm, store, range(REACH + 1, CONTEXT + 1))


def reaches() -> tuple[Figure, dict[str, list]]:
    """The influence of every distance on the answer, for each depth, with a window of four."""
    found = np.stack([influence(layers, 4)[0, :16] for layers in DEPTHS])
    found = found / found.max(1, keepdims=True)
    figure, ax = subplots(height=2.3)
    shown = np.where(found > 0, 1 + np.log10(np.maximum(found, 1e-9)) / 6, 0).clip(0, 1)
    weight_map(ax, shown, cells=shown.shape[1])
    for row, layers in enumerate(DEPTHS):
        ax.plot([layers * 3 + 0.5] * 2, [row - 0.5, row + 0.5], color=PALETTE["vermilion"], linewidth=3)
    ax.set(xlabel="distance from the readout, tokens", ylabel="layers")
    ax.set_yticks(range(len(DEPTHS)), DEPTHS)
    return figure, maps.columns("influence", found, layers=DEPTHS, distance=range(16))


def recalls() -> tuple[Figure, dict[str, list]]:
    """Recall by distance, one line a seed."""
    distances = range(1, CONTEXT + 1)
    figure, ax = subplots(height=3.2)
    rows = []
    for (name, arm), colour, mark in zip(MODELS.items(), ("blue", "vermilion"), ("o", "s"), strict=True):
        found = recall(arm.experiment, default_store())
        by_seed(ax, distances, found, colour, mark, arm.name)
        rows += [(name, seed, d, value) for seed, line in zip(arm.experiment.seeds, found, strict=True)
                 for d, value in zip(distances, np.round(line, 6), strict=True)]
    ax.axvline(WINDOW - 0.5, color=PALETTE["black"], linestyle="--", linewidth=1)
    ax.axvline(REACH + 0.5, color=PALETTE["black"], linewidth=1.4)
    ax.axhline(0.25, color=PALETTE["black"], linestyle=":", linewidth=1)
    ax.set(xlabel="distance of the note, tokens", ylabel="recall", ylim=(0, 1.03))
    ax.legend(loc="lower left", fontsize="small")
    return figure, dict(zip(("notes", "seed", "distance", "recall"), map(list, zip(*rows, strict=True)), strict=True))
