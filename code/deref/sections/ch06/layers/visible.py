"""Section "One layer, two layers": the weight that solved models put on the addressed cell, over seeds."""

from functools import cache

import numpy as np
from jaxtyping import Float, Int
from matplotlib.figure import Figure

from deref.figures.style import PALETTE, subplots
from deref.probes.base.memories import probe_memories
from deref.probes.pointer.coverage import COVERED, attention_coverage
from deref.sections.ch06.layers.layers import two
from deref.sections.shared.arms import Arm
from deref.sections.shared.models import gather, legible_8
from deref.sections.shared.solving import solving
from evidence.results import exact, mean_t, result
from evidence.results.estimate import Estimate
from evidence.runs import Run, Store

MODELS = {"sinusoidal": Arm("sinusoidal positions", legible_8), "learned": Arm("large learned positions", two),
          "four-heads": Arm("small learned positions and four heads", gather)}


@cache  # two results and a figure read one probe
def solved(run: Run) -> tuple[list[int], Float[np.ndarray, "seed"], Int[np.ndarray, "seed"]]:
    """The seeds of a run that solve the task, their mean weight on the addressed cell, and their coverage."""
    task = run.config.task
    memories = probe_memories(task)
    chosen = [*solving(run)]
    found = attention_coverage(run.model, task, memories)
    return ([run.seeds[i] for i in chosen], found.best.mean(1)[chosen].double().numpy(),
            found.coverage[chosen].numpy())


@result.each(MODELS, "visible.{positions}.weight", format=".2f",
             title="Weight on the addressed cell, seeds that solve eight cells, {member.name}")
def mean_weight(store: Store, model: Arm) -> Estimate:
    _, weight, _ = solved(model.run(store))
    return mean_t(weight, bounds=(0, 1))


@result.each(MODELS, "visible.{positions}.coverage", format=".1f",
             title="Addresses of eight covered, seeds that solve eight cells, {member.name}")
def mean_coverage(store: Store, model: Arm) -> Estimate:
    _, _, coverage = solved(model.run(store))
    return mean_t(coverage, bounds=(0, 8))


@result.each(MODELS, "visible.{positions}.solved", format="d", title="Seeds that solve eight cells, {member.name}")
def seeds_solved(store: Store, model: Arm) -> Estimate:
    run = model.run(store)
    return exact(len(solving(run)), f"counted among {len(run.seeds)} seeds")


def weights() -> tuple[Figure, dict[str, list]]:
    """The mean weight on the addressed cell, best head per address, of every seed that solves the task."""
    figure, ax = subplots(height=2.8)
    data: dict[str, list] = {"positions": [], "seed": [], "weight": [], "coverage": []}
    colours = ("blue", "orange", "vermilion")
    for row, (key, colour) in enumerate(zip(MODELS, colours, strict=True)):
        seeds, weight, coverage = solved(MODELS[key].run())
        ax.plot(weight, row + np.linspace(-0.25, 0.25, len(weight)), "o", color=PALETTE[colour], alpha=0.8)
        data["positions"] += [key] * len(seeds)
        data["seed"] += seeds
        data["weight"] += weight.round(6).tolist()
        data["coverage"] += coverage.tolist()
    ax.axvline(COVERED, color=PALETTE["black"], linewidth=0.9, linestyle=":")
    ax.set_yticks(range(len(MODELS)), ["sinusoidal", "learned,\nlarge", "learned, small,\nfour heads"])
    ax.set(xlabel="mean weight on the addressed cell", xlim=(0, 1), ylim=(len(MODELS) - 0.5, -0.5))
    return figure, data
