"""Section "How the work spreads": heads and wires that carry a lookup, and their number as the memory grows."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache

import numpy as np
import torch
from jaxtyping import Bool, Float
from matplotlib.figure import Figure
from torch import Tensor

from deref.experiment import Experiment
from deref.figures.maps import columns, recovery_map
from deref.figures.style import PALETTE, subplots
from deref.model.taps import Site
from deref.probes.base.memories import few_memories, probe_memories
from deref.probes.base.pairs import pointer_pairs
from deref.probes.base.tappable import Head, every_head
from deref.probes.interventions.ablation import ablate
from deref.probes.interventions.activation_patches import patch_heads
from deref.probes.interventions.path_patching import path_patch
from deref.probes.interventions.path_runs import EMBEDDING
from deref.probes.measures.concentration import participation
from deref.probes.pointer.coverage import attention_coverage
from deref.sections.ch07.algorithms.algorithms import twin_16
from deref.sections.ch07.reading.reading import twin
from deref.sections.shared.models import gather, large_32, legible_8, runs
from deref.sections.shared.solving import solving
from evidence.results import exact, mean_t, result, spearman
from evidence.results.estimate import Estimate
from evidence.runs import Run, Store

SIZES = {8: twin, 16: twin_16, 32: large_32}  # cells; one recipe
WIRED = (legible_8, gather, large_32)
DONORS = 2_000_005  # seed of the sequences that ablated heads are resampled from
SEQUENCES, PAIRS = 256, 128
HEADS, MLP = Site("attn_out", 0), Site("mlp_out", 0)
WIRES = {  # what is sent to the values of layer 2, and whether at the addressed cell or at all other positions
    "cell": ("the cell's embedding", EMBEDDING, True),
    "heads-here": ("heads of layer 1, at the cell", HEADS, True),
    "heads-away": ("heads of layer 1, elsewhere", HEADS, False),
    "mlp-here": ("MLP of layer 1, at the cell", MLP, True),
    "mlp-away": ("MLP of layer 1, elsewhere", MLP, False),
}


@dataclass(frozen=True, kw_only=True, eq=False)
class Without:
    """What the solving members of a run answer without each head.

    Args:
        seeds: those members' seeds.
        right: whether the answer stays right, (seed, layer, head, memory, address).
        lost: the share of the mean margin that is lost, (seed, layer, head).
        covered: the share of covered addresses, by seed.
    """

    seeds: tuple[int, ...]
    right: Bool[Tensor, "seed layer head memory address"]
    lost: Float[Tensor, "seed layer head"]
    covered: Float[np.ndarray, "seed"]


@cache
def without_heads(run: Run, count: int) -> Without:
    """Take each head away from a run's solving members, its outputs resampled from sequences of other addresses.

    Flat sequences, because in a tree of addresses a donor would differ in its memory alone, and a head that tells the
    address would lose nothing.

    Args:
        run: the run.
        count: how many memories, all addresses of each.
    """
    task, model, members = run.config.task, run.model, [*solving(run)]
    memories = few_memories(task, count)
    tokens = task.tokens(memories.repeat_interleave(task.M, 0), torch.arange(task.M).repeat(count))
    donors, _ = task.sample(len(tokens), "flat", torch.Generator().manual_seed(DONORS))
    layers, heads = model.config.layers, model.config.heads
    answers = memories.reshape(-1, 1)
    found = ablate(model, tokens, task.layout("flat"), answers, [[head] for head in every_head(layers, heads)],
                   kind="resample", donors=donors, others=1 - answers, batch=256)
    shape = (layers, heads, len(members), count, task.M)
    lost = 1 - found.margin[:, members].double().mean((2, 3)) / found.margin_before[members].double().mean((1, 2))
    covered = attention_coverage(model, task, probe_memories(task)).covered[members].double().mean(1).numpy()
    return Without(seeds=tuple(run.seeds[i] for i in members),
                   right=found.correct[:, members, :, 0].reshape(shape).permute(2, 0, 1, 3, 4),
                   lost=lost.reshape(shape[:3]).permute(2, 0, 1), covered=covered)


def effective(found: Without) -> np.ndarray:
    """The effective number of heads of each seed, over both layers."""
    return participation(found.lost.flatten(1)).numpy()


def _covered(found: Without) -> np.ndarray:
    return found.covered


def _first(found: Without) -> np.ndarray:
    effects = found.lost.clamp(min=0).sum(2)
    return (effects[:, 0] / effects.sum(1)).numpy()


def sized(cells: int, values: Callable[[Without], np.ndarray], store: Store | None = None) -> np.ndarray:
    """Values of every solving seed of the recipe at one size, a long array over its runs."""
    return np.concatenate([values(without_heads(run, SEQUENCES // cells)) for run in runs(SIZES[cells], store)])


def _declare_size(cells: int) -> None:
    name = SIZES[cells].name

    @result(f"spread.{name}.heads", title=f"Effective number of heads, seeds of {name} that solve the task",
            format=".1f")
    def number(store: Store) -> Estimate:
        return mean_t(sized(cells, effective, store))

    @result(f"spread.{name}.covered", format=".0%",
            title=f"Share of addresses covered, seeds of {name} that solve the task")
    def covered(store: Store) -> Estimate:
        return mean_t(sized(cells, _covered, store), bounds=(0, 1))

    @result(f"spread.{name}.first", format=".0%",
            title=f"Share of the heads' effects that is layer 1's, seeds of {name} that solve the task")
    def first(store: Store) -> Estimate:
        return mean_t(sized(cells, _first, store))


for _cells in SIZES:
    _declare_size(_cells)


def _against_size(values: Callable[[Without], np.ndarray], store: Store) -> Estimate:
    found = {cells: sized(cells, values, store) for cells in SIZES}
    sizes = np.concatenate([[cells] * len(some) for cells, some in found.items()])
    return spearman(sizes, np.concatenate([*found.values()]), "seeds")


@result("spread.heads-rank", title="Rank correlation of the effective number of heads with the number of cells",
        format=".2f")
def heads_rank(store: Store) -> Estimate:
    return _against_size(effective, store)


@result("spread.covered-rank", title="Rank correlation of the share of covered addresses with the number of cells",
        format=".2f")
def covered_rank(store: Store) -> Estimate:
    return _against_size(_covered, store)


def wires(chosen: Experiment) -> list[str]:
    """The wires that the model of an experiment has: keys of `WIRES`."""
    return [key for key in WIRES if chosen.config.model.mlp or not key.startswith("mlp")]


@cache
def wired(run: Run, names: tuple[str, ...]) -> Float[np.ndarray, "seed wire"]:
    """How much of a flipped bit each wire alone brings to the values of all last-layer heads."""
    task, model, members = run.config.task, run.model, [*solving(run)]
    pairs = pointer_pairs(task, few_memories(task, PAIRS // task.M))
    receivers = [Head(1, head) for head in range(model.config.heads)]
    total = torch.zeros(len(members), len(names))
    for address in range(task.M):  # one at a time, because the cell's position is the address
        some = pairs[torch.arange(address, len(pairs), task.M)]
        for place, name in enumerate(names):
            _, sender, here = WIRES[name]
            nodes = [node for node in range(task.T) if (node == address) == here]
            found = path_patch(model, some, into="v", receivers=receivers, senders=[sender], nodes=nodes)
            total[:, place] += found.mean()[members, 0] / task.M
    return total.double().numpy()


def _declare_wire(chosen: Experiment, place: int, name: str) -> None:
    @result(f"spread.{chosen.name}.from-{name}", format=".2f",
            title=f"Recovery through the values of layer 2, {WIRES[name][0]}, seeds of {chosen.name} that solve")
    def recovery(store: Store) -> Estimate:
        return mean_t(wired(chosen.run(store), tuple(wires(chosen)))[:, place])


for _experiment in WIRED:
    for _place, _name in enumerate(wires(_experiment)):
        _declare_wire(_experiment, _place, _name)


def wire_marks() -> tuple[Figure, dict[str, list]]:
    """What each wire alone brings to the values of layer 2, in every solving seed of three runs."""
    figure, ax = subplots(height=3.6)
    data: dict[str, list] = {"run": [], "seed": [], "wire": [], "recovery": []}
    marks = dict(zip(WIRED, (("blue", "o"), ("vermilion", "s"), ("green", "D")), strict=True))
    for shift, (chosen, (colour, marker)) in zip((-0.22, 0, 0.22), marks.items(), strict=True):
        run, names = chosen.run(), wires(chosen)
        for row, (name, values) in enumerate(zip(names, wired(run, tuple(names)).T, strict=True)):
            ax.plot(values, [row + shift] * len(values), marker, color=PALETTE[colour], alpha=0.7, markersize=5)
            data["run"] += [chosen.name] * len(values)
            data["seed"] += [run.seeds[i] for i in solving(run)]
            data["wire"] += [name] * len(values)
            data["recovery"] += values.round(6).tolist()
        ax.plot([], [], marker, color=PALETTE[colour], label=chosen.name)
    ax.set_yticks(range(len(WIRES)), [words.replace(", ", ",\n") for words, _, _ in WIRES.values()])
    ax.set(xlabel="recovery", ylim=(len(WIRES) - 0.5, -0.5))
    ax.legend(loc="lower center", bbox_to_anchor=(0.5, 1), ncols=3)
    return figure, data


@cache
def head_recoveries(run: Run, direction: str = "denoise") -> Float[np.ndarray, "seed head"]:
    """Recovery by head of the solving seeds of a run, its output patched at all nodes; heads of layer 1 come first."""
    task = run.config.task
    pairs = pointer_pairs(task, probe_memories(task)[: PAIRS // task.M])
    return patch_heads(run.model, pairs, direction=direction, batch=64).mean()[[*solving(run)]].flatten(1).numpy()


@result("spread.large-32.head-most", format=".2f",
        title="Recovery of the head that alone brings back most of the answer, all seeds of large-32 that pages show")
def head_most(store: Store) -> Estimate:
    found = head_recoveries(large_32.run(store))
    return exact(found.max(), f"largest of {found.size} heads of {len(found)} seeds")


def head_maps() -> tuple[Figure, dict[str, list]]:
    """Recovery by head of every solving seed of large-32, its output patched at all nodes, both ways."""
    run = large_32.run()
    members, heads = [*solving(run)], run.config.model.heads
    maps = [head_recoveries(run, way) for way in ("denoise", "noise")]
    figure, axes = subplots(2, 1, sharex=True, height=4.2)
    for ax, found, title in zip(axes, maps, ("clean into corrupted", "corrupted into clean"), strict=True):
        image = recovery_map(ax, found, [f"seed {run.seeds[i]}" for i in members])
        ax.axvline(heads - 0.5, color="#111111", linewidth=1)  # not black, which turns white in dark pages
        ax.set_title(title)
    axes[1].set_xticks([(heads - 1) / 2, heads + (heads - 1) / 2], ["heads of layer 1", "heads of layer 2"])
    figure.colorbar(image, ax=axes, label="recovery")
    names = [str(head) for head in every_head(run.config.model.layers, heads)]
    return figure, columns("recovery", np.stack(maps), direction=["denoise", "noise"],
                           seed=[run.seeds[i] for i in members], head=names)


def sizes() -> tuple[Figure, dict[str, list]]:
    """The effective number of heads and the share of covered addresses of every solving seed, by number of cells."""
    figure, axes = subplots(1, 2, height=3.0)
    data: dict[str, list] = {"cells": [], "seed": [], "heads": [], "covered": []}
    for place, cells in enumerate(SIZES):
        number, covered = (sized(cells, values) for values in (effective, _covered))
        spread = place + np.linspace(-0.12, 0.12, len(number))
        for ax, values, colour in zip(axes, (number, covered), ("vermilion", "blue"), strict=True):
            ax.plot(spread, values, "o", color=PALETTE[colour], alpha=0.8)
            ax.plot([place - 0.25, place + 0.25], [values.mean()] * 2, color=PALETTE["black"])
        data["cells"] += [cells] * len(number)
        data["seed"] += [run.seeds[i] for run in runs(SIZES[cells]) for i in solving(run)]
        data["heads"] += number.round(6).tolist()
        data["covered"] += covered.round(6).tolist()
    for ax, title, top in zip(axes, ("effective number of heads", "share of addresses covered"), (16, 1), strict=True):
        ax.set(title=title, xlabel="cells", ylim=(-0.03 * top, top * 1.03))
        ax.set_xticks(range(len(SIZES)), [*map(str, SIZES)])
    return figure, data
