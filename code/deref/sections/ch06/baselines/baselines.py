"""Section "What can be done without a lookup": networks without attention on the pointer task, over memory sizes."""

import numpy as np
import torch
from matplotlib.figure import Figure

from deref.experiment import Experiment, experiment
from deref.figures import growth as growths
from deref.figures.curves import columns, learning_curves
from deref.figures.growth import by_seed
from deref.figures.style import PALETTE, subplots
from deref.model.baselines import BaselineConfig
from deref.model.config import ModelConfig
from deref.model.recurrent import RecurrentConfig
from deref.sections.shared.partial_address_accuracy import majority, rung
from deref.sections.shared.solving import accuracies, share_solving
from deref.tasks.pointer import PointerTask
from deref.train.baselines import NetworkConfig
from deref.train.config import TrainConfig
from evidence.results import exact, mean_t, result
from evidence.results.estimate import Estimate
from evidence.runs import Store

SIZES = (8, 16, 32)
LAYERS, KERNEL = 4, 3  # of the convolutions: a reach of nine tokens

BLIND = ("bag", "position-wise", "convolution")
WHOLE = ("mlp", "gru", "lstm")
TITLES = {"bag": "a bag of bits", "position-wise": "a position-wise network", "convolution": "convolutions",
          "mlp": "an MLP of the whole input", "gru": "a GRU", "lstm": "an LSTM", "transformer": "a transformer"}


def _model(kind: str, task: PointerTask) -> BaselineConfig | RecurrentConfig | ModelConfig:
    """The network of a kind, with about 26,000 parameters at 32 cells, where it can have as many."""
    fit = {"vocab": task.vocab, "outputs": task.outputs, "length": task.length}
    match kind:
        case "bag":
            return BaselineConfig(kind="bag", width=16, **fit)
        case "position-wise":
            return BaselineConfig(kind="position", width=128, hidden=1, **fit)
        case "convolution":
            return BaselineConfig(kind="convolution", width=40, hidden=2, layers=LAYERS, kernel=KERNEL, **fit)
        case "mlp":
            return BaselineConfig(kind="whole", width=128, hidden=1, **fit)
        case "gru":
            return RecurrentConfig(cell="gru", embedding=8, width=88, **fit)
        case "lstm":
            return RecurrentConfig(cell="lstm", embedding=8, width=76, keep=1.0, **fit)
    return ModelConfig(layers=2, heads=8, width=32, mlp=128, **fit)


def _arm(kind: str, size: int) -> Experiment:
    task = PointerTask(M=size)
    of = TrainConfig if kind == "transformer" else NetworkConfig
    recipe = of(task=task, model=_model(kind, task), batch=8, warmup=100, schedule="cosine", eval_every=50,
                # The first three are as good after 400 steps as they can be at all, see `ceiling`.
                steps=400 if kind in BLIND else 800,
                lr=3e-3 if kind in ("convolution", "transformer") else 1e-2)
    # An MLP at one of three sizes is one result of eighteen that a claim reads together, so it has to stand out.
    return experiment(f"baseline-{kind}-{size}", config=recipe,
                      seeds=range(10 if kind == "mlp" and size in SIZES else 5),
                      about=f"{TITLES[kind].capitalize()} on {size} cells.")


ARMS = {(kind, size): _arm(kind, size) for kind in TITLES for size in SIZES}
LARGER = _arm("mlp", 64)


def ceiling(kind: str, task: PointerTask) -> float:
    """The best accuracy that a network of a kind can have, by what reaches its answer.

    Args:
        kind: one of `BLIND`.
        task: the pointer task.

    Returns:
        For a bag, that of the best threshold on the number of ones among memory and address; for a position-wise
        network, a coin's; for convolutions, that of knowing the cells within reach and guessing the others.
    """
    if kind == "bag":
        return _best_threshold(task)
    reach = _model(kind, task).reach
    seen = min(task.M, max(0, reach - task.A))
    return (seen + (task.M - seen) / 2) / task.M


def _best_threshold(task: PointerTask) -> float:
    """Count how often each number of ones goes with each answer, and cut where most are right."""
    others = np.array([1.0])
    for _ in range(task.M - 1):  # how likely each number of ones is among the cells that were not asked for
        others = np.convolve(others, [0.5, 0.5])
    ones = task.address_bits(torch.arange(task.M)).sum(1)
    counts = np.zeros((2, task.T + 1))  # (answer, number of ones)
    for of_address in ones.tolist():
        for answer in (0, 1):
            counts[answer, of_address + answer : of_address + answer + task.M] += others / (2 * task.M)
    below = np.concatenate([np.zeros((2, 1)), counts.cumsum(1)], axis=1)
    return float((below[0] + counts[1].sum() - below[1]).max())


