"""Section "What a query may see": masks, and self- and cross-attention two by two."""

from functools import cache

import numpy as np
import torch
from jaxtyping import Float
from matplotlib.figure import Figure
from torch import Tensor

from deref.experiment import Experiment, experiment
from deref.figures.maps import columns, weight_map
from deref.figures.style import PALETTE, subplots
from deref.model.config import ModelConfig
from deref.model.transformer import Transformer
from deref.probes.measures.reach import influence, reachable
from deref.sections.shared.partial_address_accuracy import majority
from deref.sections.shared.solving import accuracies, share_solving
from deref.tasks.cross_attention import ADDRESSES, SOURCES, CrossingTask
from deref.tasks.layout import Layout, trie
from deref.train.config import TrainConfig
from evidence.results import exact, mean_t, result
from evidence.results.estimate import Estimate
from evidence.runs import Store

CELLS = 8
NODES, DEPTHS = 10, (1, 2, 3)


def _sequence(mask: Tensor) -> Layout:
    return Layout(positions=torch.arange(len(mask)), mask=mask, readouts=torch.tensor([len(mask) - 1]))


_ALL = torch.ones(NODES, NODES, dtype=torch.bool)
LAYOUTS = {
    "causal": _sequence(_ALL.tril()),
    "window": _sequence(_ALL.tril() & _ALL.triu(-2)),
    "everything": _sequence(_ALL),
    "trie": trie(4, 2),
    "cross": CrossingTask(M=4, address="spelled", source="cross").layout("trie"),
}


@cache
def influences(name: str, depth: int) -> Float[Tensor, "node node"]:
    """How much each node's stream moves each node's end, in an untrained model of some layers, under a mask."""
    layout = LAYOUTS[name]
    model = Transformer(ModelConfig(length=layout.length, layers=depth, heads=2, width=16, mlp=16), seeds=(0,))
    return influence(model, layout)[0]


@result("mask.future", format=".0e",
        title="Largest influence of a later position on an earlier one, causal mask, one to three layers")
def future(store: Store) -> Estimate:
    return exact(max(influences("causal", depth).triu(1).max().item() for depth in DEPTHS),
                 "largest derivative over all pairs and depths, double precision")


@result("mask.mismatches", title="Pairs of positions where derivatives and masks disagree about who reaches whom",
        format="d")
def mismatches(store: Store) -> Estimate:
    wrong = sum(int(((influences(name, depth) > 0) != reachable(layout.mask, depth)).sum())
                for name, layout in LAYOUTS.items() for depth in DEPTHS)
    return exact(wrong, f"counted over {len(LAYOUTS)} masks and {len(DEPTHS)} depths")


@result("mask.pairs", title="Pairs of positions compared, over all masks and depths", format=",d")
def pairs(store: Store) -> Estimate:
    return exact(len(DEPTHS) * sum(layout.size**2 for layout in LAYOUTS.values()), "counted")


def _arm(source: str, address: str) -> Experiment:
    task = CrossingTask(M=CELLS, address=address, source=source)
    model = ModelConfig(length=task.length, vocab=task.vocab, layers=1, heads=1, width=32, final_norm=False,
                        position_std=1.0)
    recipe = TrainConfig(task=task, model=model, steps=600, batch=16, lr=5e-3, warmup=50, schedule="cosine",
                         eval_every=50)
    where = "memory and address" if source == "self" else "memory alone"
    return experiment(f"crossing-{source}-{address}", config=recipe, seeds=range(10),
                      about=f"Eight cells, one layer, the address {address}, keys and values from {where}.")


ARMS = {(source, address): _arm(source, address) for address in reversed(ADDRESSES) for source in SOURCES}


@result.each(ARMS, "crossing.{source}.{address}.accuracy", format=".2%",
             title="Accuracy of one layer of {source}-attention with the address {address} on eight cells")
def accuracy(store: Store, arm: Experiment) -> Estimate:
    """The mean over the seeds of one arm."""
    return mean_t(accuracies(arm.run(store)), bounds=(0, 1))


