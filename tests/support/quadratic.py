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


class _Special:
    """A quadratic with the trainer of its own name in `descent`."""

    steps: int

    def trainer(self, seeds: tuple[int, ...], device: str = "cpu") -> Any:
        import descent

        return getattr(descent, type(self).__name__)(Quadratic(steps=self.steps), seeds, device)


@config
class Fails(_Special):
    """A quadratic whose training raises an error."""

    steps: int = 1_000_000


@config
class Dies(_Special):
    """A quadratic whose training is killed."""

    steps: int = 1_000_000


@config
class Waits(_Special):
    """A quadratic that stands still halfway until its gate is opened."""

    steps: int = 400


@config
class Careless(_Special):
    """A quadratic whose training spoils what it can of its process, and says so on standard error."""

    steps: int = 10
