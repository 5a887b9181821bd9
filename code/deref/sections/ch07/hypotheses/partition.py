"""Section "Two hypotheses, put on trial", the second: do the heads of a layer share out the addresses?"""

from functools import cache

import numpy as np
from jaxtyping import Bool
from matplotlib.figure import Figure
from torch import Tensor

from deref.experiment import Experiment
from deref.figures.maps import columns, weight_map
from deref.figures.style import subplots
from deref.probes.measures.concentration import broken, owned, partitions
from deref.sections.ch06.depth import depth
from deref.sections.ch06.noise import noise
from deref.sections.ch07.algorithms.algorithms import twin_16
from deref.sections.ch07.spread.spread import without_heads
from deref.sections.shared.models import gather, large_32
from evidence.results import mean_t, result, share
from evidence.results.estimate import Estimate
from evidence.runs import Run, Store

MODELS: dict[str, Experiment] = {
    "gather": gather, "noise-16": noise.ARMS["shared", "fresh"], "twin-16": twin_16,
    "depth-24": depth.ARMS["heads"], "large-32": large_32,
}
MEMORIES = 32  # of an ablation, where each gives one answer an address


@cache
def broken_by_head(run: Run) -> Bool[Tensor, "seed layer head address"]:
    """Which addresses break without which head, in the solving members of a run."""
    return broken(without_heads(run, MEMORIES).right.double().mean(3))


def partitioning(run: Run) -> Bool[Tensor, "seed"]:
    """Which solving members partition the addresses among the heads of some layer."""
    return partitions(broken_by_head(run)).any(1)


@result.each(MODELS, "partition.{model}.one", format=".0%",
             title="Share of addresses that break without exactly one head of layer 2, seeds of {model} that solve the "
                   "task")
def owned_by_one_head(store: Store, model: Experiment) -> Estimate:
    return mean_t(owned(broken_by_head(model.run(store))[:, -1]).numpy(), bounds=(0, 1))


@result.each(MODELS, "partition.{model}.none", format=".0%",
             title="Share of addresses that break without no single head of layer 2, seeds of {model} that solve the "
                   "task")
def owned_by_no_head(store: Store, model: Experiment) -> Estimate:
    heads = broken_by_head(model.run(store))[:, -1].sum(1)  # without which an address breaks, (seed, address)
    return mean_t((heads == 0).double().mean(1).numpy(), bounds=(0, 1))


@result.each(MODELS, "partition.{model}.more", format=".0%",
             title="Share of addresses that break without either of two or more heads of layer 2, seeds of {model} "
                   "that solve the task")
def shared_by_heads(store: Store, model: Experiment) -> Estimate:
    heads = broken_by_head(model.run(store))[:, -1].sum(1)  # without which an address breaks, (seed, address)
    return mean_t((heads > 1).double().mean(1).numpy(), bounds=(0, 1))


@result("partition.share", title="Share of seeds whose heads partition the addresses, five ensembles", format=".0%")
def partitioning_share(store: Store) -> Estimate:
    found = np.concatenate([partitioning(model.run(store)).numpy() for model in MODELS.values()])
    return share(found)


def ownership() -> tuple[Figure, dict[str, list]]:
    """The share of answers that stay right without each head of layer 2, by address, first seed of two ensembles."""
    figure, axes = subplots(2, 1, height=4.6)
    data: dict[str, list] = {}
    for ax, key in zip(axes, ("depth-24", "large-32"), strict=True):
        found = without_heads(MODELS[key].run(), MEMORIES)
        right = found.right[0, -1].double().mean(1).numpy()
        image = weight_map(ax, right, cells=right.shape[1])
        ax.set_aspect("auto")
        ax.set(title=f"{key}, seed {found.seeds[0]}", ylabel="head off", yticks=range(len(right)))
        table = columns("right", right[None], ensemble=[key], head=range(len(right)), address=range(right.shape[1]))
        data = {name: data.get(name, []) + values for name, values in table.items()}
    axes[1].set_xlabel("address")
    figure.colorbar(image, ax=axes, label="answers right")
    return figure, data
