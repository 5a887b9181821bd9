"""Section "Why scores are divided": dot products, softmax and its gradient against the head size, and training."""

from dataclasses import dataclass
from functools import cache

import numpy as np
import torch
from jaxtyping import Float
from matplotlib.figure import Figure
from torch import Tensor

from deref.experiment import Experiment, experiment
from deref.figures.curves import columns, learning_curves
from deref.figures.style import PALETTE, subplots
from deref.model.config import ModelConfig
from deref.probes.measures.entropy import entropy_bits
from deref.sections.shared.solving import share_solving, solving
from deref.tasks.cross_attention import CrossingTask
from deref.train.config import TrainConfig
from deref.train.variants import VariantConfig
from evidence.results import difference, mean_t, result
from evidence.results.estimate import Estimate
from evidence.runs import Store

SIZES = (2, 8, 32, 128, 512)  # head sizes that scores are drawn at
DRAWS, QUERIES, KEYS = 10, 128, 32
TASK = CrossingTask(M=16, address="whole", source="cross")
TRAINED = (8, 32, 128)  # head sizes that models are trained at
WAYS = {"divided": "blue", "undivided": "vermilion", "small-start": "green"}


@dataclass(frozen=True, kw_only=True, eq=False)
class Scores:
    """What random queries and keys with components of variance one give, by head size and independent draw.

    Args:
        variance: of the dot products, (size, draw).
        entropy: of the softmax in bits, mean over queries, (way, size, draw); way 0 divides, way 1 does not.
        gradient: Frobenius norm of the softmax's Jacobian, median over queries, (way, size, draw).
    """

    variance: Float[np.ndarray, "size draw"]
    entropy: Float[np.ndarray, "way size draw"]
    gradient: Float[np.ndarray, "way size draw"]


@cache
def scores() -> Scores:
    """Draw queries and keys, and look at the weights they give with and without the division."""
    variance = np.zeros((len(SIZES), DRAWS))
    entropy, gradient = np.zeros((2, len(SIZES), DRAWS)), np.zeros((2, len(SIZES), DRAWS))
    for draw in range(DRAWS):
        generator = torch.Generator().manual_seed(draw)
        for i, size in enumerate(SIZES):
            q = torch.randn(QUERIES, 1, size, generator=generator)
            k = torch.randn(QUERIES, KEYS, size, generator=generator)
            products = (q * k).sum(-1).double()
            variance[i, draw] = products.var().item()
            for way, scale in enumerate((size**-0.5, 1.0)):
                weights = (products * scale).softmax(-1)
                entropy[way, i, draw] = entropy_bits(weights).mean().item()
                gradient[way, i, draw] = jacobian_norm(weights).median().item()
    return Scores(variance=variance, entropy=entropy, gradient=gradient)


def jacobian_norm(weights: Float[Tensor, "*rows key"]) -> Float[Tensor, "*rows"]:
    """The Frobenius norm of the derivative of softmax's weights by its scores.

    That derivative is diag(p) - p p^T, so its squared norm is sum p^2 - 2 sum p^3 + (sum p^2)^2.

    Args:
        weights: p, which sum to 1 along the last axis.
    """
    square = weights.square().sum(-1)
    return (square - 2 * weights.pow(3).sum(-1) + square.square()).clamp(min=0).sqrt()


@result("scaling.variance-exponent", title="Power of the head size with which the variance of dot products grows",
        format=".2f")
def variance_exponent(store: Store) -> Estimate:
    """The slope of a line through the logarithms, for each draw."""
    return mean_t(np.polyfit(np.log(SIZES), np.log(scores().variance), 1)[0], "draws")


_DRAWN = {(name, size): (way, SIZES.index(size))  # the place of its draws in `Scores`
          for way, name in enumerate(("divided", "undivided")) for size in (8, 512)}


@result.each(_DRAWN, "scaling.{way}.entropy-{size}", unit="bits", format=".2f",
             title=f"Entropy of the weights over {KEYS} random keys of size {{size}}, scores {{way}}")
def entropy(store: Store, place: tuple[int, int]) -> Estimate:
    """The mean over independent draws of queries and keys."""
    return mean_t(scores().entropy[place], "draws")


@result.each(_DRAWN, "scaling.{way}.gradient-{size}", format=".3f",
             title=f"Median norm of softmax's derivative over {KEYS} random keys of size {{size}}, scores {{way}}")
def gradient(store: Store, place: tuple[int, int]) -> Estimate:
    """The mean over independent draws; the median is over the queries of a draw."""
    return mean_t(scores().gradient[place], "draws")


