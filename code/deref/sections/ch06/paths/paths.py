"""Section "Direct path against recurrent path": what distance and length do to attention and to recurrence."""

from collections.abc import Callable
from dataclasses import replace
from functools import cache

import numpy as np
import torch
from jaxtyping import Float
from matplotlib.figure import Figure
from torch import Tensor

from deref.experiment import Experiment, experiment
from deref.figures import growth as growths
from deref.figures.growth import by_seed
from deref.figures.style import PALETTE, subplots
from deref.model.config import ModelConfig
from deref.model.recurrent import Recurrent, RecurrentConfig
from deref.model.taps import Site
from deref.model.transformer import Transformer
from deref.tasks.layout import Layout
from deref.tasks.recall import RecallTask
from deref.train.baselines import NetworkConfig
from deref.train.config import TrainConfig
from evidence.results import exact, mean_t, result
from evidence.results.estimate import Estimate
from evidence.runs import Run, Store, default_store

LENGTHS, FACTORS = (8, 32, 64), (1, 2, 4)  # trained lengths; lengths asked, as multiples of the longest of them
LONGEST = LENGTHS[-1]
DISTANCES = (1, 2, 4, 8, 16, 32, 48, 64)  # at which gradients are measured
_SEED, _EACH, _CONTEXTS, _PIECE = 6_000_011, 32, 64, 256  # of questions: each distance's number, the gradients' number

CELLS = ("rnn", "gru", "lstm")
TITLES = {"positions": "a transformer with positions", "no-positions": "a transformer without positions",
          "rnn": "an RNN", "gru": "a GRU", "lstm": "an LSTM"}
LOOKS = {"positions": ("blue", "v"), "no-positions": ("sky", "^"), "rnn": ("green", "D"), "gru": ("orange", "o"),
         "lstm": ("purple", "s")}


def _arm(net: str, length: int) -> Experiment:
    task = RecallTask(context=length)
    fit = {"vocab": task.vocab, "outputs": task.outputs, "length": task.length, "width": 32}
    recipe = {"task": task, "steps": 400, "batch": 16, "warmup": 50, "schedule": "cosine", "clip": 1.0,
              "eval_every": 50, "eval_memories": 128, "form": "bag" if net == "no-positions" else "placed"}
    if net in CELLS:
        model = RecurrentConfig(cell=net, embedding=16, keep=0.0 if net == "rnn" else 3.0, **fit)
        made = NetworkConfig(model=model, lr=1e-2, **recipe)
    else:
        model = ModelConfig(layers=1, heads=4, mlp=64, positions="sinusoidal", token_std=0.5, **fit)
        made = TrainConfig(model=model, lr=3e-3, **recipe)
    return experiment(f"recall-{net}-{length}", config=made, seeds=range(24 if net == "gru" else 8),
                      about=f"{TITLES[net].capitalize()} recalls one note among {length} tokens.")


ARMS = {(net, length): _arm(net, length) for net in TITLES for length in LENGTHS}


def recall(net: str, length: int, store: Store | None = None, factor: int = 1) -> Float[np.ndarray, "seed distance"]:
    """The share of questions answered rightly, by the distance of the note, distance 1 first.

    Args:
        net: a key of `TITLES`.
        length: that the network was trained on.
        store: where runs are kept; None is the process's own store.
        factor: how many times longer the contexts are that it is asked in; positions go on along the same sinusoids.
    """
    return _recall(ARMS[net, length].run(store or default_store()), factor)


