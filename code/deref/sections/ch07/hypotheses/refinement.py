"""Section "Two hypotheses, put on trial", the first: does a layer refine the lookup that an earlier one begins?"""

from dataclasses import dataclass
from functools import cache

import numpy as np
import torch
from jaxtyping import Bool, Float
from matplotlib.figure import Figure
from torch import Tensor

from deref.experiment import Experiment
from deref.figures.style import PALETTE, subplots
from deref.model.members import some
from deref.probes.base.memories import few_memories, probe_memories
from deref.probes.interventions.ablation import ablate
from deref.probes.interventions.ablation_targets import Edge
from deref.probes.measures.concentration import lift, refines
from deref.probes.pointer.coverage import attention_coverage
from deref.probes.pointer.trace import CLASSES, causal_trace
from deref.sections.ch06.depth import depth
from deref.sections.shared.layers import Layer, layers_of
from deref.sections.shared.models import gather_three
from deref.sections.shared.solving import solving
from evidence.results import exact, mean_t, result, share
from evidence.results.estimate import Estimate
from evidence.runs import Run, Store

READOUT = CLASSES.index("readout")
MODELS: dict[str, Experiment] = {"three": depth.ARMS["three"], "four": depth.ARMS["four"]}
MEMORIES = 8  # of a trace


@dataclass(frozen=True, kw_only=True, eq=False)
class Looks:
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
def looks(run: Run) -> Looks:
    """Measure the readout's map in each layer, and what has arrived at the readout after it.

    Args:
        run: on the pointer task; members that do not solve it are left out.
    """
    task, members = run.config.task, [*solving(run)]
    model = some(run.model, members)
    # Of the whole run, since the batches in which patterns are added up, and so their last digits, go by its size.
    pattern = attention_coverage(run.model, task, probe_memories(task)).pattern[:, members]
    arrived = causal_trace(model, task, few_memories(task, MEMORIES)).by_class()[:, :, READOUT]
    return Looks(seeds=model.seeds, lift=lift(pattern, task).amax(2).T, arrived=arrived)


@cache
def without_cell(run: Run) -> Float[Tensor, "seed layer"]:
    """The accuracy that each solving member loses when its readout may not see the addressed cell in one layer.

    Args:
        run: on the pointer task.
    """
    task, model = run.config.task, some(run.model, solving(run))
    memories = probe_memories(task)[:MEMORIES]
    addresses = torch.arange(task.M).repeat(MEMORIES)
    tokens = task.tokens(memories.repeat_interleave(task.M, 0), addresses)
    edges = [[Edge(task.T - 1, tuple(addresses.tolist()), layer=layer)] for layer in range(run.config.model.layers)]
    found = ablate(model, tokens, task.layout("flat"), memories.reshape(-1, 1), edges, kind="mask", batch=256)
    return (found.accuracy_before() - found.accuracy()).T


@result.each(MODELS, "refine.{model}.count", format="d",
             title="Seeds of {member.name} in which a layer refines the lookup")
def refining_seeds(store: Store, model: Experiment) -> Estimate:
    found = looks(model.run(store)).refining
    return exact(int(found.sum()), f"counted among {len(found)} seeds that solve the task")


@result.each(layers_of(MODELS), "refine.{model}.lift-{layer}", format=".1f",
             title="Lift of the readout's map in layer {layer}, seeds of {member.experiment.name} that solve the task")
def lift_of_a_layer(store: Store, layer: Layer) -> Estimate:
    return mean_t(looks(layer.experiment.run(store)).lift[:, layer.index].numpy())


@result.each(layers_of(MODELS), "refine.{model}.arrived-{layer}", format=".2f",
             title="Recovery at the readout after layer {layer}, seeds of {member.experiment.name} that solve it")
def arrived_after_a_layer(store: Store, layer: Layer) -> Estimate:
    arrived = looks(layer.experiment.run(store)).arrived
    return mean_t(arrived[:, layer.index + 1].double().numpy())  # row 0 is at the embedding


@result.each(layers_of(MODELS), "refine.{model}.cut-{layer}", format=".1%",
             title="Accuracy lost when the readout may not see the addressed cell in layer {layer}, "
                   "seeds of {member.experiment.name} that solve the task")
def lost_without_the_cell(store: Store, layer: Layer) -> Estimate:
    return mean_t(without_cell(layer.experiment.run(store))[:, layer.index].numpy())


@result("refine.share", title="Share of seeds of three and four layers in which a layer refines the lookup",
        format=".0%")
def refining(store: Store) -> Estimate:
    found = np.concatenate([looks(model.run(store)).refining.numpy() for model in MODELS.values()])
    return share(found)


@result("refine.gather-three.share", format=".0%",
        title="Share of seeds of gather-three, of three layers of four heads, in which a layer refines the lookup")
def refining_with_heads(store: Store) -> Estimate:
    found = looks(gather_three.run(store)).refining
    return share(found)


def layer_by_layer() -> tuple[Figure, dict[str, list]]:
    """Lift and arrival, layer by layer, a line for each solving seed of models with one head a layer and with four."""
    figure, axes = subplots(2, 3, sharex="col", sharey="row", height=4.6)
    data: dict[str, list] = {"run": [], "seed": [], "layer": [], "lift": [], "arrived": []}
    shown = {**{f"{key} layers,\none head": chosen for key, chosen in MODELS.items()},
             "three layers,\nfour heads": gather_three}
    for column, (title, chosen) in zip(axes.T, shown.items(), strict=True):
        found, layers = looks(chosen.run()), range(1, chosen.config.model.layers + 1)
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
