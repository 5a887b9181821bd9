"""Recipes followed in PyTorch, from the files that pages fetch and nothing else: what a tab must find, too."""

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import torch
from jaxtyping import Float, Int
from torch import Tensor

from deref.explorables.half import widened
from deref.explorables.weights import unpack
from deref.model.transformer import Transformer
from deref.probes.base.answers import accuracy
from deref.probes.pointer.address_flips import AddressFlips, flip_address
from deref.probes.pointer.coverage import Coverage, attention_coverage
from deref.probes.pointer.flip import FlipTest, flip_test
from deref.probes.pointer.passed import passed_rate
from deref.probes.pointer.trace import CLASSES, CausalTrace, causal_trace
from deref.sections.shared.solving import SOLVED
from deref.tasks.pointer import PointerTask
from evidence.config import from_json

Probe = Callable[[Transformer, PointerTask, Tensor, Mapping[str, Any]], Any]
Measure = tuple[Probe, Callable[[Any, PointerTask, Mapping[str, Any]], Tensor]]
"""What probes a model, and what is read off: several measures read one probe."""


def value(recipe: Mapping[str, Any], binaries: Mapping[str, bytes], kept: dict[Any, Any] | None = None) -> float:
    """Follow a recipe.

    Args:
        recipe: as `deref.explorables.recipes` writes it.
        binaries: the files that it names.
        kept: what probes found, to be read again by other recipes with the same models and memories; None keeps
            nothing.

    Raises:
        ValueError: a measure or a summary of another name, or files that do not fit the recipe.
    """
    for kind, known in (("measure", MEASURES), ("over", SUMMARIES)):
        if recipe[kind] not in known:
            raise ValueError(f"expected {kind} to be one of {', '.join(known)}, got {recipe[kind]!r}")
    found = [_of_seeds(recipe, one, binaries, {} if kept is None else kept) for one in recipe["models"]]
    return float(SUMMARIES[recipe["over"]](torch.cat(found)))


def _of_seeds(recipe: Mapping[str, Any], one: Mapping[str, Any], binaries: Mapping[str, bytes],
              kept: dict[Any, Any]) -> Tensor:
    """What the seeds of one run give."""
    content = binaries[one["file"]]
    model = unpack(from_json(one["config"]), one["seeds"], one["tensors"],
                   widened(content) if one["rounded"] else content)
    task, at = PointerTask(M=one["cells"]), recipe["at"]

    def probed(probe: Probe, some: Mapping[str, Any]) -> Any:
        key = (probe, at.get("direction", "denoise"), model.config, model.seeds, one["file"], some["file"])
        if key not in kept:
            kept[key] = probe(model, task, _memories(some, task, binaries), at)
        return kept[key]

    probe, read = MEASURES[recipe["measure"]]
    found = read(probed(probe, recipe["memories"]), task, at)
    if recipe["solving"]:
        found = found[probed(_answered, recipe["solving"]) > SOLVED]
    return found.double()


def _memories(some: Mapping[str, Any], task: PointerTask, binaries: Mapping[str, bytes]) -> Int[Tensor, "memory cell"]:
    bits = np.frombuffer(binaries[some["file"]], dtype=np.uint8).reshape(some["count"], task.M)
    return torch.from_numpy(bits.astype(np.int64))


def _answered(model: Transformer, task: PointerTask, memories: Tensor, at: Mapping[str, Any]) -> Float[Tensor, "seed"]:
    return accuracy(model, task, memories)


def _flipped(model: Transformer, task: PointerTask, memories: Tensor, at: Mapping[str, Any]) -> FlipTest:
    return flip_test(model, task, memories)


def _readdressed(model: Transformer, task: PointerTask, memories: Tensor, at: Mapping[str, Any]) -> AddressFlips:
    return flip_address(model, task, memories)


def _covered(model: Transformer, task: PointerTask, memories: Tensor, at: Mapping[str, Any]) -> Coverage:
    return attention_coverage(model, task, memories)


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
    "accuracy": (_answered, lambda found, task, at: found),
    "addressed": (_flipped, lambda found, task, at: found.addressed_rate().mean(1)),
    "other": (_flipped, lambda found, task, at: found.other_rate().mean(1)),
    "passed": (_flipped, lambda found, task, at: passed_rate(found)),
    "bit-changed": (_readdressed, lambda found, task, at: found.changed_rate().mean(1)),
    "bit-strayed": (_readdressed, lambda found, task, at: found.strayed_rate().mean(1)),
    "covered": (_covered, lambda found, task, at: found.coverage),
    "covered-share": (_covered, lambda found, task, at: found.coverage / task.M),
    "weight": (_covered, lambda found, task, at: found.best.mean(1)),
    "address-weight": (_covered, lambda found, task, at: found.address_mass.amax(1)),
    "kept": (_traced, lambda found, task, at: found.kept.double().mean((1, 2))),
    "recovery": (_traced, lambda found, task, at: found.by_class()[:, at["row"], CLASSES.index(at["place"])]),
    "recovery-by-memory": (_traced, lambda found, task, at: _by_memory(found, at)),
    "addresses-beyond": (_traced, lambda found, task, at: _beyond(found, at)),
}

SUMMARIES: dict[str, Callable[[Tensor], Tensor]] = {
    "only": lambda values: values.squeeze(),
    "mean": lambda values: values.mean(),
    "median": lambda values: values.quantile(0.5),
    "largest": lambda values: values.max(),
    "smallest": lambda values: values.min(),
    "number-solving": lambda values: (values > SOLVED).sum(),
    "share-solving": lambda values: (values > SOLVED).double().mean(),
}