def _arm(way: str, size: int) -> Experiment:
    model = ModelConfig(length=TASK.length, vocab=TASK.vocab, layers=1, heads=1, head_size=size, width=32,
                        final_norm=False, position_std=1.0, token_std=1.0)
    recipe = TrainConfig(task=TASK, model=model, steps=500, batch=8, lr=5e-3, warmup=50, schedule="cosine",
                         eval_every=25)
    return experiment(f"scaling-{way}-{size}", config=VariantConfig(variant=way, train=recipe), seeds=range(10),
                      about=f"Sixteen cells, the whole address in one query, one layer, head size {size}, {way}.")


ARMS = {(way, size): _arm(way, size) for way in WAYS for size in TRAINED}


@result.each(ARMS, "scaling.{way}.solved-{size}", format=".0%",
             title="Share of seeds that solve sixteen cells with a head of size {size}, {way}")
def solved(store: Store, arm: Experiment) -> Estimate:
    """Out of the seeds of one arm."""
    return share_solving(arm.run(store))


@result.each(TRAINED, "scaling.gain-{size}", format=".0%",
             title="Share of seeds that solve sixteen cells, divided minus undivided, head size {size}")
def gain(store: Store, size: int) -> Estimate:
    """What the division gains over no division."""
    divided, undivided = (ARMS[way, size].run(store) for way in ("divided", "undivided"))
    return difference(len(solving(divided)), len(divided.seeds), len(solving(undivided)), len(undivided.seeds))


@result.each(TRAINED, "scaling.rest-{size}", format=".0%",
             title="Share of seeds that solve sixteen cells, divided minus small-start, head size {size}")
def rest(store: Store, size: int) -> Estimate:
    """What the division gains over a start with scores of the same size."""
    divided, small = (ARMS[way, size].run(store) for way in ("divided", "small-start"))
    return difference(len(solving(divided)), len(divided.seeds), len(solving(small)), len(small.seeds))


def saturation() -> tuple[Figure, dict[str, list]]:
    """Variance of dot products, entropy of the weights and size of the derivative, against the head size."""
    found = scores()
    figure, axes = subplots(1, 3, height=2.9)
    axes[0].loglog(SIZES, found.variance, "o", color=PALETTE["black"], markersize=3, alpha=0.5)
    axes[0].loglog(SIZES, SIZES, color=PALETTE["black"], linewidth=1, linestyle=":")
    axes[0].set_title("variance of $q \\cdot k$")
    data: dict[str, list] = {"way": [], "size": [], "draw": [], "variance": [], "entropy": [], "derivative": []}
    for way, name in enumerate(("divided", "undivided")):
        style = {"color": PALETTE[WAYS[name]], "marker": "os"[way], "markersize": 4}
        axes[1].semilogx(SIZES, found.entropy[way].mean(1), label=name, **style)
        axes[2].loglog(SIZES, found.gradient[way].mean(1), label=name, **style)
        for i, size in enumerate(SIZES):
            data["way"] += [name] * DRAWS
            data["size"] += [size] * DRAWS
            data["draw"] += range(DRAWS)
            data["variance"] += found.variance[i].tolist()
            data["entropy"] += found.entropy[way, i].tolist()
            data["derivative"] += found.gradient[way, i].tolist()
    axes[1].axhline(np.log2(KEYS), color=PALETTE["black"], linewidth=0.8, linestyle=":")
    axes[1].set(title="entropy, bits", ylim=(0, None))
    axes[2].set_title("softmax's derivative")
    axes[2].legend(loc="lower left", fontsize="small")
    for ax in axes:
        ax.set_xlabel("head size")
        ax.set_xticks(SIZES, SIZES)
        ax.minorticks_off()
    return figure, data


def curves() -> tuple[Figure, dict[str, list]]:
    """Learning curves of all arms, a panel for each head size, a line for each seed."""
    figure, axes = subplots(1, len(TRAINED), sharey=True)
    for ax, size in zip(axes, TRAINED, strict=True):
        for way, colour in WAYS.items():
            learning_curves(ax, ARMS[way, size].run().history, colour)
        ax.set_title(f"head size {size}")
        ax.set_xticks([0, 200, 400])
    axes[0].set_ylabel("accuracy")
    for way, colour in WAYS.items():
        axes[0].plot([], [], color=PALETTE[colour], label=way.replace("-", " "))
    axes[0].legend(loc="lower right", fontsize="small")
    return figure, columns({f"{way}, {size}": ARMS[way, size].run().history for way, size in ARMS})
