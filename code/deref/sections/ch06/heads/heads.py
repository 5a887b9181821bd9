"""Section "Several lookups at once": heads add up, differ, and can partly be done without."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache

import numpy as np
import torch
from matplotlib.figure import Figure
from torch import Tensor

from deref.experiment import Experiment
from deref.figures.maps import columns, weight_map
from deref.figures.style import PALETTE, subplots
from deref.model.config import ModelConfig
from deref.model.transformer import Transformer
from deref.probes.base.memories import few_memories, probe_memories
from deref.probes.interventions.mean_ablation import Ablation
from deref.probes.measures.pattern_distance import pattern_distance
from deref.sections.shared.models import gather, large_32, runs, shown
from deref.sections.shared.solving import solving
from deref.tasks.pointer import PointerTask
from evidence.results import exact, mean_t, result, share
from evidence.results.estimate import Estimate
from evidence.runs import Run, Store

HARMLESS = 0.01  # a head is redundant if the model loses less accuracy than this without it
MEMORIES, COMPARED = 64, 16  # for ablations; for patterns, which take more memory
MODELS = {one.name: one for one in (large_32, gather)}


@dataclass(frozen=True, kw_only=True, eq=False)
class Compared:
    """The heads of the seeds that solve the task.

    Args:
        seeds: those seeds.
        distance: of the patterns of two heads of a layer, (layer, seed, head, head).
        start: the same before training, for the same seeds.
        cost: the accuracy that each seed loses without one head, (layer, seed, head).
        together: the accuracy of each seed without all heads that cost next to nothing one by one.
    """

    seeds: tuple[int, ...]
    distance: Tensor
    start: Tensor
    cost: Tensor
    together: Tensor

    @property
    def redundant(self) -> Tensor:
        """Which heads each seed can do without, one at a time, (layer, seed, head)."""
        return self.cost < HARMLESS


@cache
def compared(run: Run) -> Compared:
    """Compare the heads of a run's solving seeds with one another, and ablate each."""
    task, model = run.config.task, run.model
    memories = few_memories(task, MEMORIES)
    some = memories[:: max(1, len(memories) // COMPARED)][:COMPARED]
    ablation = Ablation.on(model, task, memories)
    layers, count, heads = model.config.layers, len(run.seeds), model.config.heads
    accuracy = ablation.accuracy(torch.zeros(layers, count, heads, dtype=torch.bool))
    cost = accuracy[None, :, None] - ablation.each()
    solved = [*solving(run)]
    return Compared(
        seeds=tuple(run.seeds[i] for i in solved),
        distance=pattern_distance(model, task, some)[:, solved],
        start=pattern_distance(Transformer(model.config, run.seeds), task, some)[:, solved],
        cost=cost[:, solved],
        together=ablation.accuracy(cost < HARMLESS)[solved],
    )


def between(distance: Tensor) -> np.ndarray:
    """The mean distance of two different heads of a layer, for each seed."""
    heads = distance.shape[-1]
    return (distance.sum((2, 3)) / (heads * (heads - 1))).mean(0).double().numpy()


@result("heads.sum-gap", format=".0e",
        title="Largest difference between a layer's output and the sum of what its heads write")
def sum_gap(store: Store) -> Estimate:
    """A random layer of eight heads in double precision."""
    task = PointerTask(M=8)
    model = Transformer(ModelConfig(length=task.length, layers=1, heads=8, width=32), seeds=(0,)).double()
    tokens = task.trie_tokens(probe_memories(task)[:16])
    # Two runs, because a run that shows each head's output makes the layer's output of them.
    whole, parts = (model.read(tokens, task.layout("trie"), sites=[name]) for name in ("attn_out", "head_out"))
    summed = parts.head_out.sum(3) + model.layers[0].o.bias[:, None, None]
    return exact((summed - whole.attn_out).abs().max(), "largest over all nodes of 16 sequences, double precision")


def each_seed(chosen: Experiment, store: Store, measure: Callable[[Compared], Tensor | np.ndarray]) -> np.ndarray:
    """Take one number of every solving seed of a model, over all runs of its recipe.

    Args:
        chosen: one of `MODELS`.
        store: where runs are kept.
        measure: gives the numbers of the seeds of one run, (seed,).
    """
    return np.concatenate([np.asarray(measure(compared(run)), dtype=float) for run in runs(chosen, store)])


@result.each(MODELS, "heads.{model}.distance", format=".2f",
             title="Mean distance between the patterns of two heads of a layer, {model}")
def distance(store: Store, model: Experiment) -> Estimate:
    """Over pairs of heads and layers, then over seeds."""
    return mean_t(each_seed(model, store, lambda found: between(found.distance)), bounds=(0, 1))


@result.each(MODELS, "heads.{model}.start", format=".2f",
             title="Mean distance between the patterns of two heads of a layer before training, {model}")
def start(store: Store, model: Experiment) -> Estimate:
    """As `distance`, of the same seeds at step 0."""
    return mean_t(each_seed(model, store, lambda found: between(found.start)), bounds=(0, 1))


@result.each(MODELS, "heads.{model}.gain", format=".2f",
             title="By how much training moves the patterns of two heads of a layer apart, {model}")
def gain(store: Store, model: Experiment) -> Estimate:
    """Seed by seed."""
    return mean_t(each_seed(model, store, lambda found: between(found.distance) - between(found.start)))


@result.each(MODELS, "heads.{model}.redundant", format=".0%",
             title="Share of heads without which the model loses less than a point, {model}")
def redundant(store: Store, model: Experiment) -> Estimate:
    """One head at a time, over the heads of all layers."""
    return mean_t(each_seed(model, store, lambda found: found.redundant.double().mean((0, 2))), bounds=(0, 1))


@result.each(MODELS, "heads.{model}.worst", title="Accuracy lost without the head that matters most, {model}")
def worst(store: Store, model: Experiment) -> Estimate:
    """The largest loss over the heads of all layers, for each seed."""
    return mean_t(each_seed(model, store, lambda found: found.cost.amax((0, 2))), bounds=(0, 1))


@result.each(MODELS, "heads.{model}.together",
             title="Accuracy without all heads that are redundant one by one, {model}")
def together(store: Store, model: Experiment) -> Estimate:
    """All of them ablated at once."""
    return mean_t(each_seed(model, store, lambda found: found.together), bounds=(0, 1))


@result.each(MODELS, "heads.{model}.first", format=".0%",
             title="Share of solving seeds whose head that matters most is one of layer 1, {model}")
def first(store: Store, model: Experiment) -> Estimate:
    """Layers are compared by the largest loss without one of their heads."""
    by_layer = torch.cat([compared(run).cost.amax(2) for run in runs(model, store)], dim=1)
    return share(by_layer.argmax(0) == 0)


def distances() -> tuple[Figure, dict[str, list]]:
    """How far apart the patterns of every two heads are, in the member of large-32 that pages show."""
    member, found = shown(large_32), compared(large_32.run())
    pictures = found.distance[:, found.seeds.index(member.seed)].numpy()
    figure, axes = subplots(1, 2, height=3.0)
    heads = range(pictures.shape[-1])
    for ax, picture, layer in zip(axes, pictures, (1, 2), strict=True):
        image = weight_map(ax, picture, cells=len(heads))
        ax.set(title=f"layer {layer}", xlabel="head", xticks=heads, yticks=heads)
    axes[0].set_ylabel("head")
    figure.colorbar(image, ax=axes, label="distance", shrink=0.8)
    return figure, columns("distance", pictures, layer=[1, 2], head=heads, other=heads)


def costs() -> tuple[Figure, dict[str, list]]:
    """The accuracy lost without each head, heads of a layer in order of it, a line for each solving seed."""
    figure, axes = subplots(1, len(MODELS), sharey=True, height=3.0)
    data: dict[str, list] = {"run": [], "layer": [], "seed": [], "rank": [], "cost": []}
    for ax, chosen in zip(axes, MODELS.values(), strict=True):
        found = compared(chosen.run())
        ranked = found.cost.sort(-1, descending=True).values.numpy()
        for layer, (colour, style) in enumerate((("sky", "-"), ("vermilion", "--"))):
            ax.plot(range(1, ranked.shape[-1] + 1), ranked[layer].T, color=PALETTE[colour], linestyle=style,
                    marker="o", markersize=3, linewidth=1)
            ax.plot([], [], color=PALETTE[colour], linestyle=style, marker="o", label=f"layer {layer + 1}")
            for seed, line in zip(found.seeds, ranked[layer], strict=True):
                data["run"] += [chosen.name] * len(line)
                data["layer"] += [layer + 1] * len(line)
                data["seed"] += [seed] * len(line)
                data["rank"] += range(1, len(line) + 1)
                data["cost"] += line.tolist()
        ax.set(title=chosen.name, xlabel="head, by cost", xticks=range(1, ranked.shape[-1] + 1))
    axes[0].set_ylabel("accuracy lost")
    axes[0].legend()
    return figure, data
