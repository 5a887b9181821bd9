"""Recipes followed in PyTorch, from the files that pages fetch and nothing else: what a tab must find, too."""

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import torch
from jaxtyping import Float, Int
from torch import Tensor

from deref.explorables.weights import unpack
from deref.model.transformer import Transformer
from deref.probes.base.answers import accuracy
from deref.probes.pointer.address_flips import flip_address
from deref.probes.pointer.coverage import attention_coverage
from deref.probes.pointer.flip import flip_test
from deref.probes.pointer.trace import CLASSES, CausalTrace, causal_trace
from deref.sections.shared.solving import SOLVED
from deref.tasks.pointer import PointerTask
from evidence.config import from_json

Measure = Callable[[Transformer, PointerTask, Tensor, Mapping[str, Any]], Tensor]


def value(recipe: Mapping[str, Any], binaries: Mapping[str, bytes]) -> float:
    """Follow a recipe.

    Args:
        recipe: as `deref.explorables.recipes` writes it.
        binaries: the files that it names.

    Raises:
        ValueError: a measure or a summary of another name, or files that do not fit the recipe.
    """
    for kind, known in (("measure", MEASURES), ("over", SUMMARIES)):
        if recipe[kind] not in known:
            raise ValueError(f"expected {kind} to be one of {', '.join(known)}, got {recipe[kind]!r}")
    found = [_of_seeds(recipe, one, binaries) for one in recipe["models"]]
    return float(SUMMARIES[recipe["over"]](torch.cat(found)))


def _of_seeds(recipe: Mapping[str, Any], one: Mapping[str, Any], binaries: Mapping[str, bytes]) -> Tensor:
    """What the seeds of one run give."""
    model = unpack(from_json(one["config"]), one["seeds"], one["tensors"], binaries[one["file"]])
    task = PointerTask(M=one["cells"])
    found = MEASURES[recipe["measure"]](model, task, _memories(recipe["memories"], task, binaries), recipe["at"])
    if recipe["solving"]:
        found = found[accuracy(model, task, _memories(recipe["solving"], task, binaries)) > SOLVED]
    return found.double()


def _memories(some: Mapping[str, Any], task: PointerTask, binaries: Mapping[str, bytes]) -> Int[Tensor, "memory cell"]:
    bits = np.frombuffer(binaries[some["file"]], dtype=np.uint8).reshape(some["count"], task.M)
    return torch.from_numpy(bits.astype(np.int64))


def _traced(model: Transformer, task: PointerTask, memories: Tensor, at: Mapping[str, Any]) -> CausalTrace:
    return causal_trace(model, task, memories, direction=at.get("direction", "denoise"))


def _by_memory(trace: CausalTrace, at: Mapping[str, Any]) -> Float[Tensor, "seed"]:
    if "address" not in at:
        return trace.by_class_and_memory()[:, :, at["row"], CLASSES.index(at["place"])].double().nanmean(1)
    position = {"addressed cell": at["address"], "readout": -1}[at["place"]]
    return trace.recovery[:, :, at["address"], at["row"], position].double().nanmean(1)


def _beyond(trace: CausalTrace, at: Mapping[str, Any]) -> Float[Tensor, "seed"]:
    found = trace.recovery[:, :, :, at["row"]].nanmean(1)[:, :, : trace.task.M].diagonal(dim1=1, dim2=2)
    return ((found > at.get("above", torch.inf)) | (found < at.get("below", -torch.inf))).sum(1)


MEASURES: dict[str, Measure] = {
    "accuracy": lambda model, task, memories, at: accuracy(model, task, memories),
    "addressed": lambda model, task, memories, at: flip_test(model, task, memories).addressed_rate().mean(1),
    "other": lambda model, task, memories, at: flip_test(model, task, memories).other_rate().mean(1),
    "bit-changed": lambda model, task, memories, at: flip_address(model, task, memories).changed_rate().mean(1),
    "bit-strayed": lambda model, task, memories, at: flip_address(model, task, memories).strayed_rate().mean(1),
    "covered": lambda model, task, memories, at: attention_coverage(model, task, memories).coverage,
    "covered-share": lambda model, task, memories, at: attention_coverage(model, task, memories).coverage / task.M,
    "weight": lambda model, task, memories, at: attention_coverage(model, task, memories).best.mean(1),
    "address-weight": lambda model, task, memories, at: attention_coverage(model, task, memories).address_mass.amax(1),
    "kept": lambda model, task, memories, at: _traced(model, task, memories, at).kept.double().mean((1, 2)),
    "recovery": lambda model, task, memories, at: _traced(model, task, memories, at).by_class()[
        :, at["row"], CLASSES.index(at["place"])],
    "recovery-by-memory": lambda model, task, memories, at: _by_memory(_traced(model, task, memories, at), at),
    "addresses-beyond": lambda model, task, memories, at: _beyond(_traced(model, task, memories, at), at),
}

SUMMARIES: dict[str, Callable[[Tensor], Tensor]] = {
    "only": lambda values: values.squeeze(),
    "mean": lambda values: values.mean(),
    "median": lambda values: values.quantile(0.5),
    "largest": lambda values: values.max(),
    "number-solving": lambda values: (values > SOLVED).sum(),
    "share-solving": lambda values: (values > SOLVED).double().mean(),
}
