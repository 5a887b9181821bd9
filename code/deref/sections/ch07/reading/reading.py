"""Section "Reading attention": how much of the lookup maps show, over sizes, head counts and kinds of positions."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cache

import numpy as np
from jaxtyping import Float
from matplotlib.figure import Figure

from deref.experiment import Experiment, experiment
from deref.figures.maps import columns, weight_map
from deref.figures.style import PALETTE, subplots
from deref.probes.base.memories import probe_memories
from deref.probes.pointer.coverage import COVERED, Coverage, attention_coverage
from deref.sections.ch06.depth import depth
from deref.sections.ch06.layers import layers
from deref.sections.ch06.noise import noise
from deref.sections.ch07.flip.flip import flipped, mean_rate
from deref.sections.shared.models import SMALL, gather, gather_waves, large_32, legible_8, runs
from deref.sections.shared.solving import solving
from evidence.results import mean_t, result, share
from evidence.results.estimate import Estimate
from evidence.runs import Run, Store, default_store

LEGIBLE = 0.75  # of the addresses are covered in a model that can be read off its maps

_recipe = replace(large_32.config, task=SMALL, model=replace(large_32.config.model, length=SMALL.length))
twin = experiment(
    "twin-8", config=_recipe, seeds=range(15),
    about="The recipe of large-32, and nothing changed but the memory: eight cells.",
)
twin_sinusoidal = experiment(
    "twin-8-sinusoidal", config=replace(_recipe, model=replace(_recipe.model, positions="sinusoidal")), seeds=range(5),
    about="As twin-8, with sinusoidal positions.",
)


@dataclass(frozen=True, kw_only=True)
class Subject:
    """An ensemble whose maps are read.

    Args:
        chosen: the experiment.
        positions: what its positions are, in two words.
        colour: of its kind of positions, a name of the palette.
    """

    chosen: Experiment
    positions: str
    colour: str

    @property
    def label(self) -> str:
        """Its size, heads and positions."""
        task, heads = self.chosen.config.task, self.chosen.config.model.heads
        return f"{task.M} cells, {heads} head{'s' if heads > 1 else ''}"


def _subject(chosen: Experiment, kind: str) -> Subject:
    positions, colour = {"waves": ("sinusoidal", "blue"), "large": ("learned, large", "orange"),
                         "small": ("learned, small", "vermilion")}[kind]
    return Subject(chosen=chosen, positions=positions, colour=colour)


SUBJECTS = {
    "legible-8": _subject(legible_8, "waves"),
    "twin-8-sinusoidal": _subject(twin_sinusoidal, "waves"),
    "gather-sinusoidal": _subject(gather_waves, "waves"),
    "two-layers-8": _subject(layers.two, "large"),
    "depth-24": _subject(depth.ARMS["heads"], "large"),
    "gather": _subject(gather, "small"),
    "twin-8": _subject(twin, "small"),
    "noise-16": _subject(noise.ARMS["shared", "fresh"], "small"),
    "large-32": _subject(large_32, "small"),
}
LARGE = {key: one for key, one in SUBJECTS.items() if one.chosen.config.task.M > SMALL.M}
KINDS = {"sinusoidal": ("legible-8", "twin-8-sinusoidal", "gather-sinusoidal"),  # of positions, at eight cells
         "learned": ("two-layers-8", "gather", "twin-8")}


@cache
def looked(run: Run) -> Coverage:
    """Where the readouts of every member look."""
    return attention_coverage(run.model, run.config.task, probe_memories(run.config.task))


def over_runs(subject: Subject, values: Callable[[Run], np.ndarray], store: Store | None = None) -> np.ndarray:
    """Values of the solving seeds of a subject, in all runs of its recipe.

    Args:
        subject: the ensemble.
        values: from a run to one value for each solving seed.
        store: where runs are kept; None is the process's own store.
    """
    return np.concatenate([values(run) for run in runs(subject.chosen, store)])


def covered(run: Run) -> Float[np.ndarray, "solving"]:
    """The share of addresses that each solving seed covers."""
    return looked(run).coverage[[*solving(run)]].double().numpy() / run.config.task.M


def address_mass(run: Run) -> Float[np.ndarray, "solving"]:
    """The weight of the readout on address tokens in layer 1, of the head with most of it, for each solving seed."""
    return looked(run).address_mass[[*solving(run)]].amax(1).double().numpy()


def legible(run: Run) -> np.ndarray:
    """Whether each solving seed can be read off its maps: most addresses covered, and the address gathered."""
    return (covered(run) >= LEGIBLE) & (address_mass(run) > COVERED)


@result.each(SUBJECTS, "reading.{ensemble}.covered", format=".0%",
             title="Share of addresses covered, seeds of {ensemble} that solve the task")
def covered_share(store: Store, subject: Subject) -> Estimate:
    return mean_t(over_runs(subject, covered, store), bounds=(0, 1))


@result.each(SUBJECTS, "reading.{ensemble}.gathered", format=".0%",
             title="Weight of the readout on address bits in layer 1, best head, seeds of {ensemble} that solve the "
                   "task")
def gathered(store: Store, subject: Subject) -> Estimate:
    return mean_t(over_runs(subject, address_mass, store), bounds=(0, 1))


@result.each(SUBJECTS, "reading.{ensemble}.legible", format=".0%",
             title="Share of the seeds of {ensemble} that solve the task and can be read off their maps")
def legible_share(store: Store, subject: Subject) -> Estimate:
    found = over_runs(subject, legible, store)
    return share(found)


@result.each(LARGE, "reading.{ensemble}.addressed", format=".1%",
             title="Answers that follow a flip of the addressed cell, seeds of {ensemble} that solve the task")
def addressed(store: Store, subject: Subject) -> Estimate:
    return mean_rate(subject.chosen, store, lambda run: flipped(run).addressed_rate())


@result.each(LARGE, "reading.{ensemble}.other", format=".2%",
             title="Answers that change when another cell is flipped, seeds of {ensemble} that solve the task")
def other(store: Store, subject: Subject) -> Estimate:
    return mean_rate(subject.chosen, store, lambda run: flipped(run).other_rate())


@result.each(KINDS, "reading.small.{kind}", format=".0%",
             title="Share of seeds that can be read off their maps, {kind} positions, three recipes of eight cells")
def legible_of_kind(store: Store, ensembles: tuple[str, ...]) -> Estimate:
    found = np.concatenate([over_runs(SUBJECTS[key], legible, store) for key in ensembles])
    return share(found)


def readable() -> tuple[Figure, dict[str, list]]:
    """Every solving seed of every ensemble: addresses covered, and layer-1 weight on the address."""
    figure, axes = subplots(1, 2, sharey=True, height=4.6)
    data: dict[str, list] = {"ensemble": [], "positions": [], "seed": [], "covered": [], "address_mass": []}
    for row, (key, one) in enumerate(SUBJECTS.items()):
        found = [over_runs(one, values) for values in (covered, address_mass)]
        spread = row + np.linspace(-0.25, 0.25, len(found[0]))
        for ax, values in zip(axes, found, strict=True):
            ax.plot(values, spread, "o", color=PALETTE[one.colour], markersize=5, alpha=0.8, clip_on=False)
        data["ensemble"] += [key] * len(found[0])
        data["positions"] += [one.positions] * len(found[0])
        data["seed"] += [run.seeds[i] for run in runs(one.chosen) for i in solving(run)]
        data["covered"] += found[0].round(6).tolist()
        data["address_mass"] += found[1].round(6).tolist()
    for ax, title in zip(axes, ("addresses covered", "layer 1 on the address"), strict=True):
        ax.axvline(0.5, color=PALETTE["black"], linewidth=0.9, linestyle=":")
        ax.set(title=title, xlim=(0, 1), ylim=(len(SUBJECTS) - 0.5, -0.5))
        ax.set_xticks([0, 0.5, 1], ["0", "0.5", "1"])
    kinds = [one.positions for one in SUBJECTS.values()]
    axes[0].set_yticks(range(len(SUBJECTS)), [
        f"{one.positions}:\n{one.label}" if kinds.index(one.positions) == row else one.label
        for row, one in enumerate(SUBJECTS.values())])
    return figure, data


def twins() -> tuple[Figure, dict[str, list]]:
    """The last layer of both twins, a row for each address, each in its most covered solving seed."""
    figure, axes = subplots(1, 2, sharey=True, height=3.0)
    data: dict[str, list] = {}
    for ax, key in zip(axes, ("twin-8", "twin-8-sinusoidal"), strict=True):
        run = SUBJECTS[key].chosen.run(default_store())
        found = looked(run)
        member = max(solving(run), key=lambda i: (int(found.coverage[i]), -i))
        weights = found.pattern[-1, member][found.best_head[member], range(SMALL.M)].numpy()
        image = weight_map(ax, weights, cells=SMALL.M)
        ax.set(title=SUBJECTS[key].positions, xlabel="position looked at")
        ax.set_xticks(range(SMALL.T), [*map(str, range(SMALL.M)), *(f"a{i}" for i in range(SMALL.A))])
        table = columns("weight", weights[None], ensemble=[key], address=range(SMALL.M), position=range(SMALL.T))
        data = {name: data.get(name, []) + values for name, values in table.items()}
    axes[0].set_ylabel("address")
    figure.colorbar(image, ax=axes, label="weight", shrink=0.8)
    return figure, data
