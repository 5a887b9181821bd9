"""Section "Depth, width, heads, time": one recipe at which two layers stall, and what undoes the stall.

How the recipe was fixed, before any seed below 100 was trained: on seeds 100 to 104, with two layers, the learning rate
was the one of 0.003, 0.005 and 0.01 with the best accuracy at 24 cells (0.003 and 0.005 tied; the smaller was taken),
and the number of cells the smallest of 16, 24 and 32 at which at most one seed of five solved the task.
"""

from dataclasses import replace
from typing import Any

import numpy as np
from matplotlib.figure import Figure

from deref.experiment import Experiment, experiment
from deref.figures.curves import columns, learning_curves
from deref.figures.notes import note
from deref.figures.style import PALETTE, subplots
from deref.model.config import ModelConfig
from deref.sections.ch06.depth.survival_curve import survival_curve
from deref.sections.shared.arms import Arm
from deref.sections.shared.solving import SOLVED, accuracies, share_solving, solved_at, solving
from deref.tasks.pointer import PointerTask
from deref.train.config import TrainConfig
from evidence.results import bootstrap, difference, exact, result, survival
from evidence.results.estimate import Estimate
from evidence.runs import Run, Store

CELLS, WIDTH = 24, 16
SEEDS = range(10)
MANY = range(40)  # of the two arms whose difference is asked for
WIDE = range(24)  # seeds differ more here than in other arms, in which ten are enough

_TASK = PointerTask(M=CELLS)
RECIPE = TrainConfig(
    task=_TASK,
    model=ModelConfig(length=_TASK.length, layers=2, heads=1, width=WIDTH, mlp=2 * WIDTH, position_std=1.0),
    steps=4_000, batch=6, lr=3e-3, warmup=100, schedule="cosine", eval_every=100,
)


def sized(cells: int = CELLS, *, layers: int = 2, heads: int = 1, width: int = WIDTH, budget: int = 1) -> TrainConfig:
    """The recipe with another shape or budget, and everything else as it is.

    Args:
        cells: of memory.
        layers: of the model.
        heads: in each layer; they share the width.
        width: of the model; its MLPs are twice as wide.
        budget: how many times as many steps.
    """
    task = PointerTask(M=cells)
    model = replace(RECIPE.model, length=task.length, layers=layers, heads=heads, width=width, mlp=2 * width)
    return replace(RECIPE, task=task, model=model, steps=RECIPE.steps * budget)


def _arm(name: str, about: str, seeds: range = SEEDS, **changes: Any) -> Experiment:
    return experiment(f"depth-{name}", config=sized(**changes), seeds=seeds, about=about)


ARMS = {
    "two": _arm("two", f"{CELLS} cells, two layers of one head, width {WIDTH}: the recipe at which two layers stall.",
                MANY),
    "wide": _arm("wide", "As depth-two, twice as wide.", WIDE, width=2 * WIDTH),
    "long": _arm("long", "As depth-two, three times as many steps.", budget=3),
    "heads": _arm("heads", "As depth-two, four heads that share its width.", heads=4),
    "three": _arm("three", "As depth-two, with a third layer.", MANY, layers=3),
    "four": _arm("four", "As depth-two, with a third and a fourth layer.", layers=4),
}
NAMES = {"two": "two layers", "wide": "twice as wide", "long": "thrice as long", "heads": "four heads",
         "three": "three layers", "four": "four layers"}
COLOURS = {"two": "black", "wide": "orange", "long": "sky", "heads": "green", "three": "blue", "four": "purple"}
LEGEND = {key: Arm(NAMES[key], arm) for key, arm in ARMS.items()}
CHANGED = {key: arm for key, arm in LEGEND.items() if key != "two"}  # what is compared with two layers
AS_LONG = {key: arm for key, arm in CHANGED.items() if arm.experiment.config.steps == RECIPE.steps}
STYLES = {"two": "-", "wide": "--", "long": "-.", "heads": (0, (4, 1, 1, 1)), "three": "-", "four": "--"}


def parameters(run: Run) -> int:
    """How many parameters one member of an ensemble has."""
    return sum(parameter.numel() for parameter in run.model.parameters()) // len(run.seeds)


@result.each(LEGEND, "depth.{arm}.solved", title=f"Share of seeds that solve {CELLS} cells, {{member.name}}",
             format=".0%")
def share_solved(store: Store, arm: Arm) -> Estimate:
    return share_solving(arm.run(store))


@result.each(LEGEND, "depth.{arm}.median", title=f"Median accuracy on {CELLS} cells, {{member.name}}", format=".1%")
def median_accuracy(store: Store, arm: Arm) -> Estimate:
    return bootstrap(accuracies(arm.run(store)))


@result.each(LEGEND, "depth.{arm}.best", title=f"Accuracy of the best seed on {CELLS} cells, {{member.name}}",
             format=".1%")
def best_accuracy(store: Store, arm: Arm) -> Estimate:
    found = accuracies(arm.run(store))
    return exact(found.max(), f"largest of {len(found)} seeds")


