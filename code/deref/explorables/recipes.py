"""What pages need to compute their numbers again: recipes, and the weights and memories that these name."""

import hashlib
from collections.abc import Mapping
from typing import Any

import torch
from jaxtyping import Int
from torch import Tensor

from deref.explorables.half import halved
from deref.explorables.weights import pack_all
from deref.model.config import ModelConfig
from deref.model.members import some
from deref.model.transformer import Transformer
from deref.sections.ch06.depth import recipes as depth
from deref.sections.ch06.layers import recipes as layers
from deref.sections.ch06.leaks import recipes as leaks
from deref.sections.ch07.algorithms import recipes as algorithms
from deref.sections.ch07.flip import recipes as flip
from deref.sections.ch07.reading import recipes as reading
from deref.sections.ch07.trace import recipes as trace
from deref.sections.shared.models import shown
from deref.sections.shared.recipes import PROBED, SHOWN, SOLVING, Picked, Recipe
from deref.tasks.pointer import PointerTask
from deref.train.config import TrainConfig
from evidence.config import to_json
from evidence.records.text import ranges_text
from evidence.results.recipes import Recipes
from evidence.runs import Store, default_store

# by name, and not found by walking: a page is executed again when modules change that it imports by name
RECIPES: dict[str, Recipe] = {
    **depth.RECIPES, **layers.RECIPES, **leaks.RECIPES, **algorithms.RECIPES, **flip.RECIPES, **reading.RECIPES,
    **trace.RECIPES}

FOLLOWS = {"type": TrainConfig.__name__, "task": {"type": PointerTask.__name__},
           "model": {"type": ModelConfig.__name__}}
"""What the configuration of a run has in it that a recipe could be about."""
_WEIGHTS_A_SECOND = 1.1e9
"""What one core of a machine of 2026 gets through in a tab: products of a weight and what it is applied to."""


def pointer_recipes(recipes: Mapping[str, Recipe] = RECIPES, store: Store | None = None) -> Recipes:
    """Export the recipes for models of the pointer task.

    Args:
        recipes: by the id of their result.
        store: where runs are kept; None is the process's own store.

    Raises:
        ValueError: an experiment that trains something other than a transformer on the pointer task.
    """
    store, binaries = store or default_store(), {}
    found = {rid: _written(recipe, store, binaries) for rid, recipe in recipes.items()}
    about = {rid: _about(written, binaries) for rid, written in found.items()}
    return Recipes(recipes=found, about=about, binaries=binaries, follows=FOLLOWS,
                   models="plain trainings of a transformer on the pointer task")


def _written(recipe: Recipe, store: Store, binaries: dict[str, bytes]) -> dict[str, Any]:
    """A recipe as data; the files that it names are put beside those of others."""
    run, task = recipe.chosen.run(store), recipe.chosen.config.task
    if not isinstance(run.model, Transformer) or not isinstance(task, PointerTask):
        raise ValueError(f"expected an experiment with a transformer on the pointer task, got {recipe.chosen.name}")
    model, picked = run.model, None
    if recipe.seeds == SHOWN:
        model, picked = model.member(shown(recipe.chosen, store).index), "the seed that pages show"
    elif isinstance(recipe.seeds, Picked):
        model, picked = some(model, [*map(model.seeds.index, sorted(recipe.seeds.of(run)))]), recipe.seeds.about
    return {"measure": recipe.measure, "over": recipe.over, "at": dict(recipe.at), "close": recipe.close,
            "picked": picked,
            "models": [described(model, recipe.chosen.name, run.address, task, binaries, rounded=recipe.rounded)],
            "memories": put_memories(recipe.memories.of(task), binaries),
            "solving": put_memories(PROBED.of(task), binaries) if recipe.seeds == SOLVING else None}


def described(model: Transformer, name: str, address: str, task: PointerTask, binaries: dict[str, bytes], *,
              rounded: bool = False) -> dict[str, Any]:
    """What a recipe says of a run: whose weights they are, and how to read the file, which is put beside others.

    Args:
        model: the ensemble, or a member of it.
        name: of the experiment.
        address: of the run.
        task: that it was trained on.
        binaries: files by name, to which this adds one.
        rounded: whether its numbers keep 16 bits.
    """
    places, content = pack_all(model)
    return {"name": name, "address": address, "seeds": list(model.seeds), "cells": task.M, "bits": task.A,
            "config": to_json(model.config), "tensors": places, "rounded": rounded,
            "file": put(halved(content) if rounded else content, binaries)}


def put_memories(memories: Int[Tensor, "memory cell"], binaries: dict[str, bytes]) -> dict[str, Any]:
    """What a recipe says of memories, a byte a cell."""
    return {"count": len(memories), "file": put(memories.to(torch.uint8).numpy().tobytes(), binaries)}


def put(content: bytes, binaries: dict[str, bytes]) -> str:
    """Put a file beside others, and give its name."""
    name = f"{hashlib.sha256(content).hexdigest()}.bin"
    binaries[name] = content
    return name


def _about(written: dict[str, Any], binaries: Mapping[str, bytes]) -> str:
    (model,) = written["models"]
    seeds, size = ranges_text(model["seeds"]), max(len(binaries[model["file"]]) / 1e6, 0.1)
    rounded = ", rounded to 16 bits" if model["rounded"] else ""
    return (f"the trained weights of {seeds} of {model['name']} ({size:.1f} MB{rounded}) on the same "
            f"{written['memories']['count']} memories{_patience(written, binaries)}")


def _patience(written: dict[str, Any], binaries: Mapping[str, bytes]) -> str:
    """What a reader should know of the time, for measures that take longer than one waits without a word."""
    (model,) = written["models"]
    cells, bits = model["cells"], model["bits"]
    # nodes that run for one memory: with each flip those behind the cell, and one address or the tree of all of them
    every = cells * (cells // 2 + 2 * cells)
    nodes = {"addressed": cells * (cells // 2 + bits), "other": every, "passed": every}.get(
        written["measure"], 3 * cells)
    weights = len(binaries[model["file"]]) / (2 if model["rounded"] else 4)  # of all seeds
    seconds = nodes * written["memories"]["count"] * weights / _WEIGHTS_A_SECOND
    if seconds < 15:
        return ""
    return ", which takes half a minute or more" if seconds < 60 else ", which takes some minutes"
