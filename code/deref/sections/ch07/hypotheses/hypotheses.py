"""Section "Two hypotheses that died": does a layer refine a lookup, and do heads share out the addresses?"""

from dataclasses import dataclass
from functools import cache

import numpy as np
import torch
from jaxtyping import Bool, Float
from matplotlib.figure import Figure
from torch import Tensor

from deref.experiment import Experiment
from deref.figures.maps import columns, weight_map
from deref.figures.style import PALETTE, subplots
from deref.probes.base.memories import few_memories, probe_memories
from deref.probes.interventions.ablation import ablate
from deref.probes.interventions.ablation_targets import Edge
from deref.probes.measures.concentration import broken, lift, owned, partitions, refines
from deref.probes.pointer.coverage import attention_coverage
from deref.probes.pointer.trace import CLASSES, causal_trace
from deref.sections.ch06.depth import depth
from deref.sections.ch06.noise import noise
from deref.sections.ch07.algorithms.algorithms import twin_16
from deref.sections.ch07.spread.spread import without_heads
from deref.sections.shared.models import gather, gather_three, large_32
from deref.sections.shared.solving import solving
from evidence.results import exact, mean_t, result, wilson
from evidence.results.estimate import Estimate
from evidence.runs import Run, Store

READOUT = CLASSES.index("readout")
DEEP = {"three": depth.ARMS["three"], "four": depth.ARMS["four"]}
HEADED: dict[str, Experiment] = {
    "gather": gather, "noise-16": noise.ARMS["shared", "fresh"], "twin-16": twin_16,
    "depth-24": depth.ARMS["heads"], "large-32": large_32,
}
MEMORIES, ABLATED = 8, 32  # memories of a trace; of an ablation, where each gives one answer an address


@dataclass(frozen=True, kw_only=True, eq=False)
class Looked:
    """How the solving members of a run look for the cell, layer by layer.

    Args:
        seeds: those members' seeds.
        lift: the lift of the readout's map, best head of each layer.
        arrived: recovery at the readout, row 0 at the embedding.
    """

    seeds: tuple[int, ...]
    lift: Float[Tensor, "seed layer"]
    arrived: Float[Tensor, "seed row"]

    @property
    def refining(self) -> Bool[Tensor, "seed"]:
        """Which members refine."""
        return refines(self.lift, self.arrived)


@cache
def looked(run: Run) -> Looked:
    """Measure the readout's map and what has arrived at the readout after each layer."""
    task, model, members = run.config.task, run.model, [*solving(run)]
    pattern = attention_coverage(model, task, probe_memories(task)).pattern[:, members]
    arrived = causal_trace(model, task, few_memories(task, MEMORIES)).by_class()[members][:, :, READOUT]
    return Looked(seeds=tuple(run.seeds[i] for i in members), lift=lift(pattern, task).amax(2).T, arrived=arrived)


@cache
def without_glance(run: Run) -> Float[Tensor, "seed layer"]:
    """The accuracy that each solving member loses when its readout may not see the addressed cell in one layer."""
    task, members = run.config.task, [*solving(run)]
    memories = probe_memories(task)[:MEMORIES]
    addresses = torch.arange(task.M).repeat(MEMORIES)
    tokens = task.tokens(memories.repeat_interleave(task.M, 0), addresses)
    glances = [[Edge(task.T - 1, tuple(addresses.tolist()), layer=layer)] for layer in range(run.config.model.layers)]
    found = ablate(run.model, tokens, task.layout("flat"), memories.reshape(-1, 1), glances, kind="mask", batch=256)
    return (found.accuracy_before() - found.accuracy())[:, members].T


def _declare_deep(key: str, chosen: Experiment) -> None:
    @result(f"refine.{key}.count", format="d", title=f"Seeds of {chosen.name} in which a layer refines the lookup")
    def count(store: Store) -> Estimate:
        found = looked(chosen.run(store)).refining
        return exact(int(found.sum()), f"counted among {len(found)} seeds that solve the task")

    for layer in range(chosen.config.model.layers):
        def put(layer: int = layer) -> None:
            @result(f"refine.{key}.lift-{layer + 1}", format=".1f",
                    title=f"Lift of the readout's map in layer {layer + 1}, seeds of {chosen.name} that solve the task")
            def mean_lift(store: Store) -> Estimate:
                return mean_t(looked(chosen.run(store)).lift[:, layer].numpy())

            @result(f"refine.{key}.arrived-{layer + 1}", format=".2f",
                    title=f"Recovery at the readout after layer {layer + 1}, seeds of {chosen.name} that solve it")
            def arrived(store: Store) -> Estimate:
                return mean_t(looked(chosen.run(store)).arrived[:, layer + 1].double().numpy())

            @result(f"refine.{key}.cut-{layer + 1}", format=".1%",
                    title=f"Accuracy lost when the readout may not see the addressed cell in layer {layer + 1}, "
                          f"seeds of {chosen.name} that solve the task")
            def cut(store: Store) -> Estimate:
                return mean_t(without_glance(chosen.run(store))[:, layer].numpy())
        put()


