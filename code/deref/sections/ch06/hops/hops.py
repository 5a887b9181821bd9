"""Section "Composing lookups": pointers followed for one to four hops by models of one to five layers."""

from dataclasses import dataclass, replace

import numpy as np
from jaxtyping import Float, Int
from matplotlib.figure import Figure

from deref.experiment import Experiment, experiment
from deref.figures.growth import by_seed
from deref.figures.style import subplots
from deref.model.config import ModelConfig
from deref.model.transformer import Transformer
from deref.sections.ch06.hops.staircase import share_map, steps_strip
from deref.sections.shared.arms import Arm
from deref.tasks.hops import MASKS, HopsTask
from deref.train.config import TrainConfig
from deref.train.hops import HopsConfig
from evidence.results import bootstrap, exact, result, share
from evidence.results.estimate import Estimate
from evidence.runs import Store

CELLS, HOPS, DEPTHS, SOLVED = 8, (1, 2, 3, 4), (1, 2, 3, 4, 5), 0.99
SEEDS = range(10, 15)  # not from 0: those met a first recipe, from smaller embeddings, that was given up for this one
SEEN = {"causal": "causal", "both": "both directions"}

TASK = HopsTask(M=CELLS, hops=HOPS)
RECIPE = TrainConfig(
    task=TASK,
    model=ModelConfig(length=TASK.length, vocab=CELLS, outputs=CELLS, layers=1, heads=1, width=32, mlp=128,
                      position_std=1.0, token_std=1.0),
    steps=800, batch=12, lr=6e-3, warmup=100, eval_every=50, eval_memories=64, stop_at=0.998,
)


def _arm(name: str, mask: str, about: str, **shape) -> Experiment:
    recipe = replace(RECIPE, task=replace(TASK, mask=mask), model=replace(RECIPE.model, **shape))
    return experiment(name, config=HopsConfig(train=recipe), seeds=SEEDS, about=about)


ARMS = {(mask, depth): _arm(f"hops-{mask}-{depth}", mask, f"One to four hops, {depth} layers of one head, mask {mask}.",
                            layers=depth)
        for mask in MASKS for depth in DEPTHS if (mask, depth) != ("both", 1)}
ARMS["both", 1] = ARMS["causal", 1]  # in one layer nothing that a cell saw is read, so the masks make no difference
EQUAL = {
    "deep": ARMS["causal", 4],
    "wide": _arm("hops-wide", "causal", "As hops-causal-4, but two layers that are wider, with as many parameters.",
                 layers=2, width=46, mlp=180),
    "heads": _arm("hops-heads", "causal", "As hops-wide, but with four heads a layer.",
                  layers=2, width=44, heads=4, mlp=196),
}
EQUAL_NAMES = {"deep": "four layers", "wide": "two layers, wider", "heads": "two layers, four heads"}


def steps_to_solve(arm: Experiment, store: Store | None = None) -> Float[np.ndarray, "seed hops"]:
    """Steps until each seed answered more than 99% of each number of hops; infinity where it never did."""
    return arm.run(store).history.hop_steps_to(SOLVED)


def chained(arm: Experiment, store: Store | None = None) -> Int[np.ndarray, "seed"]:
    """How many lookups each seed chains: the largest number of hops that it solves along with all smaller ones."""
    return np.isfinite(steps_to_solve(arm, store)).cumprod(axis=1).sum(axis=1)


@dataclass(frozen=True)
class Question:
    """What an arm is asked: a number of hops."""

    arm: Arm
    hops: int

    @property
    def title(self) -> str:
        """What titles call it."""
        return f"{self.arm.name} on {self.hops} hop{'s' * (self.hops > 1)}"


GRID = {(mask, str(depth)): Arm(f"{depth} layer{'s' * (depth > 1)}, mask {SEEN[mask]},", one)
        for (mask, depth), one in ARMS.items()}
SIZED = {name: Arm(f"{EQUAL_NAMES[name]}, causal mask,", one) for name, one in EQUAL.items()}
GRID_HOPS = {(*key, str(hops)): Question(arm, hops) for key, arm in GRID.items() for hops in HOPS}
SIZED_HOPS = {(name, str(hops)): Question(arm, hops) for name, arm in SIZED.items() for hops in HOPS}


@result.each(GRID, "khop.{mask}.l{layers}.median", title="Lookups that the median seed of {member.name} chains",
             format=".0f")
@result.each(SIZED, "khop.equal.{model}.median", title="Lookups that the median seed of {member.name} chains",
             format=".0f")
def median_chained(store: Store, arm: Arm) -> Estimate:
    return bootstrap(chained(arm.experiment, store))


@result.each(GRID, "khop.{mask}.l{layers}.most", title="Lookups that the best seed of {member.name} chains", format="d")
@result.each(SIZED, "khop.equal.{model}.most", title="Lookups that the best seed of {member.name} chains", format="d")
def most_chained(store: Store, arm: Arm) -> Estimate:
    found = chained(arm.experiment, store)
    return exact(found.max(), f"largest of {len(found)} seeds")


