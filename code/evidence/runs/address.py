"""The address of a run: the hash of everything that its weights depend on.

That is the configuration and the ordered seeds, the code that trains it (the import closure of the modules that define
the configuration's classes, see `evidence.provenance.source`), the version of torch, the class of device and the
number of threads; and for an exact run (see `evidence.exact`) that it is one.
Whoever changes one of them gets another address, hence another run; nothing is ever overwritten.
"""

import functools
import hashlib
import importlib.metadata
import json
import os
from collections.abc import Sequence
from typing import Any

from evidence.config import is_config, modules_of, to_json
from evidence.exact import ELSEWHERE
from evidence.numbers import is_int
from evidence.provenance.code import code_of

FORMAT = 1
"""Version of the store's layout; part of the address, so that old entries are never read as new ones."""

IDENTITY = ("format", "config", "seeds", "code", "torch", "device", "threads")
EXACT = "exact"
"""Key of the identity of an exact run; others lack it, and have the addresses that they had before there was one."""

DEVICES = ("auto", "cpu", "cuda")


def identity(config: Any, seeds: Sequence[int], *, device: str, threads: int, exact: bool = False) -> dict[str, Any]:
    """Name everything that a run depends on.

    Args:
        config: a configuration with a method `trainer(seeds, device)`.
        seeds: the ensemble's seeds, in order.
        device: a device class, "cpu" or "cuda".
        threads: the number of threads that torch trains with.
        exact: whether it is trained exactly.

    Returns:
        JSON data with the keys `IDENTITY`, and `EXACT` where it is.

    Raises:
        ValueError: something that is not the configuration of a run, or seeds that are no ensemble.
    """
    if not is_config(config) or not callable(getattr(config, "trainer", None)):
        raise ValueError(f"expected a configuration with a method trainer(seeds, device), "
                         f"got {type(config).__name__}: {config!r}")
    return {"format": FORMAT, "config": to_json(config), "seeds": checked_seeds(seeds),
            "code": code_of(modules_of(config)), "torch": importlib.metadata.version("torch"), "device": device,
            "threads": threads, **({EXACT: True} if exact else {})}


def address_of(parts: dict[str, Any]) -> str:
    """Hash an identity, or the same keys of a stored `run.json`, to the 64 hexadecimal digits of its address."""
    keys = (*IDENTITY, EXACT) if EXACT in parts else IDENTITY
    text = json.dumps({key: parts.get(key) for key in keys}, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def device_class(device: str | None, exact: bool = False) -> str:
    """Settle the class of device to train on.

    Args:
        device: "cpu", "cuda" or "auto" (CUDA where torch can use it); None asks the environment's DEREF_DEVICE, and
            without it means "auto".
        exact: whether to train exactly, which only the CPU does.

    Raises:
        ValueError: any other name, or a GPU for exact training.
    """
    device = device or os.environ.get("DEREF_DEVICE") or "auto"
    if device not in DEVICES:
        raise ValueError(f"expected the device to be one of {', '.join(DEVICES)}, got {device!r}")
    if exact:
        if device == "cuda":
            raise ValueError(f"expected the CPU for exact runs, got the device {device!r}: {ELSEWHERE}")
        return "cpu"
    if device != "auto":
        return device
    return "cuda" if _cuda() else "cpu"


def checked_seeds(seeds: Sequence[int]) -> list[int]:
    """The seeds as a list, if they are an ensemble's: whole numbers of at least 0, all different, at least one."""
    try:
        found = list(seeds)
        right = found and all(is_int(seed) and seed >= 0 for seed in found) and len(set(found)) == len(found)
    except TypeError:  # no sequence
        right = False
    if not right:
        raise ValueError(f"expected one or more different whole numbers of at least 0 as seeds, got {seeds!r}")
    return found


@functools.cache
def _cuda() -> bool:
    if importlib.metadata.version("torch").endswith("+cpu"):
        return False  # settles it without the second that importing torch takes
    import torch

    return torch.cuda.is_available()
