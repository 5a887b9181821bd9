"""Replaying: a store that answers with the runs of a record, whatever today's experiments ask for."""

import itertools
import math
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from evidence.config import from_json, to_json
from evidence.records.record import Record, is_int, is_number
from evidence.runs import Run, Store

LIMIT = 100
"""How many times the work of today's experiment a record's own may ask for, by the product of their numbers."""


class TooMuch(ValueError):
    """A record's run that would take too long to train: whoever wrote the record says what is trained for it."""


def growth(then: Any, now: Any) -> float:
    """How many times larger the numbers of one configuration are than those of another, multiplied.

    Args:
        then: a configuration as JSON data.
        now: another, which it is compared with number by number; numbers that it lacks are compared with its largest.
    """
    largest = max((abs(number) for number in _numbers(now)), default=1)

    def grown(one: Any, other: Any) -> float:
        if isinstance(one, dict):
            other = other if isinstance(other, dict) else {}
            return math.prod(grown(value, other.get(key)) for key, value in one.items())
        if isinstance(one, (list, tuple)):
            other = other if isinstance(other, (list, tuple)) else ()
            return max(1.0, len(one) / max(1, len(other))) * max(
                (grown(*pair) for pair in itertools.zip_longest(one, other[: len(one)])), default=1.0)
        if not is_number(one):
            return 1.0
        # Fractions, such as rates, cost nothing, unless they are as large as a count.
        base = max(1, abs(other) if is_int(one) and is_number(other) else largest)
        return float(min(max(abs(one), base) / base, 1e30)) if abs(one) < 1e300 else 1e30

    return grown(then, now)


def _numbers(data: Any) -> Iterator[float]:
    if isinstance(data, (dict, list, tuple)):
        for value in data.values() if isinstance(data, dict) else data:
            yield from _numbers(value)
    elif is_number(data):
        yield data


class Replay(Store):
    """A store that gives a result's function the runs of its record.

    The n-th different run that the function asks for is the n-th of the record. A record of the older form lists the
    seeds of all its runs together, so there they are replaced only where it lacks one that today's code asks for.

    Args:
        store: that really keeps the runs.
        record: whose configurations and seeds to use.

    Raises:
        TooMuch: by `run`, for what the store lacks and nobody would wait for.
    """

    def __init__(self, store: Store, record: Record):
        super().__init__(store.root, device=store.device, threads=store.threads, exact=store.exact,
                         bundle=store.bundle)
        self.record = record
        self.replaced = False
        self._notes: list[str] = []
        self._asked: dict[str, tuple[Any, Sequence[int]]] = {}

    def run(self, config: Any, seeds: Sequence[int], *, progress: Callable[[Any], None] | None = None) -> Run:
        """Give the record's run in place of the one that is asked for."""
        address = self.address(config, seeds)
        if address not in self._asked:
            self._asked[address] = self._recorded(len(self._asked), config, tuple(seeds))
        return super().run(*self._asked[address], progress=progress)

    def notes(self, now: Record) -> list[str]:
        """What could not be done as the record says, once the result is computed."""
        notes = list(self._notes)
        if len(self._asked) < len(self.record.runs):
            notes.append(f"the record rests on {len(self.record.runs)} runs, today's code asks for "
                         f"{len(self._asked)}")
        if set(now.seeds) != set(self.record.seeds):
            notes.append("the seeds of the record cannot be assigned to its runs")
        return notes

    def _recorded(self, index: int, config: Any, seeds: tuple[int, ...]) -> tuple[Any, tuple[int, ...]]:
        """The record's configuration and seeds for a run, or today's where it has none that can be built."""
        if index >= len(self.record.runs):
            self._notes.append(f"the record has no run number {index + 1}, which today's code asks for")
            return config, seeds
        own, given = self.record.runs[index].config, self.record.runs[index].seeds
        today = (config, seeds)
        if own != to_json(config):
            try:
                config = from_json(own)
                self._note(f"run {index + 1}: today's experiment has another configuration; the record's was used")
            except ValueError as error:
                self._notes.append(f"run {index + 1}: the record's configuration cannot be built today ({error}); "
                                   "today's was used")
        if given is None and (not set(seeds) <= set(self.record.seeds)
                              or (len(self.record.runs) == 1 and set(seeds) != set(self.record.seeds))):
            given = self.record.seeds
        if given is not None and given != seeds:
            seeds = given
            self._note(f"run {index + 1}: today's experiment has other seeds; the record's were used")
        work = growth(to_json(config), to_json(today[0])) * max(1, len(seeds) / len(today[1]))
        if work > LIMIT and not self.has(config, seeds):
            raise TooMuch(f"run {index + 1} of the record: expected at most {LIMIT} times the work of today's "
                          f"experiment, got {work:.1e} times: it is not trained here")
        return config, seeds

    def _note(self, text: str) -> None:
        self.replaced = True
        self._notes.append(text)
