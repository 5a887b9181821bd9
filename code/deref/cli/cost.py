"""How long the training of a run takes, so that the longest can begin first: an estimate from its configuration.

A step takes time for every call of an operation, whatever its size; for what it draws, a seed; for the multiplications
of its linear maps; for every pair of a query and a key, most of all; and for every number of its streams. The weights
of these were fitted to the steps of the book's 121 runs: half of the estimates are within 12 % of what was measured on
one core, nine of ten within 30 %. What counts is their order, which hardly depends on the machine.
"""

from collections.abc import Iterator
from typing import Any

from deref.experiment import Experiment

CALLS_S, SEED_S, PRODUCT_S, PAIR_S, NUMBER_S = 7e-5, 8e-5, 4e-11, 1.1e-8, 4e-9
FORWARD = 1 / 3
"""The share of a step that only answers; an evaluation does no more."""


def seconds(one: Experiment) -> float:
    """Estimate how long a run trains on one core, if nothing stops it early.

    Args:
        one: the run.
    """
    return sum(_recipe_seconds(recipe, len(one.seeds)) for recipe in _recipes(one.config))


def _recipes(config: Any) -> Iterator[Any]:
    """The recipes that a run follows, one after the other."""
    if hasattr(config, "first"):
        yield from (config.first, *(lesson.train for lesson in config.then))
    else:
        yield getattr(config, "train", config)


def _recipe_seconds(recipe: Any, seeds: int) -> float:
    if not hasattr(recipe, "task"):  # of somebody else's making: all that is known is how often it does something
        return CALLS_S * recipe.steps if hasattr(recipe, "steps") else 0.0
    layout = recipe.task.layout(recipe.form)
    calls, products, pairs, numbers = _work(recipe.model, layout)
    a_step = CALLS_S * calls + seeds * (
        SEED_S + recipe.batch * (PRODUCT_S * products + PAIR_S * pairs + NUMBER_S * numbers))
    evaluations = FORWARD * recipe.eval_memories / recipe.batch / recipe.eval_every
    return recipe.steps * a_step * (1 + evaluations)


def _work(model: Any, layout: Any) -> tuple[float, float, float, float]:
    """What a step does for one sequence: calls, products of linear maps, pairs, numbers of streams."""
    nodes, readouts, width = layout.size, len(layout.readouts), model.width
    if hasattr(model, "heads"):
        calls, products, pairs, numbers = 3 + model.layers * (1.4 if model.mlp else 1), 0, 0, nodes * width
        inner = model.heads * model.K
        for layer in range(model.layers):
            asking = readouts if layer == model.layers - 1 else nodes
            products += 2 * width * (nodes * inner + asking * (inner + model.mlp))
            pairs += model.heads * asking * nodes
            numbers += 2 * width * (nodes + asking) + 1.5 * asking * model.mlp + 3 * nodes * inner
        return calls, products, pairs, numbers
    if hasattr(model, "cell"):
        from deref.model.recurrent import GATES, depths

        gates = nodes * width * GATES[model.cell]
        return 2 + 1.5 * len(depths(layout)[0]), gates * (width + model.embedding), 0, 3 * gates
    hidden = (nodes if model.kind == "convolution" else readouts) * model.hidden
    mixed = readouts * nodes * width if model.kind in ("bag", "whole") else 0
    return (3 + 2 * model.layers + model.hidden, width**2 * (model.layers * nodes * model.kernel + hidden) + mixed, 0,
            width * (nodes * (model.layers * (model.kernel + 2) + 2) + readouts))
