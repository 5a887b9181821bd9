"""Configurations of runs that take milliseconds; like the real ones, they load no torch until they train."""

from typing import Any

from evidence.config import config


@config
class Quadratic:
    """Minimise the squared distance to a point, with momentum and noise."""

    size: int = 3
    steps: int = 20
    lr: float = 0.1

    def trainer(self, seeds: tuple[int, ...], device: str = "cpu") -> Any:
        from descent import Descent

        return Descent(self, seeds, device)


@config
class Fails:
    """A quadratic whose training raises an error."""

    steps: int = 1_000_000

    def trainer(self, seeds: tuple[int, ...], device: str = "cpu") -> Any:
        from descent import Fails

        return Fails(Quadratic(steps=self.steps), seeds, device)


@config
class Dies:
    """A quadratic whose training is killed."""

    steps: int = 1_000_000

    def trainer(self, seeds: tuple[int, ...], device: str = "cpu") -> Any:
        from descent import Dies

        return Dies(Quadratic(steps=self.steps), seeds, device)


@config
class Waits:
    """A quadratic that stands still halfway until its gate is opened."""

    steps: int = 400

    def trainer(self, seeds: tuple[int, ...], device: str = "cpu") -> Any:
        from descent import Waits

        return Waits(Quadratic(steps=self.steps), seeds, device)


@config
class Careless:
    """A quadratic whose training spoils what it can of its process, and says so on standard error."""

    steps: int = 10

    def trainer(self, seeds: tuple[int, ...], device: str = "cpu") -> Any:
        from descent import Careless

        return Careless(Quadratic(steps=self.steps), seeds, device)
