"""What PyTorch computes with while a run is trained, whatever the process that asks for it has set.

A run's address names its configuration, its code, PyTorch, the device and the threads. A process has more that changes
numbers: the default type of tensors, autocasting, reduced precision of products, kernels that were switched off, and
whether gradients or inference are on. None of it is part of the address, so all of it is put to PyTorch's defaults for
a training, and back afterwards.
"""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, nullcontext
from typing import Any

import torch

_SMALLEST = 5e-324
_FULL = ("none", "ieee")


@contextmanager
def fixed(threads: int | None = None) -> Iterator[None]:
    """Compute with PyTorch's defaults inside the `with` block, with gradients, and give everything back afterwards.

    Args:
        threads: how many to compute with; None leaves their number.
    """
    with ExitStack() as stack:
        stack.enter_context(torch.inference_mode(False))
        stack.enter_context(torch.enable_grad())
        for device in ("cpu", "cuda"):
            stack.enter_context(torch.autocast(device, enabled=False) if torch.is_autocast_enabled(device)
                                else nullcontext())
        if torch.get_default_device() != torch.device("cpu"):  # a device context costs time at every operation
            stack.enter_context(torch.device("cpu"))
        for read, write, wanted in _switches(threads):
            before = read()
            if before != wanted:
                write(wanted)
                stack.callback(write, before)
        for where in _products():
            if (before := where.fp32_precision) not in _FULL:
                where.fp32_precision = "ieee"
                stack.callback(setattr, where, "fp32_precision", before)
        yield


def _switches(threads: int | None) -> Iterator[tuple[Any, Any, Any]]:
    """Settings that numbers depend on: how they are read and written, and what they are by default."""
    if threads is not None:
        yield torch.get_num_threads, torch.set_num_threads, threads
    yield torch.get_default_dtype, torch.set_default_dtype, torch.float32
    yield torch.get_deterministic_debug_mode, torch.set_deterministic_debug_mode, 0
    yield _flushes, torch.set_flush_denormal, False
    yield lambda: torch.backends.mkldnn.enabled, lambda value: setattr(torch.backends.mkldnn, "enabled", value), True
    cuda = torch.backends.cuda  # which of the kernels of attention may be chosen, on the CPU too
    yield cuda.flash_sdp_enabled, cuda.enable_flash_sdp, True
    yield cuda.mem_efficient_sdp_enabled, cuda.enable_mem_efficient_sdp, True
    yield cuda.math_sdp_enabled, cuda.enable_math_sdp, True


def _products() -> tuple[Any, ...]:
    """What can be told to compute products, or more, with less than full precision."""
    backends: Any = torch.backends  # whose stubs lack some of them
    return backends, backends.cuda.matmul, backends.mkldnn, backends.mkldnn.matmul


def _flushes() -> bool:
    """Whether numbers too small for full precision are taken for 0."""
    return bool(torch.tensor(_SMALLEST, dtype=torch.float64) * 1 == 0)
