"""The trained models that the book returns to, each under a fixed name.

All have two layers. Where a page shows one seed of a run, it is the seed of highest coverage, and of equal ones the
lowest. The rule favours legible maps: a page that finds no lookup in a map has not picked a bad one.
"""

from dataclasses import dataclass, replace
from functools import cache

from deref.experiment import Experiment, experiment
from deref.model.config import ModelConfig
from deref.model.transformer import Transformer
from deref.probes.base.memories import probe_memories
from deref.probes.pointer.coverage import Coverage, attention_coverage
from deref.tasks.pointer import PointerTask
from deref.train.config import TrainConfig
from evidence.runs import Run, Store, default_store

SMALL, LARGE = PointerTask(M=8), PointerTask(M=32)

legible_8 = experiment(
    "legible-8",
    about="Eight cells, one head a layer, attention only: where it solves the task, its map shows the pointer.",
    config=TrainConfig(
        task=SMALL,
        model=ModelConfig(length=SMALL.length, layers=2, heads=1, width=32, final_norm=False, positions="sinusoidal"),
        steps=2_500, batch=16, lr=5e-3, warmup=200, schedule="cosine", eval_every=50,
    ),
    seeds=range(10),
)
"""Eight cells, one head a layer: an ensemble whose maps show the pointer where it solves the task."""

large_32 = experiment(
    "large-32",
    about="Thirty-two cells, eight heads and an MLP a layer: solved, and not to be read off its maps.",
    config=TrainConfig(
        task=LARGE,
        model=ModelConfig(length=LARGE.length, layers=2, heads=8, width=64, mlp=256),
        steps=800, batch=12, lr=2e-3, warmup=200, schedule="cosine", eval_every=50,
    ),
    seeds=range(5),
)
"""Thirty-two cells, eight heads and an MLP a layer: an ensemble that solves the task, whose maps do not show how."""

large_32_again = experiment(
    "large-32-again", config=large_32.config, seeds=range(5, 11),
    about="As large-32, other seeds: they count where results are over seeds, and no page shows one of them.",
)

fetch = experiment(
    "fetch", config=legible_8.config, seeds=legible_8.seeds,
    about="Leaves each bit in its cell until the address is known, then fetches it: the run of legible-8.",
)

gather = experiment(
    "gather",
    about="Carries cells to the readout before the address is known, then selects: four heads, small positions.",
    config=TrainConfig(
        task=SMALL,
        model=ModelConfig(length=SMALL.length, layers=2, heads=4, width=32),
        steps=1_000, batch=16, lr=3e-3, warmup=200, schedule="cosine", eval_every=50,
    ),
    seeds=range(10),
)
"""Eight cells, four heads a layer, small learned positions: an ensemble that carries bits before it selects."""

gather_waves = experiment(
    "gather-sinusoidal", seeds=range(10), about="As gather, with sinusoidal positions.",
    config=replace(gather.config, model=replace(gather.config.model, positions="sinusoidal")),
)
"""Eight cells, four heads a layer, sinusoidal positions: an ensemble in which some seeds gather and some fetch."""

again = experiment(
    "gather-sinusoidal-again", config=gather_waves.config, seeds=range(10, 55),
    about="As gather-sinusoidal, other seeds: those that judge whether one recipe trains both algorithms.",
)
gather_three = experiment(
    "gather-three", seeds=range(32), about="As gather-sinusoidal, with a third layer.",
    config=replace(gather_waves.config, model=replace(gather_waves.config.model, layers=3)),
)
"""As `gather_waves`, with a third layer."""

_FURTHER = {"large-32": (large_32_again,), "gather-sinusoidal": (again,)}


def runs(chosen: Experiment, store: Store | None = None) -> tuple[Run, ...]:
    """Give the run of an experiment, and those of further seeds of its recipe where there are some.

    Results over seeds rest on all of them. Pages show seeds of the experiment itself: of many seeds the most legible
    would be a lucky one, and unlike most.

    Args:
        chosen: an experiment.
        store: where runs are kept; None is the process's own store.
    """
    return tuple(one.run(store) for one in (chosen, *_FURTHER.get(chosen.name, ())))


@dataclass(frozen=True, kw_only=True, eq=False)
class ShownMember:
    """The one member of an ensemble that pages show.

    Args:
        name: of the experiment.
        task: what it was trained on.
        model: the member, a model of one seed.
        seed: its seed.
        coverage: of the whole ensemble, in the order of its seeds.
        index: its place in the ensemble.
    """

    name: str
    task: PointerTask
    model: Transformer
    seed: int
    coverage: Coverage
    index: int


def shown(chosen: Experiment, store: Store | None = None) -> ShownMember:
    """Pick the member of an experiment to show: highest coverage, then lowest seed.

    Args:
        chosen: an experiment on the pointer task.
        store: where runs are kept; None is the process's own store.
    """
    return _shown(chosen, chosen.run(store or default_store()))


@cache  # several results and figures ask for the same member
def _shown(chosen: Experiment, run: Run) -> ShownMember:
    task = chosen.config.task
    coverage = attention_coverage(run.model, task, probe_memories(task))
    index = chosen.representative(coverage.coverage.tolist())
    return ShownMember(name=chosen.name, task=task, model=run.model.member(index), seed=run.seeds[index],
                       coverage=coverage, index=index)
