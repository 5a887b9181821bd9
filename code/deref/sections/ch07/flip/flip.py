"""Section "The flip test: two questions about one model": flips of cells, sets and address bits, and what maps show."""

from collections.abc import Callable
from functools import cache

import numpy as np
import torch
from jaxtyping import Float
from matplotlib.figure import Figure

from deref.experiment import Experiment
from deref.figures.maps import columns, weight_map
from deref.figures.notes import note
from deref.figures.style import subplots
from deref.probes.base.answers import accuracy
from deref.probes.base.memories import few_memories, probe_memories
from deref.probes.pointer.address_flips import AddressFlips, flip_address
from deref.probes.pointer.flip import FlipTest, flip_test
from deref.probes.pointer.set_flips import SetFlips, flip_sets
from deref.sections.shared.models import ShownMember, large_32, legible_8, runs, shown
from deref.sections.shared.solving import solving
from evidence.results import clustered, exact, mean_t, result
from evidence.results.estimate import Estimate
from evidence.runs import Run, Store

MODELS = {chosen.name: chosen for chosen in (legible_8, large_32)}
FLIPS = 32  # memories of a flip test over the seeds of an ensemble
MEMORIES = 400  # enough for a test without a single failure to leave less than one in a hundred
SET_MEMORIES, SET_DRAWS, SET_SEED = 64, 4, 2_000_004  # of random sets: a quarter, half and all but one of the cells


@cache  # several results read one test
def tested(member: ShownMember) -> FlipTest:
    """The flip test of a member: every address and every cell of many memories."""
    return flip_test(member.model, member.task, probe_memories(member.task, MEMORIES))


@cache
def flipped(run: Run) -> FlipTest:
    """The flip test of every seed of a run: every address and every cell of a few memories."""
    task = run.config.task
    return flip_test(run.model, task, few_memories(task, FLIPS))


@cache
def readdressed(run: Run) -> AddressFlips:
    """Every bit of every address flipped, for every seed of a run."""
    task = run.config.task
    return flip_address(run.model, task, probe_memories(task, MEMORIES))