@result.each(LEGEND, "depth.{arm}.parameters", title="Parameters of the model, {member.name}", format=",d")
def parameter_count(store: Store, arm: Arm) -> Estimate:
    return exact(parameters(arm.run(store)), "counted")


@result.each(LEGEND, "depth.{arm}.steps", format=",d",
             title=f"Median number of steps until {CELLS} cells are solved, {{member.name}}")
def median_steps(store: Store, arm: Arm) -> Estimate:
    run = arm.run(store)
    return survival.median_time(solved_at(run), run.config.steps)


@result.each(CHANGED, "depth.{arm}.share-gain", format="+.0%",
             title=f"Share of seeds that solve {CELLS} cells, {{member.name}} minus two layers")
def share_gain(store: Store, arm: Arm) -> Estimate:
    changed, two = arm.run(store), ARMS["two"].run(store)
    return difference(len(solving(changed)), len(changed.seeds), len(solving(two)), len(two.seeds))


@result.each(AS_LONG, "depth.{arm}.time-saved", format="+,.0f",
             title=f"Mean steps until {CELLS} cells are solved, at most the budget, two layers minus {{member.name}}")
def time_saved(store: Store, arm: Arm) -> Estimate:
    changed, two = arm.run(store), ARMS["two"].run(store)
    return survival.time_saved(solved_at(changed), solved_at(two), RECIPE.steps)


@result.each(CHANGED, "depth.{arm}.median-gain", format="+.1%",
             title=f"Median accuracy on {CELLS} cells, {{member.name}} minus two layers")
def median_gain(store: Store, arm: Arm) -> Estimate:
    changed, two = arm.run(store), ARMS["two"].run(store)
    return survival.difference_of_medians(accuracies(changed), accuracies(two))


@result("depth.recipe.steps", title="Training steps of the controlled experiment's recipe", format=",d")
def recipe_steps(store: Store) -> Estimate:
    return exact(RECIPE.steps, "as declared")


def curves() -> tuple[Figure, dict[str, list]]:
    """Learning curves of every seed of every arm."""
    histories = {NAMES[key]: arm.run().history for key, arm in ARMS.items()}
    figure, axes = subplots(3, 2, sharey=True, height=6.6)
    for ax, (key, arm), (name, history) in zip(axes.flat, ARMS.items(), histories.items(), strict=True):
        learning_curves(ax, history, COLOURS[key], (SOLVED,)).set_title(name)
        ax.set_xticks([0, arm.config.steps // 2, arm.config.steps])
        ax.set_xlabel("")
    note(axes[0, 0], "a line is a seed;\nsolved: above the dots", (2550, 0.55))
    for ax in axes[-1]:
        ax.set_xlabel("training step")
    for ax in axes[:, 0]:
        ax.set_ylabel("accuracy")
    return figure, columns(histories)


def waiting() -> tuple[Figure, dict[str, list]]:
    """The share of seeds that has not solved the task yet, by arm."""
    figure, ax = subplots(height=3.6)
    times = {key: solved_at(arm.run()) for key, arm in ARMS.items()}
    for key, arm in ARMS.items():
        survival_curve(ax, survival.survival(times[key], arm.config.steps), arm.config.steps,
                       label=NAMES[key], colour=COLOURS[key], style=STYLES[key])
    ax.set(xlabel="training step", ylabel="share not solved yet", ylim=(-0.03, 1.05))
    ax.legend(loc="upper right", ncols=2, fontsize="small")
    return figure, survival.columns({NAMES[key]: (arm.seeds, times[key]) for key, arm in ARMS.items()})


def finals() -> tuple[Figure, dict[str, list]]:
    """The final accuracy of every seed, arms in the order of their parameters."""
    sizes = {key: parameters(arm.run()) for key, arm in ARMS.items()}
    order = sorted(ARMS, key=lambda key: (sizes[key], list(ARMS).index(key)))
    figure, ax = subplots(height=3.4)
    data: dict[str, list] = {"arm": [], "parameters": [], "seed": [], "accuracy": []}
    for place, key in enumerate(reversed(order)):
        found = np.sort(accuracies(ARMS[key].run()))
        spread = np.linspace(-0.22, 0.22, len(found))
        ax.plot(found, place + spread, "o", color=PALETTE[COLOURS[key]], markersize=5)
        ax.plot([np.median(found)] * 2, [place - 0.35, place + 0.35], color=PALETTE["black"], linewidth=1.5)
    for key in order:
        found = accuracies(ARMS[key].run())
        data["arm"] += [NAMES[key]] * len(found)
        data["parameters"] += [sizes[key]] * len(found)
        data["seed"] += ARMS[key].seeds
        data["accuracy"] += found.tolist()
    ax.axvline(SOLVED, color=PALETTE["black"], linewidth=0.8, linestyle=":")
    ax.set_yticks(range(len(order)), [f"{NAMES[key]}\n{sizes[key]:,}" for key in reversed(order)])
    ax.set(xlabel="accuracy after training")
    return figure, data
