"""Section "Noise or depth?": one memory with all its addresses at once, against independent examples.

How the recipe was fixed, before any seed below 100 was trained: on seeds 100 to 102, the learning rate was the one of
0.002 and 0.005 that solved 16 cells sooner with shared memories; batches follow from counting tokens and examples.
"""

from dataclasses import replace

from matplotlib.figure import Figure

from deref.experiments.registry import Experiment, experiment
from deref.experiments.solving import SOLVED, accuracies, share_solving, solved_at
from deref.figures.curves import columns, learning_curves
from deref.figures.style import subplots
from deref.model.config import ModelConfig
from deref.results import bootstrap, compare, exact, result
from deref.results.estimate import Estimate
from deref.runs import Store
from deref.tasks.pointer import PointerTask
from deref.train.config import TrainConfig

CELLS, MEMORIES, FIXED = 16, 8, 20_000
SEEDS = range(5)

TASK = PointerTask(M=CELLS)
_TREE = TASK.layout("trie").size
SHARED = TrainConfig(
    task=TASK,
    model=ModelConfig(length=TASK.length, layers=2, heads=4, width=32, mlp=64),
    steps=1_200, batch=MEMORIES, lr=2e-3, warmup=100, eval_every=50, stop_at=0.995,
)
EXAMPLES = MEMORIES * CELLS  # of one step with shared memories
SAME_TOKENS = round(MEMORIES * _TREE / TASK.length)  # independent examples with as many tokens as such a step


def _arms() -> dict[tuple[str, str], Experiment]:
    recipes = {"shared": SHARED, "tokens": replace(SHARED, form="flat", batch=SAME_TOKENS),
               "examples": replace(SHARED, form="flat", batch=EXAMPLES)}
    about = {"shared": f"{MEMORIES} memories a step, each with all its addresses",
             "tokens": f"{SAME_TOKENS} independent examples a step, as many tokens as noise-shared-fresh",
             "examples": f"{EXAMPLES} independent examples a step, as many examples as noise-shared-fresh"}
    made = {}
    for key, recipe in recipes.items():
        kept = FIXED // CELLS if recipe.form == "trie" else FIXED  # a memory with its addresses is CELLS examples
        for data, limit in (("fresh", None), ("fixed", kept)):
            made[key, data] = experiment(
                f"noise-{key}-{data}", config=replace(recipe, fixed_examples=limit), seeds=SEEDS,
                about=f"{CELLS} cells, two layers, four heads; {about[key]}, "
                      + ("drawn afresh." if limit is None else f"from {FIXED:,} examples drawn once."))
    return made


ARMS = _arms()
NAMES = {"shared": "shared memory", "tokens": "independent, equal tokens", "examples": "independent, equal examples"}
COLOURS = {"shared": "blue", "tokens": "vermilion", "examples": "green"}


def _declare(key: str, data: str) -> None:
    arm, what = ARMS[key, data], f"{NAMES[key]}, {data} data"

    @result(f"noise.{key}.{data}.solved", title=f"Share of seeds that solve {CELLS} cells, {what}", format=".0%")
    def solved(store: Store) -> Estimate:
        return share_solving(arm.run(store))

    @result(f"noise.{key}.{data}.steps", format=",d",
            title=f"Median number of steps until {CELLS} cells are solved, {what}")
    def steps(store: Store) -> Estimate:
        return compare.median_time(solved_at(arm.run(store)), arm.config.steps)

    @result(f"noise.{key}.{data}.accuracy", title=f"Median accuracy on {CELLS} cells after training, {what}",
            format=".1%")
    def accuracy(store: Store) -> Estimate:
        return bootstrap(accuracies(arm.run(store)))


for _key, _data in ARMS:
    _declare(_key, _data)


def _count(key: str, title: str, value: int) -> None:
    @result(f"noise.{key}", title=title, format=",d")
    def counted(store: Store) -> Estimate:
        return exact(value, "counted")


_count("batch.shared", "Examples in one step with shared memories", EXAMPLES)
_count("batch.tokens", "Independent examples that have as many tokens, rounded", SAME_TOKENS)
_count("tokens.step", "Tokens in one step with shared memories", MEMORIES * _TREE)
_count("fixed", "Examples in the fixed set", FIXED)
_count("steps", "Training steps at most, in the comparison of batches", SHARED.steps)


def curves() -> tuple[Figure, dict[str, list]]:
    """Learning curves of every seed: fresh data left, a fixed set right, one row a kind of batch."""
    histories = {(key, data): arm.run().history for (key, data), arm in ARMS.items()}
    figure, axes = subplots(3, 2, sharex=True, sharey=True, height=6.4)
    for ax, ((key, data), history) in zip(axes.flat, histories.items(), strict=True):
        learning_curves(ax, history, COLOURS[key], (SOLVED,))
        ax.set(xlabel="", xlim=(0, SHARED.steps), xticks=range(0, SHARED.steps + 1, 400))
        ax.set_title(f"{NAMES[key]}, {data}", fontsize="small")
    for ax in axes[-1]:
        ax.set_xlabel("training step")
    for ax in axes[:, 0]:
        ax.set_ylabel("accuracy")
    return figure, columns({f"{key} {data}": history for (key, data), history in histories.items()})
