"""Section "Fetch, or gather and select": two algorithms for one lookup, over ensembles that solve it."""

from dataclasses import dataclass, replace
from functools import cache

import numpy as np
from jaxtyping import Float
from scipy.stats import spearmanr

from deref.experiment import Experiment, experiment
from deref.probes.base.memories import few_memories, probe_memories
from deref.probes.pointer.coverage import attention_coverage
from deref.probes.pointer.flip import flip_test
from deref.probes.pointer.trace import CLASSES, causal_trace
from deref.sections.ch06.depth import depth
from deref.sections.ch06.layers import layers
from deref.sections.ch06.noise import noise
from deref.sections.ch07.reading.reading import twin, twin_sinusoidal
from deref.sections.shared.models import again, gather, gather_three, gather_waves, large_32, legible_8, runs
from deref.sections.shared.solving import solving
from evidence.results import exact, mean_t, result, share, spearman, survival
from evidence.results.estimate import Estimate
from evidence.runs import Run, Store

CELL, READOUT = CLASSES.index("addressed cell"), CLASSES.index("readout")
MEMORIES = 8  # all addresses of each
ENOUGH = 5  # solving seeds, for a correlation within an ensemble
FETCHES, GATHERS = 2 / 3, 1 / 3  # recovery at the cell after layer 1 above which a seed fetches, below which it gathers
FOLLOWS = 0.97  # of the flips of the addressed cell

_MIDDLE = replace(large_32.config.task, M=16)
twin_16 = experiment(
    "twin-16", seeds=range(15),
    about="The recipe of large-32, and nothing changed but the memory: sixteen cells.",
    config=replace(large_32.config, task=_MIDDLE, model=replace(large_32.config.model, length=_MIDDLE.length)),
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
COUNTED = {"again": again, "three": gather_three}  # seeds that fetch and seeds that gather are counted in these
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
        seen: the share whose cell gets as much from a head of any layer after the first, by seed.
        followed: the share of flips of the addressed cell that change the answer, by seed.
    """

    seeds: tuple[int, ...]
    waiting: Float[np.ndarray, "seed"]
    needed: Float[np.ndarray, "seed"]
    arrived: Float[np.ndarray, "seed"]
    covered: Float[np.ndarray, "seed"]
    seen: Float[np.ndarray, "seed"]
    followed: Float[np.ndarray, "seed"]


@cache
def traced(run: Run) -> Traced:
    """Trace the bit through the solving members of a run, both ways."""
    task, model, members = run.config.task, run.model, [*solving(run)]
    memories = probe_memories(task)
    some = few_memories(task, MEMORIES)
    enough, needed = (causal_trace(model, task, some, direction=way).by_class()[members].double().numpy()
                      for way in ("denoise", "noise"))
    coverage = attention_coverage(model, task, memories)
    covered, seen = (found[members].double().mean(1).numpy() for found in (coverage.covered, coverage.seen))
    followed = flip_test(model, task, some).addressed_rate().mean(1)[members].double().numpy()
    return Traced(seeds=tuple(run.seeds[i] for i in members), waiting=enough[:, 1, CELL], needed=needed[:, 1, CELL],
                  arrived=enough[:, 1, READOUT], covered=covered, seen=seen, followed=followed)


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


@result.each(ENSEMBLES, "algorithms.{ensemble}.waiting", format=".2f",
             title="Recovery at the addressed cell after layer 1, seeds of {ensemble} that solve the task")
def waiting(store: Store, chosen: Experiment) -> Estimate:
    return mean_t(traced(chosen.run(store)).waiting)


@result.each(ENSEMBLES, "algorithms.{ensemble}.needed", format=".2f",
             title="Recovery at the addressed cell after layer 1, corrupted into clean, seeds of {ensemble} that solve "
                   "the task")
def needed(store: Store, chosen: Experiment) -> Estimate:
    return mean_t(traced(chosen.run(store)).needed)


@result.each(ENSEMBLES, "algorithms.{ensemble}.arrived", format=".2f",
             title="Recovery at the readout after layer 1, seeds of {ensemble} that solve the task")
def arrived(store: Store, chosen: Experiment) -> Estimate:
    return mean_t(traced(chosen.run(store)).arrived)


@result.each(ENSEMBLES, "algorithms.{ensemble}.covered", format=".0%",
             title="Share of addresses covered, seeds of {ensemble} that solve the task")
def covered(store: Store, chosen: Experiment) -> Estimate:
    return mean_t(traced(chosen.run(store)).covered, bounds=(0, 1))


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


@result.each(COUNTED, "algorithms.{seeds}.fetching", format=".0%",
             title="Share of seeds whose cell brings back over two thirds of the answer after layer 1, seeds of "
                   "{member.name} that solve the task")
def fetching(store: Store, chosen: Experiment) -> Estimate:
    found = traced(chosen.run(store)).waiting > FETCHES
    return share(found)


@result.each(COUNTED, "algorithms.{seeds}.gathering", format=".0%",
             title="Share of seeds whose cell brings back under a third of the answer after layer 1, seeds of "
                   "{member.name} that solve the task")
def gathering(store: Store, chosen: Experiment) -> Estimate:
    found = traced(chosen.run(store)).waiting < GATHERS
    return share(found)


@result("algorithms.followed", format=".0%",
        title=f"Share of seeds whose answers follow over {FOLLOWS:.0%} of flips of the addressed cell, all runs")
def followed(store: Store) -> Estimate:
    every = (*ENSEMBLES.values(), *COUNTED.values())
    found = np.concatenate([traced(chosen.run(store)).followed > FOLLOWS for chosen in every])
    return share(found)


@result("algorithms.three.rank", format=".2f",
        title="Rank correlation of recovery at the cell after layer 1 with the share of addresses covered in layer 2 "
              "or 3, seeds of gather-three that solve the task")
def rank_three(store: Store) -> Estimate:
    found = traced(gather_three.run(store))
    return spearman(found.waiting, found.seen, "seeds")


@result("algorithms.three.rank-last", format=".2f",
        title="Rank correlation of recovery at the cell after layer 1 with the share of addresses covered in layer 3, "
              "seeds of gather-three that solve the task")
def rank_three_last(store: Store) -> Estimate:
    found = traced(gather_three.run(store))
    return spearman(found.waiting, found.covered, "seeds")


@dataclass(frozen=True, kw_only=True)
class Change:
    """Two ensembles that differ in one thing.

    Args:
        first, second: keys of `ENSEMBLES`.
        what: the one thing, in the words of titles.
    """

    first: str
    second: str
    what: str


CHANGES = {
    "positions": Change(first="gather-sinusoidal", second="gather", what="positions alone changed"),
    "positions-wide": Change(first="twin-8-sinusoidal", second="twin-8",
                             what="positions alone changed, wider model with an MLP"),
    "heads": Change(first="gather-one-head", second="gather", what="heads alone changed"),
    "size": Change(first="large-32", second="twin-8", what="cells alone changed"),
}


@result.each(CHANGES, "algorithms.{change}-gap", format="+.2f",
             title="Recovery at the addressed cell after layer 1, {member.what}: {member.first} minus {member.second}")
def gap(store: Store, change: Change) -> Estimate:
    first, second = (np.concatenate([traced(run).waiting for run in runs(ENSEMBLES[key], store)])
                     for key in (change.first, change.second))
    return survival.difference_of_medians(first, second)
