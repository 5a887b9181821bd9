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
from deref.figures.style import PALETTE, subplots
from deref.model.config import ModelConfig
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
A_STEP = {"shared": EXAMPLES, "tokens": SAME_TOKENS, "long": SAME_TOKENS, "examples": EXAMPLES}  # examples


def _declare(key: str, data: str) -> None:
    arm, what = ARMS[key, data], f"{NAMES[key]}, {data} data"

    @result(f"noise.{key}.{data}.solved", title=f"Share of seeds that solve {CELLS} cells, {what}", format=".0%")
    def solved(store: Store) -> Estimate:
        return share_solving(arm.run(store))

    @result(f"noise.{key}.{data}.steps", format=",d",
            title=f"Median number of steps until {CELLS} cells are solved, {what}")
    def steps(store: Store) -> Estimate:
        return survival.median_time(solved_at(arm.run(store)), arm.config.steps)

    @result(f"noise.{key}.{data}.accuracy", title=f"Median accuracy on {CELLS} cells after training, {what}",
            format=".1%")
    def accuracy(store: Store) -> Estimate:
        return bootstrap(accuracies(arm.run(store)))


    @result(f"noise.{key}.{data}.seen", format=",d",
            title=f"Median number of examples seen until {CELLS} cells are solved, {what}")
    def seen(store: Store) -> Estimate:
        return survival.median_time(solved_at(arm.run(store)) * A_STEP[key], arm.config.steps * A_STEP[key])


for _key, _data in ARMS:
    _declare(_key, _data)


def on_its_own(run: Run) -> Float[np.ndarray, "seed"]:
    """How often each seed is right about the examples that it trained on, after training."""
    recipe = run.config
    drawn = [recipe.task.sample(recipe.fixed_examples, recipe.form, stream(seed, "fixed examples"))
             for seed in run.seeds]
    tokens, targets = (torch.stack([some[:ASKED] for some in parts]) for parts in zip(*drawn, strict=True))
    with torch.no_grad():
        answers = run.model(tokens, recipe.task.layout(recipe.form)).argmax(-1)
    return (answers == targets).double().mean((1, 2)).numpy()


def _declare_training(key: str) -> None:
    @result(f"noise.{key}.fixed.training", format=".1%",
            title=f"Median accuracy on examples that were trained on, {NAMES[key]}, fixed data")
    def training(store: Store) -> Estimate:
        return bootstrap(on_its_own(ARMS[key, "fixed"].run(store)))

    @result(f"noise.{key}.fixed.passes", format=".1f",
            title=f"Times that an example of the fixed set was seen on average, {NAMES[key]}")
    def passes(store: Store) -> Estimate:
        return exact(float(ARMS[key, "fixed"].run(store).history.step[-1]) * A_STEP[key] / FIXED, "counted")


for _key in ("tokens", "long", "examples"):
    _declare_training(_key)


def _count(key: str, title: str, value: int) -> None:
    @result(f"noise.{key}", title=title, format=",d")
    def counted(store: Store) -> Estimate:
        return exact(value, "counted")


_count("batch.shared", "Examples in one step with shared memories", EXAMPLES)
_count("batch.tokens", "Independent examples that have as many tokens, rounded", SAME_TOKENS)
_count("tokens.step", "Tokens in one step with shared memories", MEMORIES * _TREE)
_count("fixed", "Examples in the fixed set", FIXED)
_count("steps", "Training steps at most, in the comparison of batches", SHARED.steps)
_count("long.steps", "Training steps at most of the small batch that goes on", LONG_STEPS)


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
                lines = ax.plot(history.step * (A_STEP[key] if examples else 1), history.accuracy.T, STYLES[key],
                                color=PALETTE[colour], linewidth=1, alpha=0.7)
                lines[0].set_label(NAMES[key])
            ax.set(xscale="log", ylim=(0.45, 1.02))
            ax.set_title(f"{data} data, by {'examples' if examples else 'steps'}", fontsize="small")
        row[0].set_ylabel("accuracy")
    axes[1, 0].set_xlabel("training step")
    axes[1, 1].set_xlabel("examples seen")
    figure.legend(*axes[0, 0].get_legend_handles_labels(), loc="outside lower center", ncols=2, fontsize="small")
    data = columns({f"{key} {data}": history for (key, data), history in histories.items()})
    return figure, {**data, "examples": [step * A_STEP[arm.split()[0]]
                                         for arm, step in zip(data["arm"], data["step"], strict=True)]}
