"""Training a run to its end: the part of the store that works on tensors."""

import time
from collections.abc import Callable, Mapping
from typing import Any, Protocol

import torch
from safetensors import SafetensorError
from safetensors.torch import load, save
from torch import Tensor, nn

from evidence.exact import Inexact, check_environment
from evidence.runs.checkpoint import Checkpoint, detached
from evidence.runs.entry import Damaged
from evidence.runs.settings import fixed

REPORT_S = 0.25
REFUSALS = (LookupError, TypeError, ValueError, RuntimeError, AttributeError, ArithmeticError)
"""What comes of data that does not fit, in the hands of a trainer, a model or a history."""


class History(Protocol):
    """Learning curves that go to JSON and back."""

    def to_json(self) -> Any: ...

    @classmethod
    def from_json(cls, data: Any) -> "History": ...


class Trainer(Protocol):
    """What a configuration's `trainer(seeds, device)` has to return.

    The state is everything that the rest of the training depends on: a trainer that loads it goes on exactly as the
    one it was taken from.
    """

    model: nn.Module
    history: History
    done: bool

    def step_many(self, n: int) -> Any:
        """Take n steps, or fewer if it is done before, and return a progress report for whoever watches."""

    def state(self) -> tuple[dict[str, Tensor], Any]: ...

    def load_state(self, tensors: dict[str, Tensor], state: Any) -> None: ...


def start(config: Any, seeds: tuple[int, ...], device: str, checkpoint: Checkpoint | None) -> Trainer:
    """Make a run's trainer, where a checkpoint left it if there is one.

    Raises:
        Damaged: the trainer does not accept the checkpoint's state.
    """
    trainer = config.trainer(seeds, device)
    if checkpoint is not None:
        try:
            _check_alike(trainer.state()[0], checkpoint.tensors)
            trainer.load_state(dict(checkpoint.tensors), checkpoint.state)
            _check_kept(trainer.state()[1], checkpoint.state)
        except REFUSALS as error:
            raise Damaged(f"the trainer does not accept it: {error}") from error
    return trainer


def finish(trainer: Trainer, keep: Callable[[Trainer], None], every_s: float,
           progress: Callable[[Any], None] | None) -> None:
    """Advance a trainer until it is done.

    Args:
        trainer: where to go on from.
        keep: called with the trainer to keep a checkpoint.
        every_s: seconds between two checkpoints.
        progress: called with a report of the trainer a few times a second, if steps are that short.
    """
    number, last = 1, time.monotonic()
    while not trainer.done:
        began = time.monotonic()
        report = trainer.step_many(number)
        now = time.monotonic()
        # As many steps as fit between two reports or checkpoints; how steps are grouped changes nothing but that.
        number = max(1, min(2 * number, int(number * min(REPORT_S, every_s) / max(now - began, 1e-9))))
        if progress is not None:
            progress(report)
        if now - last >= every_s and not trainer.done:
            keep(trainer)
            last = time.monotonic()


def weights_of(model: nn.Module) -> bytes:
    """A model's parameters and buffers as the bytes of a safetensors file."""
    return save(detached(model.state_dict()))


def restore(config: Any, seeds: tuple[int, ...], weights: bytes, history: Any) -> tuple[nn.Module, History]:
    """Build the model and the history of a finished run from their stored form.

    Returns:
        The model, on the CPU, in evaluation mode, without gradients; and the history.

    Raises:
        Damaged: the data does not fit the configuration.
    """
    with fixed():  # no model that is kept depends on who asked for it first
        _leave_the_compiler()
        trainer = config.trainer(seeds, "cpu")
        try:
            found = load(weights)
            _check_alike(trainer.model.state_dict(), found)
            trainer.model.load_state_dict(found)
            curves = type(trainer.history).from_json(history)
            _check_kept(curves.to_json(), history)
        except (SafetensorError, *REFUSALS) as error:
            raise Damaged(f"the weights or the history do not fit the configuration: {error}") from error
    return trainer.model.eval().requires_grad_(False), curves


def _leave_the_compiler() -> None:
    """Let a trainer make its optimiser without PyTorch's compiler.

    PyTorch hides what adds parameters to an optimiser from the compiler, which it loads to do so: a second of every
    process that reads a run. Nothing compiles that method, so here it stands for its own hidden form.
    """
    plain = getattr(torch.optim.Optimizer.add_param_group, "__wrapped__", None)
    if plain is not None and not hasattr(plain, "__dynamo_disable"):
        setattr(plain, "__dynamo_disable", plain)


def _check_alike(expected: Mapping[str, Tensor], found: Mapping[str, Tensor]) -> None:
    """Make sure that tensors are of the types of others, which a copy would convert without a word, and finite."""
    for name, tensor in found.items():
        if name in expected and tensor.dtype != expected[name].dtype:
            raise ValueError(f"expected {name} as {expected[name].dtype}, got {tensor.dtype}")
        if tensor.is_floating_point() and not tensor.isfinite().all():
            raise ValueError(f"expected finite numbers in {name}")


def _check_kept(now: Any, given: Any) -> None:
    """Make sure that what was read says what it was read from: a lenient reader takes an empty object for no curve."""
    if now != given:
        raise ValueError("expected data that comes out as it was written, got other data")


def check_exact() -> None:
    """Make sure that this process computes exactly, in which PyTorch took the settings of `evidence.exact`.

    Raises:
        Inexact: it does not; the message says why.
    """
    check_environment()
    found, mkl = torch.backends.cpu.get_cpu_capability(), torch.backends.mkl.is_available()
    if found != "AVX2" or not mkl:
        raise Inexact(f"expected PyTorch with MKL and its AVX2 kernels in an exact process, got {found} kernels "
                      f"{'with' if mkl else 'without'} MKL")
