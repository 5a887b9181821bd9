"""An estimate, from its configuration, of how long a run trains, so that the longest can begin first.

A step takes time for every call of an operation, whatever its size; for what it draws, a seed; for the multiplications
of its linear maps; for every pair of a query and a key, most of all; and for every number of its streams. The weights
of these were fitted to the steps of the book's 121 runs: half of the estimates are within 12 % of what was measured on
one core, nine of ten within 30 %. What counts is their order, which hardly depends on the machine.

This module is no part of what trains a run, so that a better estimate gives no run another address. It therefore looks
models up by the names of their configurations; a kind of model that it does not know is an error, not a guess.
"""

from collections.abc import Callable
from typing import Any, NamedTuple

from deref.experiment import Experiment

CALLS_S, SEED_S, PRODUCT_S, PAIR_S, NUMBER_S = 7e-5, 8e-5, 4e-11, 1.1e-8, 4e-9
FORWARD = 1 / 3
"""The share of a step that only answers; an evaluation does no more."""


class Work(NamedTuple):
    """What one step does for one sequence of one seed.

    Args:
        calls: calls of operations; seeds and sequences share them.
        products: multiplications of linear maps.
        pairs: pairs of a query and a key, of all heads.
        numbers: numbers of the streams that are written.
    """

    calls: float
    products: float
    pairs: float
    numbers: float


def seconds(one: Experiment) -> float:
    """Estimate how long a run trains on one core, if nothing stops it early.

    Args:
        one: the run. A configuration that is not one of `deref.train` has `steps` and no `stages`; all that is known of
            it is how often it does something.

    Raises:
        ValueError: a configuration without steps, or a kind of model whose work is not known.
    """
    if stages := getattr(one.config, "stages", ()):
        return sum(_stage_seconds(stage, len(one.seeds)) for stage in stages)
    if not hasattr(one.config, "steps"):
        raise ValueError(f"expected a configuration with a number of steps, got {one.config!r}")
    return CALLS_S * one.config.steps


def _stage_seconds(recipe: Any, seeds: int) -> float:
    layout, kind = recipe.task.layout(recipe.form), type(recipe.model).__name__
    if kind not in WORK:
        raise ValueError(f"expected a model whose work is known, one of {', '.join(WORK)}, got {kind}")
    work = WORK[kind](recipe.model, layout)
    a_step = CALLS_S * work.calls + seeds * (
        SEED_S + recipe.batch * (PRODUCT_S * work.products + PAIR_S * work.pairs + NUMBER_S * work.numbers))
    evaluations = FORWARD * recipe.eval_memories / recipe.batch / recipe.eval_every
    return recipe.steps * a_step * (1 + evaluations)


def _transformer(model: Any, layout: Any) -> Work:
    nodes, readouts, width, inner = layout.size, len(layout.readouts), model.width, model.heads * model.K
    products, pairs, numbers = 0, 0, nodes * width
    for layer in range(model.layers):
        asking = readouts if layer == model.layers - 1 else nodes
        products += 2 * width * (nodes * inner + asking * (inner + model.mlp))
        pairs += model.heads * asking * nodes
        numbers += 2 * width * (nodes + asking) + 1.5 * asking * model.mlp + 3 * nodes * inner
    return Work(3 + model.layers * (1.4 if model.mlp else 1), products, pairs, numbers)


def _recurrent(model: Any, layout: Any) -> Work:
    from deref.model.recurrent import GATES, depths

    gates = layout.size * model.width * GATES[model.cell]
    return Work(2 + 1.5 * len(depths(layout)[0]), gates * (model.width + model.embedding), 0, 3 * gates)


def _without_lookup(model: Any, layout: Any) -> Work:
    nodes, readouts, width = layout.size, len(layout.readouts), model.width
    hidden = (nodes if model.kind == "convolution" else readouts) * model.hidden
    mixed = readouts * nodes * width if model.kind in ("bag", "whole") else 0
    return Work(3 + 2 * model.layers + model.hidden,
                width**2 * (model.layers * nodes * model.kernel + hidden) + mixed, 0,
                width * (nodes * (model.layers * (model.kernel + 2) + 2) + readouts))


def _table_mlp(model: Any, layout: Any) -> Work:
    nodes, readouts = layout.size, len(layout.readouts)
    return Work(4, nodes * model.hidden * model.embedding + readouts * nodes * model.hidden, 0,
                model.hidden * (nodes + 2 * readouts))


WORK: dict[str, Callable[[Any, Any], Work]] = {
    "ModelConfig": _transformer, "RecurrentConfig": _recurrent, "BaselineConfig": _without_lookup,
    "TableMlpConfig": _table_mlp}
"""What a step does for one sequence, by the configuration of the model; from the model and the layout."""
