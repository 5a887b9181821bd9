"""Section "Carrying": binary addition by digits and layers, and an adder of one layer written by hand."""

from dataclasses import dataclass
from functools import cache

import numpy as np
import torch
from jaxtyping import Bool, Float, Int
from matplotlib.figure import Figure
from torch import Tensor

from deref.constructions.adder import adder
from deref.experiment import Experiment, experiment
from deref.figures.growth import by_seed
from deref.figures.style import PALETTE, subplots
from deref.model.config import ModelConfig
from deref.sections.shared.arms import Arm
from deref.tasks.addition import AdditionTask
from deref.train.config import TrainConfig
from evidence.results import exact, mean_t, result, share
from evidence.results.estimate import Estimate
from evidence.runs import Run, Store

_PROBE_SEED = 2_000_003  # of the pairs that models are tested on; no training seed
DIGITS, LAYERS, SOLVED = (8, 16), (1, 2, 3), 0.99
SEEDS = range(10, 15)  # not from 0: those met a first form of the task, with a token for every digit
WRITTEN = (2, 3, 8, 16, 32, 40)  # the sizes at which the adder written by hand is tested
COLOURS, MARKS = ("blue", "orange", "purple"), "os^"


def _arm(digits: int, layers: int) -> Experiment:
    task = AdditionTask(digits=digits)
    recipe = TrainConfig(
        task=task,
        model=ModelConfig(length=task.length, vocab=task.vocab, outputs=task.outputs, layers=layers, heads=1, width=32,
                          mlp=64, position_std=1.0, token_std=1.0),
        steps=800, batch=64, lr=5e-3, warmup=100, eval_every=50, eval_memories=256, stop_at=0.998,
    )
    return experiment(f"addition-{digits}-{layers}", config=recipe, seeds=SEEDS,
                      about=f"Binary addition of {digits} digits, {layers} layers of one head.")


ARMS = {(digits, layers): _arm(digits, layers) for digits in DIGITS for layers in LAYERS}


@cache
def probes(digits: int) -> tuple[Int[Tensor, "pair column"], Int[Tensor, "pair column"], Int[Tensor, "pair column"]]:
    """The pairs of numbers that models are tested on: tokens, right answers, and the chain of every answer digit."""
    task = AdditionTask(digits=digits)
    tokens, answers = task.sample(8_192, "trie", torch.Generator().manual_seed(_PROBE_SEED))
    return tokens, answers, task.chains(tokens)


@cache
def right(run: Run) -> Bool[Tensor, "seed pair column"]:
    """Which answer digits each seed of a run gets right, on the pairs that models are tested on."""
    task = run.config.task
    tokens, answers, _ = probes(task.digits)
    layout = task.layout("trie")
    parts = [run.model(some, layout).argmax(-1) == expected
             for some, expected in zip(tokens.split(1024), answers.split(1024), strict=True)]
    return torch.cat(parts, dim=1)


def by_chain(arm: Experiment, store: Store | None = None) -> Float[np.ndarray, "seed chain"]:
    """The accuracy of each seed on answer digits of each chain, from 1 to one less than the number of digits."""
    digits, found = arm.config.task.digits, right(arm.run(store))
    chains = probes(digits)[2]
    return np.stack([found[:, chains == chain].double().mean(1).numpy() for chain in range(1, digits)], axis=1)


def beyond(arm: Experiment, store: Store | None = None) -> Float[np.ndarray, "seed"]:
    """The accuracy of each seed on answer digits whose chain is longer than the model has layers; chains count alike.

    Chains count alike, however rare, because the long ones are the question.
    """
    return by_chain(arm, store)[:, arm.config.model.layers :].mean(1)


@dataclass(frozen=True)
class Check:
    """The adder written by hand, put to the test.

    Args:
        right: how many sums it got wholly right.
        tried: of how many.
    """

    right: int
    tried: int


@cache
def written() -> Check:
    """Test the adder written by hand at every size on the longest carries there are, and on a thousand random sums."""
    good = tried = 0
    for digits in WRITTEN:
        model, task = adder(digits)
        tokens = torch.cat([longest_carries(task),
                            task.sample(1_000, "trie", torch.Generator().manual_seed(0))[0]])
        answers = model(tokens, task.layout("trie"))[0].argmax(-1)
        good += int((answers == task.oracle(tokens)).all(1).sum())
        tried += len(tokens)
    return Check(good, tried)


def longest_carries(task: AdditionTask) -> Int[Tensor, "pair column"]:
    """Pairs whose carry starts in one column, or fails to, and is passed on by every column to the left of it."""
    starts = torch.arange(task.digits).repeat(2)
    column = torch.arange(task.digits)
    a = (column >= starts[:, None]).long()
    b = (column == starts[:, None]).long()
    b[task.digits :] = 0
    a[task.digits :] = (column > starts[task.digits :, None]).long()
    return task.tokens(a, b)


