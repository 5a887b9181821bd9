"""The memories that probes run on: all there are where they are few, else a draw that no training looks at."""

import torch
from jaxtyping import Int
from torch import Tensor

from deref.tasks.cross_attention import CrossingTask
from deref.tasks.pointer import PointerTask

_PROBE_SEED = 2_000_003  # no training seed


def probe_memories(task: PointerTask | CrossingTask, n: int = 128) -> Int[Tensor, "memory cell"]:
    """Give the memories that probes run on: all of them where there are few, else a fixed draw.

    Args:
        task: the pointer task, or that of crossing attention.
        n: how many to draw where a memory has more than eight cells.

    Returns:
        Distinct memories of eight cells or fewer, or n independent ones; in no order, so that any of them are a fair
        sample: in counting order every sixteenth memory of eight cells ends in four zeros.
    """
    generator = torch.Generator().manual_seed(_PROBE_SEED)
    if task.M <= 8:
        counted = torch.randperm(2**task.M, generator=generator)
        return (counted[:, None] >> torch.arange(task.M - 1, -1, -1)) & 1
    return task.sample_memory(n, generator)


def few_memories(task: PointerTask | CrossingTask, n: int) -> Int[Tensor, "memory cell"]:
    """Give some of the memories that probes run on, for probes that cost too much on all of them.

    Args:
        task: the pointer task, or that of crossing attention.
        n: how many, at most as many as `probe_memories` gives.
    """
    every = probe_memories(task)
    return every[:: max(1, len(every) // n)][:n]
