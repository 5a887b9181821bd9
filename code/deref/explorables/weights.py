"""The parameters of one trained model as bytes, and the few words that it takes to read them."""

from typing import Any

import numpy as np
from torch import Tensor

from deref.sections.shared.models import ShownMember
from evidence.config import to_json


def pack(member: ShownMember) -> tuple[dict[str, Any], bytes]:
    """Export the member of an ensemble that pages show.

    Args:
        member: the member.

    Returns:
        Its description (name, seed, task, shape of the model, and for each tensor its shape and its place, counted in
        numbers), and the tensors one after the other as little-endian 32-bit floats, the model's own precision.
    """
    tensors = {name: value[0] for name, value in member.model.state_dict().items()}
    tensors.setdefault("position", member.model.position[0])  # fixed positions are not part of the state
    places, parts, start = {}, [], 0
    for name, value in tensors.items():
        places[name] = {"shape": list(value.shape), "start": start}
        parts.append(_bytes(value))
        start += value.numel()
    description = {"name": member.name, "seed": member.seed, "cells": member.task.M, "bits": member.task.A,
            "config": to_json(member.model.config), "tensors": places, "file": f"{member.name}.bin"}
    return description, b"".join(parts)


def _bytes(value: Tensor) -> bytes:
    return np.ascontiguousarray(value.detach().cpu().numpy(), dtype="<f4").tobytes()

