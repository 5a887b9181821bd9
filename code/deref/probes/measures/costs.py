"""What a computation costs: multiplications counted, bytes counted, and the longest chain of steps that must wait.

All three are counts. They come out the same on every machine, whatever else it is doing, which times do not.
"""

import weakref
from collections.abc import Callable

import torch
from torch import Tensor
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves
from torch.utils.flop_counter import FlopCounterMode


def operations(compute: Callable[[], object]) -> int:
    """Count the floating-point operations of the matrix products in a computation: two for each multiply-and-add.

    Works on tensors of the device "meta" too, which have shapes and no contents. Kernels that torch cannot count
    contribute nothing, among them the fused attention for processors: count attention in its plain form.

    Args:
        compute: run once.
    """
    with FlopCounterMode(display=False) as counter:
        compute()
    return counter.get_total_flops()


def peak_bytes(compute: Callable[[], object]) -> int:
    """Count the most bytes that tensors made by a computation hold at one moment.

    Tensors that exist before do not count. What a kernel takes for itself and gives back before it returns is not
    seen.

    Args:
        compute: run once; what it returns is kept until it ends.
    """
    with _LiveBytes() as live:
        compute()
    return live.peak


class _LiveBytes(TorchDispatchMode):
    """Watches every tensor that torch makes, and takes its bytes off again when the last user lets go of it."""

    def __init__(self) -> None:
        super().__init__()
        self.now = self.peak = 0
        self._known: set[int] = set()

    def __torch_dispatch__(self, function, types, args=(), kwargs=None):
        given = {_id(x) for x in tree_leaves((args, kwargs)) if isinstance(x, Tensor)}
        made = function(*args, **(kwargs or {}))
        for x in tree_leaves(made):
            # A result that shares its storage with an argument is a view of it, or the argument itself.
            if isinstance(x, Tensor) and _id(x) not in self._known | given:
                self._add(x.untyped_storage())
        return made

    def _add(self, storage: torch.UntypedStorage) -> None:
        key, size = storage._cdata, storage.nbytes()
        self._known.add(key)
        self.now += size
        self.peak = max(self.peak, self.now)
        weakref.finalize(storage, self._drop, key, size)

    def _drop(self, key: int, size: int) -> None:
        self._known.discard(key)
        self.now -= size


def _id(x: Tensor) -> int:
    return x.untyped_storage()._cdata


def longest_chain(output: Tensor) -> int:
    """Count the operations on the longest path of dependence that leads to a tensor.

    Each operation that torch records for the gradient is one step, whatever it costs. Two operations can run at the
    same time unless one of them waits for the other, so with enough processors the longest path is what is left.

    Args:
        output: computed with gradients.

    Raises:
        ValueError: a tensor that no operation recorded for the gradient has made.
    """
    if output.grad_fn is None:
        raise ValueError("expected a tensor that was computed with gradients, got one without a history")
    length: dict[object, int] = {}
    waiting = [output.grad_fn]
    while waiting:  # depth first, without recursion: chains are longer than Python's stack
        step = waiting[-1]
        before = [other for other, _ in step.next_functions if other is not None]
        unknown = [other for other in before if other not in length]
        if unknown:
            waiting.extend(unknown)
            continue
        # Leaves are parameters and inputs, not operations.
        length.setdefault(step, max((length[other] for other in before), default=0) + (not hasattr(step, "variable")))
        waiting.pop()
    return length[output.grad_fn]
