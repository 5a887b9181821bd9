"""Section "Fetch, or gather and select": two algorithms for one lookup, over ensembles that solve it."""

from dataclasses import dataclass, replace
from functools import cache

import numpy as np
from jaxtyping import Float
from matplotlib.figure import Figure
from scipy.stats import spearmanr

from deref.experiments import depth, layers, noise
from deref.experiments.models import few_memories, gather, large_32, legible_8, probe_memories
from deref.experiments.reading import twin, twin_sinusoidal
from deref.experiments.registry import Experiment, experiment
from deref.experiments.solving import solving
from deref.figures.style import PALETTE, subplots
from deref.probes.attention import attention_coverage
from deref.probes.flip import flip_test
from deref.probes.trace import CLASSES, causal_trace
from deref.results import compare, exact, mean_t, result, spearman
from deref.results.estimate import Estimate
from deref.runs import Run, Store

CELL, READOUT = CLASSES.index("addressed cell"), CLASSES.index("readout")
MEMORIES = 8  # all addresses of each
ENOUGH = 5  # solving seeds, for a correlation within an ensemble

_MIDDLE = replace(large_32.config.task, M=16)
twin_16 = experiment(
    "twin-16", seeds=range(5),
    about="The recipe of large-32, and nothing changed but the memory: sixteen cells.",
    config=replace(large_32.config, task=_MIDDLE, model=replace(large_32.config.model, length=_MIDDLE.length)),
)
gather_waves = experiment(
    "gather-sinusoidal", seeds=range(10), about="As gather, with sinusoidal positions.",
    config=replace(gather.config, model=replace(gather.config.model, positions="sinusoidal")),
)
again = experiment(
    "gather-sinusoidal-again", config=gather_waves.config, seeds=range(10, 20),
    about="As gather-sinusoidal, other seeds: those that judge whether one recipe trains both algorithms.",
)
gather_one = experiment(
    "gather-one-head", seeds=range(10), about="As gather, with one head of the same width in place of four.",
    config=replace(gather.config, model=replace(gather.config.model, heads=1)),
)

ENSEMBLES: dict[str, Experiment] = {
    "legible-8": legible_8, "two-layers-8": layers.two, "gather-one-head": gather_one, "gather": gather,
    "gather-sinusoidal": gather_waves, "twin-8": twin, "twin-8-sinusoidal": twin_sinusoidal,
    "noise-16": noise.ARMS["shared", "fresh"], "twin-16": twin_16, "depth-24": depth.ARMS["heads"],
    "large-32": large_32,
}
KINDS = {"waves": ("sinusoidal positions", "blue"), "large": ("learned, large at first", "orange"),
         "small": ("learned, small at first", "vermilion")}


@dataclass(frozen=True, kw_only=True, eq=False)
class Traced:
    """How the members of a run that solve the task do it.

    Args:
        seeds: those members' seeds.
        waiting: recovery at the addressed cell after layer 1, clean into corrupted, by seed.
        needed: the same, corrupted into clean.
        arrived: recovery at the readout after layer 1, clean into corrupted, by seed.
        covered: the share of addresses whose cell gets more than half the weight of a last-layer head, by seed.
        followed: the share of flips of the addressed cell that change the answer, by seed.
    """

    seeds: tuple[int, ...]
    waiting: Float[np.ndarray, "seed"]
    needed: Float[np.ndarray, "seed"]
    arrived: Float[np.ndarray, "seed"]
    covered: Float[np.ndarray, "seed"]
    followed: Float[np.ndarray, "seed"]