@result.each(GRID_HOPS, "khop.{mask}.l{layers}.h{hops}.solved",
             title="Share of seeds of {member.title} that solve it", format=".0%")
@result.each(SIZED_HOPS, "khop.equal.{model}.h{hops}.solved",
             title="Share of seeds of {member.title} that solve it", format=".0%")
def share_solved(store: Store, question: Question) -> Estimate:
    steps = steps_to_solve(question.arm.experiment, store)[:, HOPS.index(question.hops)]
    return share(np.isfinite(steps))


@result.each(GRID_HOPS, "khop.{mask}.l{layers}.h{hops}.accuracy",
             title="Median accuracy of {member.title} at the end of training", format=".0%")
@result.each(SIZED_HOPS, "khop.equal.{model}.h{hops}.accuracy",
             title="Median accuracy of {member.title} at the end of training", format=".0%")
def median_accuracy(store: Store, question: Question) -> Estimate:
    by_hops = question.arm.run(store).history.by_hops
    return bootstrap(by_hops[:, HOPS.index(question.hops), -1])


@result("khop.guess", title=f"Right answers of a guess among the other cells, {CELLS} cells", format=".0%")
def guess(store: Store) -> Estimate:
    return exact(1 / (CELLS - 1), "every other cell is equally likely, after any of these numbers of hops")


@result.each({name: Arm(EQUAL_NAMES[name], one) for name, one in EQUAL.items()}, "khop.equal.{model}.parameters",
             title="Parameters of {member.name}", format=",d")
def parameters(store: Store, arm: Arm) -> Estimate:
    model = Transformer(arm.experiment.config.train.model, (0,))
    return exact(sum(p.numel() for p in model.parameters()), "counted")


def staircase() -> tuple[Figure, dict[str, list]]:
    """The share of seeds that solve each number of hops with each number of layers, for both masks."""
    figure, axes = subplots(1, 2, sharey=True, height=3.4)
    data: dict[str, list] = {"mask": [], "layers": [], "hops": [], "seed": [], "steps": []}
    for ax, mask in zip(axes, MASKS, strict=True):
        steps = np.stack([steps_to_solve(ARMS[mask, depth]) for depth in DEPTHS])
        share_map(ax, np.isfinite(steps).mean(1).T, columns=DEPTHS, rows=HOPS)
        ax.set(title=SEEN[mask], xlabel="layers")
        _collect(data, [(mask, depth) for depth in DEPTHS], steps)
    axes[0].set_ylabel("hops")
    return figure, data


def _collect(data: dict[str, list], arms: list[tuple[str, int]], steps: np.ndarray) -> None:
    for (mask, depth), taken_by in zip(arms, steps, strict=True):
        for seed, by_hops in enumerate(taken_by.tolist()):
            for hops, taken in zip(HOPS, by_hops, strict=True):
                row = (mask, depth, hops, seed, taken if np.isfinite(taken) else "")
                for column, value in zip(data.values(), row, strict=True):
                    column.append(value)


def steps() -> tuple[Figure, dict[str, list]]:
    """Steps to solve, a point for each seed, by hops and layers, one panel for each mask; unsolved at the top."""
    figure, axes = subplots(2, 1, sharex=True, sharey=True, height=5.4)
    data: dict[str, list] = {"mask": [], "layers": [], "hops": [], "seed": [], "steps": []}
    for ax, mask in zip(axes, MASKS, strict=True):
        found = np.stack([steps_to_solve(ARMS[mask, depth]) for depth in DEPTHS])
        steps_strip(ax, found, groups=[f"{hops} hop" + "s" * (hops > 1) for hops in HOPS],
                    labels=DEPTHS, budget=RECIPE.steps)
        ax.set(title=SEEN[mask], ylabel="steps to solve")
        _collect(data, [(mask, depth) for depth in DEPTHS], found)
    axes[-1].set_xlabel("layers, for each number of hops")
    return figure, data


def equal() -> tuple[Figure, dict[str, list]]:
    """Median final accuracy by hops of three models with as many parameters, a thin line for each seed."""
    figure, ax = subplots(height=3.0)
    data: dict[str, list] = {"model": [], "seed": [], "hops": [], "accuracy": []}
    for (name, arm), colour, mark in zip(EQUAL.items(), ("blue", "orange", "purple"), "os^", strict=True):
        found = arm.run().history.by_hops[:, :, -1]
        by_seed(ax, HOPS, found, colour, mark, EQUAL_NAMES[name])
        for seed, line in zip(arm.seeds, found.tolist(), strict=True):
            data["model"] += [name] * len(line)
            data["seed"] += [seed] * len(line)
            data["hops"] += HOPS
            data["accuracy"] += line
    ax.axhline(1 / (CELLS - 1), color="black", linestyle=":", linewidth=1)
    ax.set(xlabel="hops", ylabel="accuracy", ylim=(0, 1.03), xticks=HOPS)
    ax.legend(fontsize="small", loc="lower left", bbox_to_anchor=(0, 0.15))
    return figure, data
