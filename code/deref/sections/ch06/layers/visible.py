"""Section "One layer, two layers": the weight that solved models put on the addressed cell, over seeds."""

from functools import cache

import numpy as np
from jaxtyping import Float, Int
from matplotlib.figure import Figure

from deref.figures.style import PALETTE, subplots
from deref.probes.base.memories import probe_memories
from deref.probes.pointer.coverage import COVERED, attention_coverage
from deref.sections.ch06.layers.layers import two
from deref.sections.shared.models import gather, legible_8
from deref.sections.shared.solving import solving
from evidence.results import exact, mean_t, result
from evidence.results.estimate import Estimate
from evidence.runs import Run, Store, default_store

MODELS = {"sinusoidal": legible_8, "learned": two, "four-heads": gather}
NAMES = {"sinusoidal": "sinusoidal positions", "learned": "large learned positions",
         "four-heads": "small learned positions and four heads"}


@cache  # two results and a figure read one probe
def solved(run: Run) -> tuple[list[int], Float[np.ndarray, "seed"], Int[np.ndarray, "seed"]]:
    """The seeds of a run that solve the task, their mean weight on the addressed cell, and their coverage."""
    task = run.config.task
    memories = probe_memories(task)
    chosen = [*solving(run)]
    found = attention_coverage(run.model, task, memories)
    return ([run.seeds[i] for i in chosen], found.best.mean(1)[chosen].double().numpy(),
            found.coverage[chosen].numpy())


def _declare(key: str) -> None:
    @result(f"visible.{key}.weight", format=".2f",
            title=f"Weight on the addressed cell, seeds that solve eight cells, {NAMES[key]}")
    def weight(store: Store) -> Estimate:
        return mean_t(solved(MODELS[key].run(store))[1], bounds=(0, 1))

    @result(f"visible.{key}.coverage", format=".1f",
            title=f"Addresses of eight covered, seeds that solve eight cells, {NAMES[key]}")
    def coverage(store: Store) -> Estimate:
        return mean_t(solved(MODELS[key].run(store))[2], bounds=(0, 8))

    @result(f"visible.{key}.solved", format="d", title=f"Seeds that solve eight cells, {NAMES[key]}")
    def seeds(store: Store) -> Estimate:
        return exact(len(solved(MODELS[key].run(store))[0]), f"counted among {len(MODELS[key].seeds)} seeds")


for _key in MODELS:
    _declare(_key)


def weights() -> tuple[Figure, dict[str, list]]:
    """The mean weight on the addressed cell, best head per address, of every seed that solves the task."""
    figure, ax = subplots(height=2.8)
    data: dict[str, list] = {"positions": [], "seed": [], "weight": [], "coverage": []}
    colours = ("blue", "orange", "vermilion")
    for row, (key, colour) in enumerate(zip(MODELS, colours, strict=True)):
        seeds, weight, coverage = solved(MODELS[key].run(default_store()))
        ax.plot(weight, row + np.linspace(-0.25, 0.25, len(weight)), "o", color=PALETTE[colour], alpha=0.8)
        data["positions"] += [key] * len(seeds)
        data["seed"] += seeds
        data["weight"] += weight.round(6).tolist()
        data["coverage"] += coverage.tolist()
    ax.axvline(COVERED, color=PALETTE["black"], linewidth=0.9, linestyle=":")
    ax.set_yticks(range(len(MODELS)), ["sinusoidal", "learned,\nlarge", "learned, small,\nfour heads"])
    ax.set(xlabel="mean weight on the addressed cell", xlim=(0, 1), ylim=(len(MODELS) - 0.5, -0.5))
    return figure, data