@cache
def traced(run: Run) -> Traced:
    """Trace the bit through the solving members of a run, both ways."""
    task, model, members = run.config.task, run.model, [*solving(run)]
    memories = probe_memories(task)
    some = few_memories(task, MEMORIES)
    enough, needed = (causal_trace(model, task, some, direction=way).by_class()[members].double().numpy()
                      for way in ("denoise", "noise"))
    covered = attention_coverage(model, task, memories).covered[members].double().mean(1).numpy()
    followed = flip_test(model, task, some).addressed_rate().mean(1)[members].double().numpy()
    return Traced(seeds=tuple(run.seeds[i] for i in members), waiting=enough[:, 1, CELL], needed=needed[:, 1, CELL],
                  arrived=enough[:, 1, READOUT], covered=covered, followed=followed)


def kind_of(chosen: Experiment) -> str:
    """What an ensemble's positions are: a key of `KINDS`."""
    model = chosen.config.model
    if model.positions == "sinusoidal":
        return "waves"
    return "large" if model.position_std > 0.1 else "small"


def label(key: str) -> str:
    """The size and the heads of an ensemble, in words."""
    task, heads = ENSEMBLES[key].config.task, ENSEMBLES[key].config.model.heads
    return f"{task.M} cells, {heads} head{'s' if heads > 1 else ''}"


def _declare(key: str) -> None:
    chosen = ENSEMBLES[key]

    def put(name: str, title: str, spec: str, bounds: tuple | None, values) -> None:
        @result(f"algorithms.{key}.{name}", format=spec, title=f"{title}, seeds of {key} that solve the task")
        def mean(store: Store) -> Estimate:
            return mean_t(values(traced(chosen.run(store))), bounds=bounds)

    put("waiting", "Recovery at the addressed cell after layer 1", ".2f", None, lambda t: t.waiting)
    put("needed", "Recovery at the addressed cell after layer 1, corrupted into clean", ".2f", None, lambda t: t.needed)
    put("arrived", "Recovery at the readout after layer 1", ".2f", None, lambda t: t.arrived)
    put("covered", "Share of addresses covered", ".0%", (0, 1), lambda t: t.covered)


for _key in ENSEMBLES:
    _declare(_key)


def _all(store: Store | None = None) -> dict[str, Traced]:
    return {key: traced(chosen.run(store)) for key, chosen in ENSEMBLES.items()}


@result("algorithms.flip-worst", format=".1%",
        title="Flips of the addressed cell that change the answer, worst solving seed of all runs")
def flip_worst(store: Store) -> Estimate:
    found = np.concatenate([one.followed for one in (*_all(store).values(), traced(again.run(store)))])
    return exact(found.min(), f"smallest of {len(found)} seeds, all addresses of {MEMORIES} memories each")


@result("algorithms.rank", format=".2f",
        title="Rank correlation of recovery at the cell after layer 1 with the share of addresses covered, all seeds")
def rank(store: Store) -> Estimate:
    every = _all(store).values()
    return spearman(np.concatenate([one.waiting for one in every]), np.concatenate([one.covered for one in every]),
                    "seeds")


@result("algorithms.rank-within", format=".2f", title="Rank correlation of coverage and "
        "recovery at the addressed cell within an ensemble, mean over ensembles")
def rank_within(store: Store) -> Estimate:
    some = [one for one in _all(store).values() if len(one.seeds) >= ENOUGH and np.ptp(one.covered) > 0]
    return mean_t([spearmanr(one.waiting, one.covered).statistic for one in some], "ensembles", bounds=(-1, 1))


@result("algorithms.again.waiting-most", format=".2f",
        title="Recovery at the addressed cell after layer 1, the fresh seed with most of it")
def waiting_most(store: Store) -> Estimate:
    found = traced(again.run(store)).waiting
    return exact(found.max(), f"largest of {len(found)} fresh seeds that solve the task")


@result("algorithms.again.waiting-least", format=".2f",
        title="Recovery at the addressed cell after layer 1, the fresh seed with least of it")
def waiting_least(store: Store) -> Estimate:
    found = traced(again.run(store)).waiting
    return exact(found.min(), f"smallest of {len(found)} fresh seeds that solve the task")