@cache
def sets_flipped(run: Run) -> SetFlips:
    """Random sets of cells flipped, for every seed of a run."""
    task = run.config.task
    memories = probe_memories(task, SET_MEMORIES)
    return flip_sets(run.model, task, memories[:: len(memories) // SET_MEMORIES], draws=SET_DRAWS,
                     sizes=(task.M // 4, task.M // 2, task.M - 1), generator=torch.Generator().manual_seed(SET_SEED))


def over_memories(values: torch.Tensor, member: ShownMember) -> Estimate:
    """The mean over cases of one member; exact where the probe memories are all there are.

    Args:
        values: one for each (memory, case).
        member: the member.
    """
    if len(values) == 2**member.task.M:
        return exact(values.double().mean(), f"every one of {values.numel():,} cases, on all memories there are")
    groups = torch.arange(len(values))[:, None].expand_as(values)
    return clustered(values.double().flatten().numpy(), groups.flatten().numpy())


@result.each(MODELS, "flip.{model}.addressed", format=".2%",
             title="Answers that change when the addressed cell is flipped, {model}")
def addressed(store: Store, chosen: Experiment) -> Estimate:
    member = shown(chosen, store)
    return over_memories(tested(member).addressed[0], member)


@result.each(MODELS, "flip.{model}.other", format=".2%",
             title="Answers that change when another cell is flipped, {model}")
def other(store: Store, chosen: Experiment) -> Estimate:
    member = shown(chosen, store)
    return over_memories(tested(member).other()[0], member)


@result.each(MODELS, "flip.{model}.memories", format="d", title="Memories in the flip test of {model}")
def memories(store: Store, chosen: Experiment) -> Estimate:
    return exact(len(probe_memories(chosen.config.task, MEMORIES)), "counted")


@result.each(MODELS, "{model}.accuracy", format=".2%", title="Accuracy of the member of {model} that pages show")
def right(store: Store, chosen: Experiment) -> Estimate:
    member = shown(chosen, store)
    return over_memories(tested(member).correct[0], member)


@result.each(MODELS, "{model}.coverage", format="d",
             title="Addresses of {member.config.task.M} whose cell gets over half the weight, {model}")
def covered(store: Store, chosen: Experiment) -> Estimate:
    member = shown(chosen, store)
    return exact(member.coverage.coverage[member.index],
                 f"counted, mean weight over {len(probe_memories(member.task))} memories, best head per address")


@result.each(MODELS, "{model}.coverage-mean", format=".1f",
             title="Addresses of {member.config.task.M} covered, mean over seeds of {model}")
def covered_mean(store: Store, chosen: Experiment) -> Estimate:
    coverage = shown(chosen, store).coverage.coverage
    return mean_t(coverage.double().numpy(), bounds=(0, chosen.config.task.M))


@result.each(MODELS, "{model}.weight", format=".1%",
             title="Mean weight on the addressed cell, best head per address, {model}")
def weight(store: Store, chosen: Experiment) -> Estimate:
    member = shown(chosen, store)
    return exact(member.coverage.best[member.index].mean(), "mean over addresses of the member that pages show")


@result.each(MODELS, "{model}.solved", format="d", title="Seeds of {model} that answer over 99% of questions rightly")
def solved(store: Store, chosen: Experiment) -> Estimate:
    model, task = chosen.run(store).model, chosen.config.task
    found = accuracy(model, task, probe_memories(task)) > 0.99
    return exact(int(found.sum()), f"counted among {len(found)} seeds")


def over_solving(every: tuple[Run, ...], rates: Callable[[Run], torch.Tensor]) -> Float[np.ndarray, "solving"]:
    """The mean rate of each seed that solves the task, in all of several runs.

    Args:
        every: runs of one recipe.
        rates: from a run to rates, (seed, ...).
    """
    return np.concatenate([rates(run).flatten(1).double().mean(1)[[*solving(run)]].numpy() for run in every])


def mean_rate(chosen: Experiment, store: Store, rates: Callable[[Run], torch.Tensor]) -> Estimate:
    """The mean over the seeds of a recipe that solve the task.

    Args:
        chosen: an experiment; further seeds of its recipe count too.
        store: where runs are kept.
        rates: from a run to rates, (seed, ...).
    """
    return mean_t(over_solving(runs(chosen, store), rates), bounds=(0, 1))


@result.each(MODELS, "flip.{model}.seeds-addressed", format=".2%",
             title="Answers that change when the addressed cell is flipped, seeds of {model} that solve the task")
def seeds_addressed(store: Store, chosen: Experiment) -> Estimate:
    return mean_rate(chosen, store, lambda run: flipped(run).addressed_rate())


@result.each(MODELS, "flip.{model}.seeds-other", format=".2%",
             title="Answers that change when another cell is flipped, seeds of {model} that solve the task")
def seeds_other(store: Store, chosen: Experiment) -> Estimate:
    return mean_rate(chosen, store, lambda run: flipped(run).other_rate())


@result.each(MODELS, "flip.{model}.bit-changed", format=".2%",
             title="Answers that change with an address bit, where the two cells differ, seeds of {model} "
                   "that solve the task")
def bit_changed(store: Store, chosen: Experiment) -> Estimate:
    return mean_rate(chosen, store, lambda run: readdressed(run).changed_rate())


@result.each(MODELS, "flip.{model}.bit-strayed", format=".2%",
             title="Answers that change with an address bit, where the two cells are alike, seeds of {model} "
                   "that solve the task")
def bit_strayed(store: Store, chosen: Experiment) -> Estimate:
    return mean_rate(chosen, store, lambda run: readdressed(run).strayed_rate())


@result.each(MODELS, "flip.{model}.sets-inside", format=".2%",
             title="Answers about cells of a random set that change when the set is flipped, seeds of {model} "
                   "that solve the task")
def sets_inside(store: Store, chosen: Experiment) -> Estimate:
    return mean_rate(chosen, store, lambda run: sets_flipped(run).inside_rate())


@result.each(MODELS, "flip.{model}.sets-outside", format=".2%",
             title="Answers about cells outside a random set that change when the set is flipped, seeds of {model} "
                   "that solve the task")
def sets_outside(store: Store, chosen: Experiment) -> Estimate:
    return mean_rate(chosen, store, lambda run: sets_flipped(run).outside_rate())


def readouts() -> tuple[Figure, dict[str, list]]:
    """Where the last layer's readout looks, by address, in the member of each model that pages show.

    Each row is the head that puts most weight on the addressed cell, chosen for each address.
    """
    figure, axes = subplots(1, 2, height=3.2)
    data: dict[str, list] = {}
    for ax, chosen in zip(axes, MODELS.values(), strict=True):
        member = shown(chosen)
        cells = member.task.M
        best = member.coverage.best_head[member.index]
        weights = member.coverage.pattern[-1, member.index][best, torch.arange(cells)].numpy()
        image = weight_map(ax, weights, cells=cells)
        ax.set(title=chosen.name, xlabel="position looked at", ylabel="address")
        ax.set_xticks(range(0, member.task.T, 2 if cells <= 8 else 10))
        table = columns("weight", weights[None], model=[chosen.name], address=range(cells),
                        position=range(member.task.T))
        data = {key: data.get(key, []) + values for key, values in table.items()}
    note(axes[0], "the addressed\ncell", (1.9, 6.0), (3.7, 4.4), on_map=True)
    figure.colorbar(image, ax=axes, label="weight", shrink=0.8)
    return figure, data