@result.each(ARMS, "crossing.{source}.{address}.solved", format=".0%",
             title="Share of seeds of one layer of {source}-attention with the address {address} that solve eight "
                   "cells")
def solved(store: Store, arm: Experiment) -> Estimate:
    """Out of the seeds of one arm."""
    return share_solving(arm.run(store))


@result.each(SOURCES, "crossing.{source}.spelled.outside", format=".2g",
             title="Largest influence of another address bit on the readout, one layer of {source}-attention")
def outside(store: Store, source: str) -> Estimate:
    """The influence of tokens that are neither memory nor the readout itself."""
    arm = ARMS[source, "spelled"]
    layout = arm.config.task.layout("trie")
    found = influence(arm.run(store).model, layout)[:, layout.readouts]
    found[:, torch.arange(CELLS), layout.readouts] = 0
    return exact(found[:, :, CELLS:].max().item(), f"largest derivative over {len(arm.seeds)} seeds and all readouts")


def reach() -> tuple[Figure, dict[str, list]]:
    """Who influences whom after one layer and after three, under a causal mask and under a window of three."""
    figure, axes = subplots(2, 2, sharex=True, sharey=True, height=5.2)
    shown = [("causal", 1), ("causal", 3), ("window", 1), ("window", 3)]
    maps = [(influences(name, depth) > 0).double().numpy() for name, depth in shown]
    for ax, (name, depth), picture in zip(axes.flat, shown, maps, strict=True):
        weight_map(ax, picture, cells=NODES)
        ax.set(title=f"{name}, {depth} layer" + "s" * (depth > 1), xticks=range(0, NODES, 3), yticks=range(0, NODES, 3))
    for ax in axes[-1]:
        ax.set_xlabel("from position")
    for ax in axes[:, 0]:
        ax.set_ylabel("to position")
    return figure, columns("reaches", np.stack(maps), panel=[f"{name} {depth}" for name, depth in shown],
                           to=range(NODES), source=range(NODES))


def masks(address: int = 2) -> tuple[Figure, dict[str, list]]:
    """What each token of one question may look at, two by two, for four cells."""
    figure, axes = subplots(2, 2, height=5.2)
    data: dict[str, list] = {}
    for ax, (source, kind) in zip(axes.flat, ARMS, strict=True):
        own = CrossingTask(M=4, address=kind, source="self").layout("trie")
        nodes = own.mask[own.readouts[address]].nonzero().flatten()
        mask = CrossingTask(M=4, address=kind, source=source).layout("trie").mask[nodes][:, nodes].double().numpy()
        names = [*"0123", *(["a"] if kind == "whole" else ["a0", "a1"])]
        weight_map(ax, mask, cells=4)
        ax.axhline(3.5, color="white", linewidth=1)
        ax.set_title(f"{source}, address {kind}")
        ax.set_xticks(range(len(names)), names)
        ax.set_yticks(range(len(names)), names)
        table = columns("sees", mask[None], panel=[f"{source} {kind}"], query=names, key=names)
        data = {key: data.get(key, []) + values for key, values in table.items()}
    return figure, data


def two_by_two() -> tuple[Figure, dict[str, list]]:
    """The accuracy of every seed, two by two, with the rung of knowing one address bit of three."""
    figure, ax = subplots(height=2.8)
    data: dict[str, list] = {"address": [], "source": [], "seed": [], "accuracy": []}
    for place, ((source, address), arm) in enumerate(ARMS.items()):
        found = accuracies(arm.run())
        spread = np.linspace(-0.18, 0.18, len(found))
        ax.plot(place + spread, found, "o", color=PALETTE["blue" if source == "self" else "orange"], markersize=5)
        data["address"] += [address] * len(found)
        data["source"] += [source] * len(found)
        data["seed"] += arm.seeds
        data["accuracy"] += found.tolist()
    for level in (majority(CELLS // 2), 1.0):
        ax.axhline(level, color=PALETTE["black"], linewidth=0.8, linestyle=":")
    ax.set_xticks(range(len(ARMS)), [f"{source},\n{address}" for source, address in ARMS])
    ax.set(ylabel="accuracy", ylim=(0.6, 1.02))
    return figure, data
