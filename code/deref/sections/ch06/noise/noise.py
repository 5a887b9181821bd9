"""Section "Noise or depth?": one memory with all its addresses at once, against independent examples.

How the recipe was fixed, before any seed below 100 was trained: on seeds 100 to 102, the learning rate was the one of
0.002 and 0.005 that solved 16 cells sooner with shared memories; batches follow from counting tokens and examples. The
small batch that goes on has the learning rate of 0.0005, 0.001 and 0.002 that solved them sooner on seeds 100 and 101.
"""

from dataclasses import replace

import numpy as np
import torch
from jaxtyping import Float
from matplotlib.figure import Figure

from deref.experiment import Experiment, experiment
from deref.figures.curves import columns
from deref.figures.notes import note
from deref.figures.style import PALETTE, subplots
from deref.model.config import ModelConfig
from deref.sections.shared.arms import Arm
from deref.sections.shared.solving import SOLVED, accuracies, share_solving, solved_at
from deref.tasks.pointer import PointerTask
from deref.train.batches import stream
from deref.train.config import TrainConfig
from evidence.results import bootstrap, exact, result, survival
from evidence.results.estimate import Estimate
from evidence.runs import Run, Store

CELLS, MEMORIES, FIXED = 16, 8, 20_000
ASKED = 2_048  # of the examples that a seed trained on: how many it is asked again after training
SEEDS = range(5)
MANY = range(16)  # of the arm that the claim turns on: now and then a seed of it stays just below the bar

TASK = PointerTask(M=CELLS)
_TREE = TASK.layout("trie").size
SHARED = TrainConfig(
    task=TASK,
    model=ModelConfig(length=TASK.length, layers=2, heads=4, width=32, mlp=64),
    steps=1_200, batch=MEMORIES, lr=2e-3, warmup=100, eval_every=50, stop_at=0.995,
)
EXAMPLES = MEMORIES * CELLS  # of one step with shared memories
SAME_TOKENS = round(MEMORIES * _TREE / TASK.length)  # independent examples with as many tokens as such a step
LONG_LR, LONG_STEPS = 1e-3, 5_000  # 90,000 examples; the large batch needs about 64,000


def _arms() -> dict[tuple[str, str], Experiment]:
    recipes = {"shared": SHARED, "tokens": replace(SHARED, form="flat", batch=SAME_TOKENS),
               "long": replace(SHARED, form="flat", batch=SAME_TOKENS, lr=LONG_LR, steps=LONG_STEPS),
               "examples": replace(SHARED, form="flat", batch=EXAMPLES)}
    about = {"shared": f"{MEMORIES} memories a step, each with all its addresses",
             "tokens": f"{SAME_TOKENS} independent examples a step, as many tokens as noise-shared-fresh",
             "long": f"{SAME_TOKENS} independent examples a step, a learning rate of its own, {LONG_STEPS:,} steps",
             "examples": f"{EXAMPLES} independent examples a step, as many examples as noise-shared-fresh"}
    made = {}
    for key, recipe in recipes.items():
        kept = FIXED // CELLS if recipe.form == "trie" else FIXED  # a memory with its addresses is CELLS examples
        for data, limit in (("fresh", None), ("fixed", kept)):
            made[key, data] = experiment(
                f"noise-{key}-{data}", config=replace(recipe, fixed_examples=limit),
                seeds=MANY if (key, data) == ("long", "fresh") else SEEDS,
                about=f"{CELLS} cells, two layers, four heads; {about[key]}, "
                      + ("drawn afresh." if limit is None else f"from {FIXED:,} examples drawn once."))
    return made


ARMS = _arms()
NAMES = {"shared": "shared memory", "tokens": "independent, equal tokens", "long": "equal tokens, its own rate, longer",
         "examples": "independent, equal examples"}
COLOURS = {"shared": "blue", "tokens": "vermilion", "long": "orange", "examples": "green"}
STYLES = {"shared": "-", "tokens": "-", "long": "--", "examples": "-."}
LEGEND = {(key, data): Arm(f"{NAMES[key]}, {data} data", one) for (key, data), one in ARMS.items()}
INDEPENDENT = {key: Arm(NAMES[key], ARMS[key, "fixed"]) for key in ("tokens", "long", "examples")}


def examples_a_step(recipe: TrainConfig) -> int:
    """How many examples one step shows: a memory with all its addresses holds one for each cell."""
    return recipe.batch * (CELLS if recipe.form == "trie" else 1)


@result.each(LEGEND, "noise.{arm}.{data}.solved", title=f"Share of seeds that solve {CELLS} cells, {{member.name}}",
             format=".0%")
def share_solved(store: Store, arm: Arm) -> Estimate:
    return share_solving(arm.run(store))


@result.each(LEGEND, "noise.{arm}.{data}.steps", format=",d",
             title=f"Median number of steps until {CELLS} cells are solved, {{member.name}}")
def median_steps(store: Store, arm: Arm) -> Estimate:
    run = arm.run(store)
    return survival.median_time(solved_at(run), run.config.steps)


