"""The parameters of trained models as bytes, and the few words that it takes to read them."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import torch
from jaxtyping import Int
from torch import Tensor

from deref.model.config import ModelConfig
from deref.model.taps import Site
from deref.model.transformer import Transformer
from deref.probes.base.means import means_of
from deref.probes.base.memories import few_memories, probe_memories
from deref.sections.shared.models import ShownMember
from deref.tasks.pointer import PointerTask
from evidence.config import to_json


def pack(member: ShownMember) -> tuple[dict[str, Any], bytes]:
    """Export the member of an ensemble that pages show.

    Args:
        member: the member.

    Returns:
        Its description (name, seed, task, shape of the model, and for each tensor its shape and its place, counted in
        numbers), and the tensors one after the other as little-endian 32-bit floats, the model's own precision. Behind
        the parameters stand the means of `mean_heads`, as "mean.0", "mean.1" and so on.
    """
    places, content = pack_all(member.model)
    for layer, value in enumerate(mean_heads(member)):
        places[f"mean.{layer}"] = {"shape": list(value.shape), "start": len(content) // 4}
        content += _bytes(value)
    description = {"name": member.name, "seed": member.seed, "cells": member.task.M, "bits": member.task.A,
            "config": to_json(member.model.config), "tensors": places, "file": f"{member.name}.bin"}
    return description, content


def pack_all(model: Transformer) -> tuple[dict[str, Any], bytes]:
    """Export every member of an ensemble.

    Args:
        model: the ensemble.

    Returns:
        For each tensor of a member its shape and its place, counted in numbers; and the members one after the other.
    """
    tensors = dict(model.state_dict())
    tensors.setdefault("position", model.position.expand(len(model.seeds), -1, -1))  # fixed ones are not of the state
    places, start = {}, 0
    for name, value in tensors.items():
        places[name] = {"shape": list(value.shape[1:]), "start": start}
        start += value[0].numel()
    flat = torch.cat([value.flatten(1) for value in tensors.values()], dim=1)
    return places, np.ascontiguousarray(flat.detach().cpu().numpy(), dtype="<f4").tobytes()


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


def _bytes(value: Tensor) -> bytes:
    return np.ascontiguousarray(value.detach().cpu().numpy(), dtype="<f4").tobytes()
