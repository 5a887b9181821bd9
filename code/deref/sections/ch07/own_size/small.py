"""Section "The textbook's two models": the small one, of eight cells, as the textbook reads it, over seeds."""

from functools import cache

import numpy as np
import torch
from jaxtyping import Float

from deref.experiment import experiment
from deref.probes.base.memories import few_memories
from deref.probes.measures.pattern_distance import pattern_distance
from deref.sections.shared.book_models import model_n
from deref.sections.shared.book_reading import (
    looked,
    on_address,
    on_cell,
    recoveries,
    right_when_shuffled,
    right_with_uniform,
    shuffled,
    transformer,
)
from deref.sections.shared.partial_address_accuracy import majority
from deref.sections.shared.solving import share_solving, solving
from deref.tasks.pointer import PointerTask
from evidence.results import exact, mean_t, result
from evidence.results.estimate import Estimate
from evidence.runs import Run, Store, default_store

TASK = PointerTask(M=8)

two = experiment(
    "book-8", config=model_n(8, width=32, steps=2_000, eval_every=50), seeds=range(10),
    about="The book's own model of eight cells, written in NumPy there: two layers, one head, sinusoidal positions.",
)
heads = experiment(
    "book-8-heads", config=model_n(8, width=32, heads=2, steps=2_000, eval_every=50), seeds=range(10),
    about="As book-8, with two heads.",
)


@result("read8.solved", format=".0%", title="Share of seeds of the book's model of eight cells that solve the task")
def solved(store: Store) -> Estimate:
    return share_solving(two.run(store))


@cache
def cell_weights(run: Run) -> Float[np.ndarray, "solving address"]:
    """The weight of layer 2 on the addressed cell, of each seed that solves the task, by address."""
    return on_cell(looked(transformer(run), TASK))[1, [*solving(run)], 0].double().numpy()


@result("read8.cell", format=".2f", title="Weight of layer 2 on the addressed cell, seeds that solve eight cells")
def cell(store: Store) -> Estimate:
    return mean_t(cell_weights(two.run(store)).mean(1), bounds=(0, 1))


@result("read8.cell-least", format=".2f",
        title="Weight of layer 2 on the addressed cell, the address with least of it, seeds that solve eight cells")
def cell_least(store: Store) -> Estimate:
    return mean_t(cell_weights(two.run(store)).min(1), bounds=(0, 1))


@result("read8.gathered", format=".0%",
        title="Weight of layer 1 on the address tokens, seeds that solve eight cells")
def gathered(store: Store) -> Estimate:
    run = two.run(store)
    return mean_t(on_address(looked(transformer(run), TASK))[0, [*solving(run)]].double().numpy(), bounds=(0, 1))


def bit_weights(run: Run) -> Float[np.ndarray, "solving bit"]:
    """The weight of layer 1 on each address token, most significant first, of each seed that solves the task."""
    found = looked(transformer(run), TASK).pattern[0, [*solving(run)], 0]
    return found[..., TASK.M:].mean(1).double().numpy()


@result("read8.first-bit", format=".2f",
        title="Weight of layer 1 on the first address bit, seeds that solve eight cells")
def first_bit(store: Store) -> Estimate:
    return mean_t(bit_weights(two.run(store))[:, 0], bounds=(0, 1))


@result("read8.first-lead", format=".2f",
        title="Weight of layer 1 on the first address bit less that on the second, seeds that solve eight cells")
def first_lead(store: Store) -> Estimate:
    found = bit_weights(two.run(store))
    return mean_t(found[:, 0] - found[:, 1])


@result("read8.second-lead", format=".2f",
        title="Weight of layer 1 on the second address bit less that on the last, seeds that solve eight cells")
def second_lead(store: Store) -> Estimate:
    found = bit_weights(two.run(store))
    return mean_t(found[:, 1] - found[:, 2])


@result.each({"1": 0, "2": 1}, "read8.uniform-{layer}", title="Right answers with uniform attention in layer {layer}, "
             "seeds that solve eight cells")
def uniform(store: Store, index: int) -> Estimate:
    run = two.run(store)
    return mean_t(right_with_uniform(transformer(run), TASK, index)[[*solving(run)]].numpy(), bounds=(0, 1))


@result("read8.shuffled", title="Right answers to addresses with their bits in a random order, seeds that solve eight "
                                "cells")
def shuffle(store: Store) -> Estimate:
    run = two.run(store)
    return mean_t(right_when_shuffled(transformer(run), TASK)[[*solving(run)]].numpy(), bounds=(0, 1))


@result("read8.waiting", format=".2f",
        title="Recovery at the addressed cell after layer 1, seeds that solve eight cells")
def waiting(store: Store) -> Estimate:
    run = two.run(store)
    return mean_t(recoveries(transformer(run), TASK)["cell"][[*solving(run)], 1].numpy())


@result("read8.heads-apart", format=".0%", title="Distance of the patterns of the two heads of layer 2, seeds with two "
                                                 "heads that solve eight cells")
def heads_apart(store: Store) -> Estimate:
    run = heads.run(store)
    apart = pattern_distance(transformer(run), TASK, few_memories(TASK, 32))[1, [*solving(run)], 0, 1]
    return mean_t(apart.double().numpy(), bounds=(0, 1))


def reader(ones: int | None = None) -> float:
    """How often a perfect reader of shuffled addresses is right.

    Args:
        ones: the number of ones in the memories that count; None counts all memories.
    """
    memories = (torch.arange(2**TASK.M)[:, None] >> torch.arange(TASK.M)) & 1
    if ones is not None:
        memories = memories[memories.sum(1) == ones]
    equal = (memories[:, :, None] == memories[:, None, :]).double().mean(0)
    return float((equal * shuffled(TASK)).sum() / TASK.M)


@result("shuffle.reader", format=".1%", title="Right answers of a perfect reader to addresses with their bits shuffled")
def perfect(store: Store) -> Estimate:
    return exact(reader(), "every memory, every address, every order of its bits")


@result("shuffle.reader-tied", format=".1%",
        title="The same in memories with as many ones as zeros, which have no majority")
def perfect_tied(store: Store) -> Estimate:
    return exact(reader(TASK.M // 2), "every memory of four ones, every address, every order of its bits")


@result("shuffle.majority", format=".1%", title="Right answers of whoever answers with the memory's majority bit")
def majority_vote(store: Store) -> Estimate:
    return exact(majority(TASK.M), "counted over all memories and addresses")


def shown() -> Float[np.ndarray, "layer address position"]:
    """Where the readout of the book's model looks, of the solving seed with most weight on the addressed cells."""
    run = two.run(default_store())
    member = max(solving(run), key=lambda i: float(on_cell(looked(transformer(run), TASK))[1, i].mean()))
    return looked(transformer(run), TASK).pattern[:, member, 0].numpy()