@result.each(LEGEND, "noise.{arm}.{data}.accuracy", format=".1%",
             title=f"Median accuracy on {CELLS} cells after training, {{member.name}}")
def median_accuracy(store: Store, arm: Arm) -> Estimate:
    return bootstrap(accuracies(arm.run(store)))


@result.each(LEGEND, "noise.{arm}.{data}.seen", format=",d",
             title=f"Median number of examples seen until {CELLS} cells are solved, {{member.name}}")
def median_seen(store: Store, arm: Arm) -> Estimate:
    run = arm.run(store)
    a_step = examples_a_step(run.config)
    return survival.median_time(solved_at(run) * a_step, run.config.steps * a_step)


def on_its_own(run: Run) -> Float[np.ndarray, "seed"]:
    """How often each seed is right about the examples that it trained on, after training."""
    recipe = run.config
    drawn = [recipe.task.sample(recipe.fixed_examples, recipe.form, stream(seed, "fixed examples"))
             for seed in run.seeds]
    tokens, targets = (torch.stack([some[:ASKED] for some in parts]) for parts in zip(*drawn, strict=True))
    with torch.no_grad():
        answers = run.model(tokens, recipe.task.layout(recipe.form)).argmax(-1)
    return (answers == targets).double().mean((1, 2)).numpy()


@result.each(INDEPENDENT, "noise.{arm}.fixed.training", format=".1%",
             title="Median accuracy on examples that were trained on, {member.name}, fixed data")
def accuracy_in_training(store: Store, arm: Arm) -> Estimate:
    return bootstrap(on_its_own(arm.run(store)))


@result.each(INDEPENDENT, "noise.{arm}.fixed.passes", format=".1f",
             title="Times that an example of the fixed set was seen on average, {member.name}")
def passes(store: Store, arm: Arm) -> Estimate:
    run = arm.run(store)
    return exact(float(run.history.step[-1]) * examples_a_step(run.config) / FIXED, "counted")


@result("noise.batch.shared", title="Examples in one step with shared memories", format=",d")
def examples_shared(store: Store) -> Estimate:
    return exact(EXAMPLES, "counted")


@result("noise.batch.tokens", title="Independent examples that have as many tokens, rounded", format=",d")
def examples_of_equal_tokens(store: Store) -> Estimate:
    return exact(SAME_TOKENS, "counted")


@result("noise.tokens.step", title="Tokens in one step with shared memories", format=",d")
def tokens_shared(store: Store) -> Estimate:
    return exact(MEMORIES * _TREE, "counted")


@result("noise.fixed", title="Examples in the fixed set", format=",d")
def examples_fixed(store: Store) -> Estimate:
    return exact(FIXED, "counted")


@result("noise.steps", title="Training steps at most, in the comparison of batches", format=",d")
def steps(store: Store) -> Estimate:
    return exact(SHARED.steps, "counted")


@result("noise.long.steps", title="Training steps at most of the small batch that goes on", format=",d")
def steps_long(store: Store) -> Estimate:
    return exact(LONG_STEPS, "counted")


@result("noise.long.rate", title="Learning rate of the small batch that goes on", format="g")
def rate(store: Store) -> Estimate:
    return exact(LONG_LR, "as declared")


def curves() -> tuple[Figure, dict[str, list]]:
    """Learning curves of every seed, twice: against steps and against the examples that were seen."""
    histories = {arm: ARMS[arm].run().history for arm in ARMS}
    figure, axes = subplots(2, 2, sharex="col", sharey=True, height=5.6)
    for row, data in zip(axes, ("fresh", "fixed"), strict=True):
        for ax, examples in zip(row, (False, True), strict=True):
            ax.axhline(SOLVED, color=PALETTE["black"], linewidth=0.8, linestyle=":", alpha=0.6)
            for key, colour in COLOURS.items():
                history = histories[key, data]
                a_step = examples_a_step(ARMS[key, data].config) if examples else 1
                lines = ax.plot(history.step * a_step, history.accuracy.T, STYLES[key], color=PALETTE[colour],
                                linewidth=1, alpha=0.7)
                lines[0].set_label(NAMES[key])
            ax.set(xscale="log", ylim=(0.45, 1.02))
            ax.set_title(f"{data} data, by {'examples' if examples else 'steps'}", fontsize="small")
        row[0].set_ylabel("accuracy")
    note(axes[0, 0], "the same curves,\nby steps ...", (1500, 0.52))
    note(axes[0, 1], "... and by what\nthey have seen", (45_000, 0.52))
    axes[1, 0].set_xlabel("training step")
    axes[1, 1].set_xlabel("examples seen")
    figure.legend(*axes[0, 0].get_legend_handles_labels(), loc="outside lower center", ncols=2, fontsize="small")
    data = columns({f"{key} {data}": history for (key, data), history in histories.items()})
    shown = {f"{key} {data}": examples_a_step(arm.config) for (key, data), arm in ARMS.items()}
    return figure, {**data, "examples": [step * shown[arm]
                                         for arm, step in zip(data["arm"], data["step"], strict=True)]}