def parameters(kind: str, size: int) -> int:
    """The number of parameters of one seed of a network."""
    model = ARMS[kind, size].config.trainer((0,)).model
    return sum(part.numel() for part in model.parameters())


def _declare(kind: str, arm: Experiment) -> None:
    size = arm.config.task.M
    key = f"baselines.{kind}.{size}"

    @result(f"{key}.accuracy", title=f"Accuracy of {TITLES[kind]} on {size} cells", format=".1%")
    def accuracy(store: Store) -> Estimate:
        return mean_t(accuracies(arm.run(store)), bounds=(0, 1))

    @result(f"{key}.solved", title=f"Share of seeds of {TITLES[kind]} that solve {size} cells", format=".0%")
    def solved(store: Store) -> Estimate:
        return share_solving(arm.run(store))


for (_kind, _size), _one in ARMS.items():
    _declare(_kind, _one)
_declare("mlp", LARGER)


def _declare_size(size: int) -> None:
    @result(f"baselines.guess.{size}", title=f"Best accuracy without the address, {size} cells", format=".1%")
    def guess(store: Store) -> Estimate:
        return exact(majority(size), "the majority of the memory, counted over all memories")

    @result(f"baselines.convolution.{size}.ceiling", format=".1%",
            title=f"Best accuracy that convolutions with a reach of nine tokens can have on {size} cells")
    def best(store: Store) -> Estimate:
        return exact(ceiling("convolution", PointerTask(M=size)), "cells within reach known, the others guessed")


for _size in SIZES:
    _declare_size(_size)


def _declare_kind(kind: str) -> None:
    @result(f"baselines.{kind}.parameters", title=f"Parameters of {TITLES[kind]} for 32 cells", format=",d")
    def count(store: Store) -> Estimate:
        return exact(parameters(kind, 32), "counted")


for _kind in TITLES:
    _declare_kind(_kind)


@result("baselines.excess", format=".1%",
        title="Most that a seed of the networks that do not see everything scores above what they can")
def excess(store: Store) -> Estimate:
    """Above zero only by the luck of the memories that accuracy is measured on."""
    over = [(accuracies(ARMS[kind, size].run(store)) - ceiling(kind, PointerTask(M=size))).max()
            for kind in BLIND for size in SIZES]
    return exact(max(over), f"largest over {len(BLIND)} kinds, {len(SIZES)} sizes and five seeds")


_SHORT = {kind: kind.upper() for kind in ("mlp", "gru", "lstm")}


def by_size() -> tuple[Figure, dict[str, list]]:
    """Accuracy against the number of cells, every kind, every seed, with the best score without the address."""
    figure, axes = subplots(1, 2, sharey=True, height=3.4)
    curves = {}
    looks = dict(zip(TITLES, [("orange", "o"), ("purple", "s"), ("green", "^"), ("vermilion", "D"), ("orange", "o"),
                              ("purple", "s"), ("blue", "v")], strict=True))
    for ax, kinds in zip(axes, (BLIND, (*WHOLE, "transformer")), strict=True):
        ax.plot(SIZES, [majority(size) for size in SIZES], color=PALETTE["black"], linestyle=":", linewidth=1)
        for kind in kinds:
            values = np.stack([accuracies(ARMS[kind, size].run()) for size in SIZES], axis=1)
            by_seed(ax, SIZES, values, *looks[kind], _SHORT.get(kind, kind))
            curves |= {f"{kind}, seed {seed}": line for seed, line in enumerate(values)}
        ax.set_xscale("log", base=2)
        ax.set_xticks(SIZES, SIZES)
        ax.set(xlabel="cells", ylim=(0.45, 1.03))
        ax.legend(fontsize="small", **({"loc": (0.42, 0.62)} if kinds is BLIND else {"loc": "lower left", "ncols": 2}))
    axes[0].set(ylabel="accuracy", title="part of the input")
    axes[1].set(title="all of the input")
    return figure, growths.columns("cells", SIZES, curves)


def curves(size: int = 16) -> tuple[Figure, dict[str, list]]:
    """Learning curves of the networks that see everything, with the rungs of the ladder."""
    task = PointerTask(M=size)
    histories = {kind: ARMS[kind, size].run().history for kind in (*WHOLE, "transformer")}
    levels = [rung(task, tuple(range(known))) for known in range(task.A + 1)]
    figure, axes = subplots(2, 2, sharex=True, sharey=True, height=4.6)
    colours = ("vermilion", "orange", "purple", "blue")
    for ax, (kind, history), colour in zip(axes.flat, histories.items(), colours, strict=True):
        learning_curves(ax, history, colour, levels).set(title=_SHORT.get(kind, kind), xlabel="")
    for ax in axes[:, 0]:
        ax.set_ylabel("accuracy")
    for ax in axes[-1]:
        ax.set_xlabel("training step")
    return figure, columns(histories)
