"""The parameters of one trained model as bytes, and the few words that it takes to read them."""

from typing import Any

import numpy as np
import torch
from jaxtyping import Int
from torch import Tensor

from deref.model.taps import Site
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
    tensors = {name: value[0] for name, value in member.model.state_dict().items()}
    tensors.setdefault("position", member.model.position[0])  # fixed positions are not part of the state
    tensors |= {f"mean.{layer}": value for layer, value in enumerate(mean_heads(member))}
    places, parts, start = {}, [], 0
    for name, value in tensors.items():
        places[name] = {"shape": list(value.shape), "start": start}
        parts.append(_bytes(value))
        start += value.numel()
    description = {"name": member.name, "seed": member.seed, "cells": member.task.M, "bits": member.task.A,
            "config": to_json(member.model.config), "tensors": places, "file": f"{member.name}.bin"}
    return description, b"".join(parts)


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
