"""An untrained model of several seeds, on the device where it is to be trained."""

from collections.abc import Callable, Sequence

import torch
from torch import nn


def ensemble(build: Callable[[Sequence[int]], nn.Module], seeds: Sequence[int], device: str = "cpu") -> nn.Module:
    """Build the model of some seeds on a device.

    Args:
        build: makes the model from its seeds, as a model configuration's `build` does.
        seeds: distinct integers of at least 0, one a member.
        device: "cpu", "cuda", or one of several GPUs, such as "cuda:1".

    Returns:
        The model, untrained.

    Raises:
        ValueError: no seeds, repeated or negative ones, or a device that this machine does not have.
    """
    given = tuple(seeds)
    if not given or len(set(given)) < len(given) or not all(type(seed) is int and seed >= 0 for seed in given):
        raise ValueError(f"expected one or more distinct whole numbers of at least 0 as seeds, got {given!r}")
    here = ["cpu", *(["cuda", *(f"cuda:{i}" for i in range(torch.cuda.device_count()))]
                     if torch.cuda.is_available() else [])]
    if device not in here:
        raise ValueError(f"expected a device of this machine, one of {', '.join(here)}, got {device!r}")
    return build(given).to(device)