@cache
@torch.no_grad()
def _recall(run: Run, factor: int) -> np.ndarray:
    task = replace(run.config.task, context=factor * run.config.task.context)
    model, layout = lengthened(run.model, task.length), task.layout(run.config.form)
    each = max(4, _EACH // factor)
    distance = torch.arange(1, task.context + 1).repeat(each)
    tokens, answers = task.draw(distance, torch.Generator().manual_seed(_SEED))
    right = torch.cat([model(some, layout).argmax(-1) == said for some, said
                       in zip(tokens.split(_PIECE), answers.split(_PIECE), strict=True)], dim=1)
    return right[..., 0].unflatten(1, (each, -1)).double().mean(1).numpy()


def lengthened(model: Transformer | Recurrent, length: int) -> Transformer | Recurrent:
    """The same network for more positions; a recurrent one has none, and sinusoids go on for ever."""
    if isinstance(model, Recurrent) or length <= model.config.length:
        return model
    longer = Transformer(replace(model.config, length=length), model.seeds)
    longer.load_state_dict(model.state_dict())
    return longer.eval().requires_grad_(False)


def slopes(model: Transformer | Recurrent, task: RecallTask, form: str) -> Float[np.ndarray, "seed distance"]:
    """How strongly the right answer's logit depends on the note, at each of `DISTANCES`.

    Args:
        model: of S seeds.
        task: says how long the contexts are.
        form: that the model is read in.

    Returns:
        The root mean square over contexts of the gradient's norm with respect to the note's embedding.
    """
    layout, found = task.layout(form), []
    for d in DISTANCES:
        tokens, said = task.draw(torch.full((_CONTEXTS,), d), torch.Generator().manual_seed(_SEED))
        gradient = _gradient(model, tokens, said, layout)[:, :, task.context - d]
        found.append(gradient.square().sum(-1).mean(1).sqrt())
    return torch.stack(found, dim=1).numpy()


def _gradient(model: Transformer | Recurrent, tokens: Tensor, said: Tensor, layout: Layout,
              cut: int | None = None) -> Tensor:
    """The gradient of the right answers' logits by the embedded tokens, (S, B, N, D), cut at a node or not at all."""
    recurrent = isinstance(model, Recurrent)
    stream = (model.embed(tokens) if recurrent else model.embed(tokens, layout)).detach().requires_grad_()
    with torch.enable_grad():
        if recurrent:
            logits = model.answer(stream, layout, tap=_cut_states(cut))
        else:
            logits = model.from_layer(0, stream, layout, tap=_cut_nodes(cut))
        chosen = logits[:, :, 0].gather(-1, said.expand(len(logits), -1, -1)[..., :1])
        return torch.autograd.grad(chosen.sum(), stream)[0]


def _cut_states(at: int | None) -> Callable | None:
    """A tap that lets no gradient through the state behind one token."""
    return None if at is None else lambda depth, state: tuple(x.detach() for x in state) if depth == at else None


def _cut_nodes(at: int | None) -> Callable | None:
    """A tap that lets no gradient through one token's residual stream, in front of any block."""
    def tap(site: Site, x: Tensor) -> Tensor | None:
        if site.name != "resid_pre":
            return None
        return torch.cat([x[:, :, :at], x[:, :, at : at + 1].detach(), x[:, :, at + 1 :]], dim=2)

    return None if at is None else tap


def narrows(net: str, store: Store, length: int = LONGEST) -> int:
    """Count the tokens between a note at the very start and the question that everything has to go through.

    A token counts if the gradient by the note is exactly zero, in every seed, once none passes through that token.
    """
    arm = ARMS[net, length]
    task, form = arm.config.task, arm.config.form
    tokens, said = task.draw(torch.tensor([task.context]), torch.Generator().manual_seed(_SEED))
    layout, model = task.layout(form), arm.config.trainer(arm.run(store).seeds).model
    return sum(not _gradient(model, tokens, said, layout, cut)[:, :, 0].any() for cut in range(1, task.context))


@cache
def _slopes(run: Run, when: str) -> np.ndarray:
    model = run.model if when == "trained" else run.config.trainer(run.seeds).model.requires_grad_(False)
    return slopes(model, run.config.task, run.config.form)


def fade(net: str, when: str, store: Store) -> Float[np.ndarray, "seed"]:
    """Powers of ten by which the gradient changes from the nearest distance to the farthest."""
    arm = ARMS[net, LONGEST]
    found = _slopes(arm.run(store), when)
    return np.log10(found[:, -1] / found[:, 0])


def _declare(net: str) -> None:
    what = TITLES[net]

    @result(f"paths.{net}.narrows", title=f"Tokens between first and last that all must go through, {what}", format="d")
    def through(store: Store) -> Estimate:
        return exact(narrows(net, store), f"gradients cut at each of {LONGEST - 1} tokens, untrained, every seed")

    for when in ("untrained", "trained"):
        @result(f"paths.{net}.fade-{when}", format=".2f", unit="powers of ten",
                title=f"Change of the gradient from distance 1 to distance {LONGEST}, {what}, {when}")
        def fades(store: Store, when: str = when) -> Estimate:
            return mean_t(fade(net, when, store))

    for length in LENGTHS:
        @result(f"paths.{net}.recall-{length}", title=f"Recall of {what} trained on {length} tokens")
        def recalled(store: Store, length: int = length) -> Estimate:
            return mean_t(recall(net, length, store).mean(1), bounds=(0, 1))

    @result(f"paths.{net}.far", title=f"Recall of {what} at distances 33 to 64 of {LONGEST}")
    def far(store: Store) -> Estimate:
        return mean_t(recall(net, LONGEST, store)[:, LONGEST // 2 :].mean(1), bounds=(0, 1))

    @result(f"paths.{net}.by-length", format="+.1%",
            title=f"Change of recall from networks trained on {LENGTHS[0]} tokens to such on {LONGEST}, {what}")
    def by_length(store: Store) -> Estimate:
        short, long = (recall(net, length, store).mean(1) for length in (LENGTHS[0], LONGEST))
        return mean_t(long - short)

    @result(f"paths.{net}.by-distance", format="+.1%",
            title=f"Change of recall from the nearest to the farthest quarter of {LONGEST} tokens, {what}")
    def by_distance(store: Store) -> Estimate:
        found = recall(net, LONGEST, store)
        return mean_t(found[:, -LONGEST // 4 :].mean(1) - found[:, : LONGEST // 4].mean(1))

    @result(f"paths.{net}.beyond", format="+.1%",
            title=f"Change of recall from the {LONGEST} tokens trained on to {FACTORS[-1]} times as many, {what}")
    def beyond(store: Store) -> Estimate:
        short, long = (recall(net, LONGEST, store, factor).mean(1) for factor in (1, FACTORS[-1]))
        return mean_t(long - short)


for _net in TITLES:
    _declare(_net)


def gradients() -> tuple[Figure, dict[str, list]]:
    """The gradient by the note against its distance, relative to distance 1, before training and after."""
    figure, axes = subplots(1, 2, sharey=True, height=3.4)
    curves = {}
    for ax, when in zip(axes, ("untrained", "trained"), strict=True):
        for net, looks in LOOKS.items():
            arm = ARMS[net, LONGEST]
            found = _slopes(arm.run(default_store()), when)
            relative = np.maximum(found / found[:, :1], 1e-12)
            by_seed(ax, DISTANCES, relative, *looks, net.replace("-", " ") if net not in CELLS else net.upper())
            curves |= {f"{net}, {when}, seed {seed}": line
                       for seed, line in zip(arm.seeds, np.log10(relative), strict=True)}
        ax.set_xscale("log", base=2)
        ax.set_yscale("log")
        ax.set_xticks([1, 4, 16, 64], [1, 4, 16, 64])
        ax.set(title=when, xlabel="distance, tokens")
    axes[0].set_ylabel("gradient, relative")
    axes[0].legend(fontsize="small", loc="lower left")
    return figure, growths.columns("distance", DISTANCES, curves)


def recalls() -> tuple[Figure, dict[str, list]]:
    """Recall against the trained length, and of the networks trained longest against the length they are asked in."""
    asked = [factor * LONGEST for factor in FACTORS]
    figure, axes = subplots(1, 2, sharey=True, height=3.4)
    rows: dict[str, list] = {}
    for net, looks in LOOKS.items():
        name = net.replace("-", " ") if net not in CELLS else net.upper()
        trained = np.stack([recall(net, length).mean(1) for length in LENGTHS], 1)
        longer = np.stack([recall(net, LONGEST, factor=factor).mean(1) for factor in FACTORS], 1)
        for ax, x, values, what in ((axes[0], LENGTHS, trained, "trained"), (axes[1], asked, longer, "asked")):
            by_seed(ax, x, values, *looks, name)
            part = growths.columns("length", x, {f"{net}, {what}, seed {i}": line for i, line in enumerate(values)})
            rows = {key: rows.get(key, []) + column for key, column in part.items()}
    for ax, x, title in ((axes[0], LENGTHS, "trained on this length"), (axes[1], asked, "asked beyond training")):
        ax.axhline(1 / RecallTask(context=1).values, color=PALETTE["black"], linestyle=":", linewidth=1)
        ax.set_xscale("log", base=2)
        ax.set_xticks(x, x)
        ax.set(title=title, xlabel="length, tokens", ylim=(0, 1.03))
    axes[0].set_ylabel("recall")
    axes[0].legend(fontsize="small", loc=(0.02, 0.15))
    return figure, rows
