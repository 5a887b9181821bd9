"""Noisy gradient descent on a quadratic: a trainer that takes milliseconds, with all that a store has to keep."""

import os
import signal
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor, nn

if TYPE_CHECKING:
    from quadratic import Quadratic


@dataclass(frozen=True, kw_only=True)
class Report:
    step: int
    steps: int
    loss: float
    accuracy: float | None


class Curve(list):
    """The mean loss at every step."""

    def to_json(self) -> list[float]:
        return list(self)

    @classmethod
    def from_json(cls, data: Any) -> "Curve":
        return cls(float(loss) for loss in data)


class Point(nn.Module):
    def __init__(self, seeds: int, size: int):
        super().__init__()
        self.x = nn.Parameter(torch.zeros(seeds, size))


class Descent:
    """Gradient descent; its state is the point, the momentum, the noise's generator and the curve."""

    def __init__(self, recipe: "Quadratic", seeds: tuple[int, ...], device: str):
        self.recipe = recipe
        self.model = Point(len(seeds), recipe.size).to(device)
        self.momentum = torch.zeros_like(self.model.x)
        self.generator = torch.Generator().manual_seed(sum(seed * 1000**i for i, seed in enumerate(seeds)))
        self.history = Curve()

    @property
    def done(self) -> bool:
        return len(self.history) >= self.recipe.steps

    def step_many(self, n: int) -> Report:
        for _ in range(min(n, self.recipe.steps - len(self.history))):
            self._step()
        return self._report()

    def _report(self) -> Report:
        return Report(step=len(self.history), steps=self.recipe.steps, loss=self.history[-1], accuracy=None)

    def _step(self) -> None:
        target = torch.arange(self.recipe.size, dtype=torch.float32)
        loss = (self.model.x - target).square().sum(1).mean()
        self.model.zero_grad()
        loss.backward()
        with torch.no_grad():
            noise = torch.randn(self.model.x.shape, generator=self.generator)
            self.momentum = 0.9 * self.momentum + self.model.x.grad + 0.1 * noise
            self.model.x -= self.recipe.lr * self.momentum
        self.history.append(loss.item())

    def state(self) -> tuple[dict[str, Tensor], Any]:
        return ({"x": self.model.x, "momentum": self.momentum, "generator": self.generator.get_state()},
                {"history": self.history.to_json()})

    def load_state(self, tensors: dict[str, Tensor], state: Any) -> None:
        self.model.load_state_dict({"x": tensors["x"]})
        self.momentum = tensors["momentum"]
        self.generator.set_state(tensors["generator"])
        self.history = Curve.from_json(state["history"])


class Fails(Descent):
    """Finds that its numbers are none."""

    def step_many(self, n: int) -> Report:
        raise FloatingPointError(f"expected finite numbers, got NaN at step {len(self.history)}")


class Dies(Descent):
    """Ends its process without a word, as the kernel does when memory is short."""

    def step_many(self, n: int) -> Report:
        os.kill(os.getpid(), signal.SIGKILL)
        return super().step_many(n)


class Waits(Descent):
    """Stands still halfway until there is a file `open` in the folder TOY_GATE, and leaves there who waits.

    A file named after the parent's process id says that; without the variable nothing waits.
    """

    def __init__(self, recipe: "Quadratic", seeds: tuple[int, ...], device: str):
        super().__init__(recipe, seeds, device)
        self.parent = os.getppid()  # while it lives: an orphan has another

    def step_many(self, n: int) -> Report:
        half = self.recipe.steps // 2
        if len(self.history) < half:
            return super().step_many(min(n, half - len(self.history)))
        if len(self.history) == half and "TOY_GATE" in os.environ:
            gate = Path(os.environ["TOY_GATE"])
            if not (gate / "open").exists():
                (gate / str(self.parent)).touch()
                time.sleep(0.05)
                return self._report()
        return super().step_many(n)


class Careless(Descent):
    """Starts from torch's global stream, leaves gradients off and threads on, and talks."""

    def __init__(self, recipe: "Quadratic", seeds: tuple[int, ...], device: str):
        super().__init__(recipe, seeds, device)
        self.model.x.data += torch.rand(self.model.x.shape)

    def step_many(self, n: int) -> Report:
        report = super().step_many(n)
        if self.done:
            torch.set_grad_enabled(False)
            torch.set_num_threads(2)
            print(os.getpid())
            print(f"careless {len(self.model.x)}", file=sys.stderr)
        return report