@result("algorithms.again.rank", format=".2f",
        title="Rank correlation of recovery at the cell after layer 1 with the share of addresses covered, fresh seeds")
def rank_again(store: Store) -> Estimate:
    found = traced(again.run(store))
    return spearman(found.waiting, found.covered, "seeds")


def _gap(name: str, first: str, second: str, what: str) -> None:
    @result(f"algorithms.{name}-gap", format="+.2f",
            title=f"Recovery at the addressed cell after layer 1, {what}: {first} minus {second}")
    def gap(store: Store) -> Estimate:
        return compare.difference_of_medians(*(traced(ENSEMBLES[key].run(store)).waiting for key in (first, second)))


_gap("positions", "gather-sinusoidal", "gather", "positions alone changed")
_gap("positions-wide", "twin-8-sinusoidal", "twin-8", "positions alone changed, wider model with an MLP")
_gap("heads", "gather-one-head", "gather", "heads alone changed")
_gap("size", "large-32", "twin-8", "cells alone changed")


def plane() -> tuple[Figure, dict[str, list]]:
    """Every solving seed of every ensemble: how much of the bit waits in its cell, and how legible the map is."""
    figure, ax = subplots(height=4.0)
    data: dict[str, list] = {"ensemble": [], "seed": [], "waiting": [], "needed": [], "covered": []}
    markers = dict(zip((8, 16, 24, 32), "os^D", strict=True))
    for key, chosen in ENSEMBLES.items():
        found, cells = traced(chosen.run()), chosen.config.task.M
        ax.scatter(found.waiting, found.covered, marker=markers[cells], s=34, alpha=0.75, linewidths=0,
                   color=PALETTE[KINDS[kind_of(chosen)][1]])
        data["ensemble"] += [key] * len(found.seeds)
        data["seed"] += found.seeds
        for name in ("waiting", "needed", "covered"):
            data[name] += getattr(found, name).round(6).tolist()
    for name, colour in KINDS.values():
        ax.scatter([], [], color=PALETTE[colour], label=name)
    for cells, marker in markers.items():
        ax.scatter([], [], color=PALETTE["black"], marker=marker, alpha=0.5, label=f"{cells} cells")
    ax.legend(loc="center left", bbox_to_anchor=(1, 0.5))
    ax.set(xlabel="recovery at the cell after layer 1", ylabel="share of addresses covered", ylim=(-0.04, 1.04))
    return figure, data


def by_ensemble() -> tuple[Figure, dict[str, list]]:
    """Where the bit is after layer 1, ensemble by ensemble, each solving seed a pair of marks."""
    figure, ax = subplots(height=4.6)
    data: dict[str, list] = {"ensemble": [], "seed": [], "waiting": [], "arrived": []}
    order = sorted(ENSEMBLES, key=lambda key: -float(np.median(traced(ENSEMBLES[key].run()).waiting)))
    for row, key in enumerate(order):
        found = traced(ENSEMBLES[key].run())
        spread = row + np.linspace(-0.25, 0.25, len(found.seeds))
        for name, colour, marker in (("waiting", "blue", "o"), ("arrived", "vermilion", "x")):
            ax.plot(getattr(found, name), spread, marker, color=PALETTE[colour], markersize=5, alpha=0.8)
            data[name] += getattr(found, name).round(6).tolist()
        data["ensemble"] += [key] * len(found.seeds)
        data["seed"] += found.seeds
    for name, colour, marker in (("at the cell", "blue", "o"), ("at the readout", "vermilion", "x")):
        ax.plot([], [], marker, color=PALETTE[colour], label=name)
    ax.set_yticks(range(len(order)), [f"{key}\n{label(key)}" for key in order], fontsize="small")
    ax.set(xlabel="recovery after layer 1", ylim=(len(order) - 0.5, -0.5))
    ax.legend(loc="lower center", bbox_to_anchor=(0.5, 1), ncols=2)
    return figure, data
