"""Shifting: a store that trains every run with other seeds than the ones that are asked for."""

from collections.abc import Callable, Sequence
from typing import Any

from evidence.runs import Run, Store


class Shifted(Store):
    """A store whose seeds are those that are asked for plus an offset, so that results need not know.

    Args:
        store: that really keeps the runs.
        offset: added to every seed; with 0 nothing changes.
    """

    def __init__(self, store: Store, offset: int):
        super().__init__(store.root, device=store.device, threads=store.threads, exact=store.exact,
                         bundle=store.bundle)
        self.offset = offset

    def address(self, config: Any, seeds: Sequence[int]) -> str:
        """The address of the run with shifted seeds."""
        return super().address(config, self.shifted(seeds))

    def run(self, config: Any, seeds: Sequence[int], *, progress: Callable[[Any], None] | None = None) -> Run:
        """Give the run with shifted seeds back, training it if it is missing."""
        return super().run(config, self.shifted(seeds), progress=progress)

    def shifted(self, seeds: Sequence[int]) -> tuple[int, ...]:
        """Seeds as they are really used."""
        return tuple(seed + self.offset for seed in seeds)