for _key, _chosen in {**DEEP, "large-32": large_32}.items():
    _declare_deep(_key, _chosen)


@result("refine.share", title="Share of seeds of three and four layers in which a layer refines the lookup",
        format=".0%")
def refining(store: Store) -> Estimate:
    found = np.concatenate([looked(chosen.run(store)).refining.numpy() for chosen in DEEP.values()])
    return wilson(int(found.sum()), len(found))


@result("refine.gather-three.share", format=".0%",
        title="Share of seeds of gather-three, of three layers of four heads, in which a layer refines the lookup")
def refining_with_heads(store: Store) -> Estimate:
    found = looked(gather_three.run(store)).refining
    return wilson(int(found.sum()), len(found))


@cache
def sets(run: Run) -> Bool[Tensor, "seed layer head address"]:
    """Which addresses break without which head, in the solving members of a run."""
    return broken(without_heads(run, ABLATED).right.double().mean(3))


def partitioning(run: Run) -> Bool[Tensor, "seed"]:
    """Which solving members partition the addresses among the heads of some layer."""
    return partitions(sets(run)).any(1)


def _declare_headed(key: str) -> None:
    chosen = HEADED[key]

    def put(name: str, title: str, values) -> None:
        @result(f"partition.{key}.{name}", format=".0%", title=f"{title}, seeds of {key} that solve the task")
        def share(store: Store) -> Estimate:
            return mean_t(values(sets(chosen.run(store))[:, -1]).double().numpy(), bounds=(0, 1))

    put("one", "Share of addresses that break without exactly one head of layer 2", owned)
    put("none", "Share of addresses that break without no single head of layer 2",
        lambda found: (found.sum(1) == 0).double().mean(1))
    put("more", "Share of addresses that break without either of two or more heads of layer 2",
        lambda found: (found.sum(1) > 1).double().mean(1))

    @result(f"partition.{key}.first", format=".0%",
            title=f"Share of addresses that break without exactly one head of layer 1, seeds of {key} that solve")
    def first(store: Store) -> Estimate:
        return mean_t(owned(sets(chosen.run(store))[:, 0]).numpy(), bounds=(0, 1))


for _key in HEADED:
    _declare_headed(_key)


@result("partition.share", title="Share of seeds whose heads partition the addresses, five ensembles", format=".0%")
def partitioning_share(store: Store) -> Estimate:
    found = np.concatenate([partitioning(chosen.run(store)).numpy() for chosen in HEADED.values()])
    return wilson(int(found.sum()), len(found))


def layer_by_layer() -> tuple[Figure, dict[str, list]]:
    """Lift and arrival, layer by layer, a line for each solving seed of models with one head a layer and with four."""
    figure, axes = subplots(2, 3, sharex="col", sharey="row", height=4.6)
    data: dict[str, list] = {"run": [], "seed": [], "layer": [], "lift": [], "arrived": []}
    shown = {**{f"{key} layers,\none head": chosen for key, chosen in DEEP.items()},
             "three layers,\nfour heads": gather_three}
    for column, (title, chosen) in zip(axes.T, shown.items(), strict=True):
        found, layers = looked(chosen.run()), range(1, chosen.config.model.layers + 1)
        for i, seed in enumerate(found.seeds):
            column[0].plot(layers, found.lift[i], color=PALETTE["blue"], marker="o", markersize=4, linewidth=1)
            column[1].plot(layers, found.arrived[i, 1:], color=PALETTE["vermilion"], marker="o", markersize=4,
                           linewidth=1)
            data["run"] += [chosen.name] * len(layers)
            data["seed"] += [seed] * len(layers)
            data["layer"] += layers
            data["lift"] += found.lift[i].numpy().round(6).tolist()
            data["arrived"] += found.arrived[i, 1:].double().numpy().round(6).tolist()
        column[0].set(title=title, yscale="log")
        column[0].axhline(2, color=PALETTE["black"], linewidth=0.9, linestyle=":")
        column[1].set(xlabel="layer", xticks=layers)
    axes[0, 0].set_ylabel("lift of the map")
    axes[1, 0].set_ylabel("recovery at readout")
    return figure, data


def ownership() -> tuple[Figure, dict[str, list]]:
    """The share of answers that stay right without each head of layer 2, by address, first seed of two ensembles."""
    figure, axes = subplots(2, 1, height=4.6)
    data: dict[str, list] = {}
    for ax, key in zip(axes, ("depth-24", "large-32"), strict=True):
        found = without_heads(HEADED[key].run(), ABLATED)
        right = found.right[0, -1].double().mean(1).numpy()
        image = weight_map(ax, right, cells=right.shape[1])
        ax.set_aspect("auto")
        ax.set(title=f"{key}, seed {found.seeds[0]}", ylabel="head off", yticks=range(len(right)))
        table = columns("right", right[None], ensemble=[key], head=range(len(right)), address=range(right.shape[1]))
        data = {name: data.get(name, []) + values for name, values in table.items()}
    axes[1].set_xlabel("address")
    figure.colorbar(image, ax=axes, label="answers right")
    return figure, data
