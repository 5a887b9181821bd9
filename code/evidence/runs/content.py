"""What the files of a finished run must hold, beyond their checksums.

A checksum says that a file is as it was written, and not that it was written by a store: files of another program, of
another version or of a faulty disk under a training have right checksums, too. What no training can leave behind is
refused here: facts of other types, numbers that are none, and curves of other seeds.
"""

import math
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from evidence.numbers import is_int

SHOWN = ("wall_s", "created", "device", "threads", "hardware", "versions", "code")
"""The facts that everyone who gets a run sees."""

WHOLE = ("BOOL", "U8", "I8", "U16", "I16", "U32", "I32", "U64", "I64")
FLOATS = {"F32": "<f4", "F64": "<f8"}
"""Types of tensors: training is in float32, and a buffer may be of whole numbers or of double precision."""


def check_facts(about: Mapping[str, Any]) -> None:
    """Make sure that the facts of a run are of their types.

    Raises:
        ValueError: one is missing or is not; the message names it.
    """
    if lacking := [key for key in SHOWN if key not in about]:
        raise ValueError(f"run.json lacks {', '.join(lacking)}")
    right = {
        "seeds": isinstance(about.get("seeds"), list) and all(map(_is_whole, about["seeds"])),
        "wall_s": is_number(about["wall_s"]) and about["wall_s"] >= 0,
        "created": _is_moment(about["created"]),
        "device": isinstance(about["device"], str),
        "threads": _is_whole(about["threads"]) and about["threads"] > 0,
        "hardware": isinstance(about["hardware"], str) and bool(about["hardware"].strip()),
        "versions": isinstance(about["versions"], dict) and bool(about["versions"])
        and all(isinstance(version, str) for version in about["versions"].values()),
        "code": isinstance(about["code"], str),
    }
    if wrong := [key for key, holds in right.items() if not holds]:
        raise ValueError(f"run.json has no such {', '.join(wrong)} as a store writes")


def check_weights(data: bytes) -> None:
    """Make sure that weights are a safetensors file of whole numbers and of finite numbers in full precision.

    Raises:
        ValueError: they are not; the message names the tensor.
    """
    import numpy as np
    from safetensors import SafetensorError, deserialize

    try:
        tensors = deserialize(data)
    except SafetensorError as error:
        raise ValueError(f"weights.safetensors is no safetensors file: {error}") from None
    for name, tensor in tensors:
        kind = tensor["dtype"]
        if kind not in FLOATS and kind not in WHOLE:
            raise ValueError(f"weights.safetensors holds {name} as {kind}, and training is in F32")
        if kind in FLOATS and not np.isfinite(np.frombuffer(tensor["data"], FLOATS[kind])).all():
            raise ValueError(f"weights.safetensors holds numbers in {name} that are not finite")


def check_history(history: Any, seeds: Sequence[int]) -> None:
    """Make sure that learning curves are numbers, and those of the form that `evidence.runs.entry` says of these seeds.

    Raises:
        ValueError: they are not; the message names what is wrong.
    """
    _check_curve(history, seeds, "history.json")


def _check_curve(part: Any, seeds: Sequence[int], path: str) -> None:
    if isinstance(part, dict):
        if "seeds" in part and part["seeds"] != list(seeds):
            raise ValueError(f"{path} is of other seeds")
        if "step" in part and not _increase(part["step"]):
            raise ValueError(f"{path} has evaluations at steps that do not increase")
        for name, inner in part.items():
            _check_curve(inner, seeds, f"{path}: {name}")
            # Curves beside an accuracy are accuracies of a part, but for the loss.
            if "accuracy" in part and name not in ("seeds", "step", "loss") and not _are_shares(inner):
                raise ValueError(f"{path} has shares in {name} that are not between 0 and 1")
    elif isinstance(part, list):
        for inner in part:
            _check_curve(inner, seeds, path)
    elif not is_number(part):
        raise ValueError(f"{path} holds {part!r:.40}, which is no finite number")


def _increase(steps: Any) -> bool:
    return isinstance(steps, list) and all(map(_is_whole, steps)) and all(
        0 <= a < b for a, b in zip(steps, [*steps[1:], math.inf], strict=True))


def _are_shares(part: Any) -> bool:
    return all(map(_are_shares, part)) if isinstance(part, list) else is_number(part) and 0 <= part <= 1


def _is_whole(value: Any) -> bool:
    return is_int(value) and abs(value) < 2**63  # what arrays hold


def is_number(value: Any) -> bool:
    """Whether a value of JSON is a number that is finite, and no truth value."""
    return _is_whole(value) or (isinstance(value, float) and math.isfinite(value))


def _is_moment(value: Any) -> bool:
    try:
        return isinstance(value, str) and datetime.fromisoformat(value).tzinfo is not None
    except ValueError:
        return False