@result("addition.written.exact", title="Sums that the one-layer adder written by hand gets wholly right",
        format=".0%")
def written_exact(store: Store) -> Estimate:
    check = written()
    return exact(check.right / check.tried,
                 f"counted over {check.tried:,} sums of {', '.join(map(str, WRITTEN))} digits")


@result("addition.written.tried", title="Sums that the one-layer adder was tried on", format=",d")
def written_tried(store: Store) -> Estimate:
    return exact(written().tried, "counted")


@result("addition.written.digits", title="Largest number of digits that the one-layer adder was tried on", format="d")
def written_digits(store: Store) -> Estimate:
    return exact(max(WRITTEN), "of each number")


TRAINED = {(str(digits), str(layers)): Arm(f"{digits} digits, {layers} layer{'s' * (layers > 1)}", one)
           for (digits, layers), one in ARMS.items()}


@result.each(TRAINED, "addition.d{digits}.l{layers}.accuracy", format=".1%",
             title="Answer digits right, {member.name}, 8,192 pairs of numbers")
def mean_accuracy(store: Store, arm: Arm) -> Estimate:
    return mean_t(right(arm.run(store)).double().mean((1, 2)).numpy(), bounds=(0, 1))


@result.each(TRAINED, "addition.d{digits}.l{layers}.solved", format=".0%",
             title="Share of seeds that learn to add, {member.name}")
def share_solved(store: Store, arm: Arm) -> Estimate:
    found = right(arm.run(store)).double().mean((1, 2)) > SOLVED
    return share(found)


@result.each(TRAINED, "addition.d{digits}.l{layers}.long", format=".1%",
             title="Answer digits right whose chain is longer than the layers, {member.name}")
def mean_beyond(store: Store, arm: Arm) -> Estimate:
    return mean_t(beyond(arm.experiment, store), bounds=(0, 1))


@result.each(TRAINED, "addition.d{digits}.l{layers}.long-best", format=".1%",
             title="Answer digits right whose chain is longer than the layers, best seed, {member.name}")
def best_beyond(store: Store, arm: Arm) -> Estimate:
    found = beyond(arm.experiment, store)
    return exact(found.max(), f"largest of {len(found)} seeds, 8,192 pairs of numbers")


def chains() -> tuple[Figure, dict[str, list]]:
    """Accuracy by the chain of the answer digit, a panel for each number of digits, a colour for each of layers."""
    figure, axes = subplots(1, len(DIGITS), sharey=True, height=3.2)
    data: dict[str, list] = {"digits": [], "layers": [], "seed": [], "chain": [], "accuracy": []}
    for ax, digits in zip(axes, DIGITS, strict=True):
        places = range(1, digits)
        for layers, colour, mark in zip(LAYERS, COLOURS, MARKS, strict=True):
            arm = ARMS[digits, layers]
            found = by_chain(arm)
            by_seed(ax, places, found, colour, mark, f"{layers} layer" + "s" * (layers > 1))
            for seed, line in zip(arm.seeds, found.tolist(), strict=True):
                for column, values in zip(data.values(), (digits, layers, seed, places, line), strict=True):
                    column += values if isinstance(values, (list, range)) else [values] * len(line)
        ax.axhline(0.5, color=PALETTE["black"], linestyle=":", linewidth=1)
        ax.set(title=f"{digits} digits", xlabel="chain, columns", xticks=places[:: digits // 8], ylim=(0.4, 1.03))
    axes[0].set_ylabel("answer digits right")
    axes[0].legend(fontsize="small", loc="lower left", bbox_to_anchor=(0, 0.18))
    return figure, data


def weights(column: int = 5, digits: int = 8) -> tuple[Figure, dict[str, list]]:
    """Where one column of the written adder looks: the weight on every column."""
    model, task = adder(digits)
    tokens = task.tokens(torch.zeros(1, digits, dtype=torch.long), torch.zeros(1, digits, dtype=torch.long))
    pattern = model.read(tokens, task.layout("trie"), sites=["pattern"]).pattern[0, 0, 0, 0]
    seen = pattern[column].numpy()
    figure, ax = subplots(height=2.4)
    ax.bar(range(digits), seen, color=PALETTE["blue"], width=0.7)
    ax.invert_xaxis()  # numbers are written with the least significant digit on the right
    ax.set(xlabel="column looked at", ylabel="weight", xticks=range(digits))
    return figure, {"column": list(range(digits)), "weight": np.round(seen, 6).tolist()}
