"""The parameters of trained models as bytes, and the few words that it takes to read them."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import torch
from jaxtyping import Float, Int
from torch import Tensor

from deref.model.config import ModelConfig
from deref.model.taps import Site
from deref.model.transformer import Transformer
from deref.probes.base.means import means_of
from deref.probes.base.memories import few_memories, probe_memories
from deref.sections.shared.book_weights import LEVELS
from deref.sections.shared.models import ShownMember
from deref.tasks.pointer import PointerTask
from evidence.config import to_json


def pack(member: ShownMember) -> tuple[dict[str, Any], bytes]:
    """Export the member of an ensemble that pages show.

    Args:
        member: the member.

    Returns:
        Its description (name, seed, task, shape of the model, and for each tensor its shape and its place), and its
        bytes. First come little-endian 32-bit floats, the model's own precision: the parameters, and behind them the
        means of `mean_heads`, as "mean.0", "mean.1" and so on; a place says in "start" how many numbers stand before.
        Of a matrix that is rounded as released weights are, these are the units of its rows, and "levels" is the byte
        where its whole numbers begin, one byte each.
    """
    tensors = {name: value[0] for name, value in _tensors(member.model).items()}
    numbers, levels, places = bytearray(), bytearray(), {}
    for name, value in tensors.items():
        place, whole = {"shape": list(value.shape), "start": len(numbers) // 4}, _in_levels(value)
        if whole is not None:
            place["levels"] = len(levels)
            levels += whole[0].numpy().tobytes()
        numbers += _bytes(value if whole is None else whole[1])
        places[name] = place
    for layer, value in enumerate(mean_heads(member)):
        places[f"mean.{layer}"] = {"shape": list(value.shape), "start": len(numbers) // 4}
        numbers += _bytes(value)
    for place in places.values():
        if "levels" in place:
            place["levels"] += len(numbers)
    description = {"name": member.name, "seed": member.seed, "cells": member.task.M, "bits": member.task.A,
                   "config": to_json(member.model.config), "tensors": places, "file": f"{member.name}.bin"}
    return description, bytes(numbers + levels)


def pack_all(model: Transformer) -> tuple[dict[str, Any], bytes]:
    """Export every member of an ensemble.

    Args:
        model: the ensemble.

    Returns:
        For each tensor of a member its shape and its place, counted in numbers; and the members one after the other.
    """
    tensors, places, start = _tensors(model), {}, 0
    for name, value in tensors.items():
        places[name] = {"shape": list(value.shape[1:]), "start": start}
        start += value[0].numel()
    flat = torch.cat([value.flatten(1) for value in tensors.values()], dim=1)
    return places, _bytes(flat)


def unpack(config: ModelConfig, seeds: list[int], places: Mapping[str, Any], content: bytes) -> Transformer:
    """Read what `pack_all` wrote.

    Args:
        config: the shape of every member.
        seeds: the members' seeds.
        places: shapes and places of tensors.
        content: the members one after the other.

    Raises:
        ValueError: bytes that hold no such members.
    """
    size = sum(int(np.prod(place["shape"])) for place in places.values())
    if len(content) != 4 * size * len(seeds):
        raise ValueError(f"expected {4 * size * len(seeds):,} bytes for {len(seeds)} members, got {len(content):,}")
    flat = torch.from_numpy(np.frombuffer(content, dtype="<f4").reshape(len(seeds), size).copy())
    state: dict[str, Tensor] = {}
    for name, place in places.items():
        if name != "position" or config.positions == "learned":
            end = place["start"] + int(np.prod(place["shape"]))
            state[name] = flat[:, place["start"]:end].reshape(len(seeds), *place["shape"])
    return Transformer.from_state(config, seeds, state)


def averaged(task: PointerTask) -> Int[Tensor, "memory cell"]:
    """The memories that means are over: all of up to eight cells, of more a few of those that probes run on."""
    return probe_memories(task) if task.M <= 8 else few_memories(task, 32)


@torch.no_grad()
def mean_heads(member: ShownMember) -> list[Tensor]:
    """What every head fetches on average, to stand in for a head that is cut.

    Args:
        member: the member.

    Returns:
        For each layer (position, heads times head size): means over memories, and all addresses, which the trie form
        has all at once.
    """
    task, layout = member.task, member.task.layout("trie")
    sites = [Site("z", layer) for layer in range(member.model.config.layers)]
    found = means_of(member.model, task.trie_tokens(averaged(task)), layout, sites, batch=16)
    first = [int((layout.positions == position).nonzero()[0]) for position in range(task.T)]
    return [found[site][0, 0].transpose(0, 1).flatten(1)[first] for site in sites]


def _tensors(model: Transformer) -> dict[str, Tensor]:
    """The parameters of an ensemble, and its positions, which are no parameters where they are fixed."""
    tensors = dict(model.state_dict())
    tensors.setdefault("position", model.position.expand(len(model.seeds), -1, -1))
    return tensors


def _bytes(value: Tensor) -> bytes:
    return np.ascontiguousarray(value.detach().cpu().numpy(), dtype="<f4").tobytes()


def _in_levels(value: Tensor) -> tuple[Int[Tensor, "row column"], Float[Tensor, "row"]] | None:
    """The whole numbers and the units of rows of a matrix that is rounded as released weights are, else None.

    Args:
        value: a tensor; only a matrix can be rounded.
    """
    if value.ndim != 2:
        return None
    value = value.detach().cpu()
    units = value.abs().amax(-1) / LEVELS
    whole = (value / units[:, None]).nan_to_num().round()
    return (whole.to(torch.int8), units) if torch.equal(whole * units[:, None], value) else None
