"""Replaying: a store that answers with the runs of a record, whatever today's experiments ask for."""

from collections.abc import Callable, Sequence
from typing import Any

from evidence.config import from_json, to_json
from evidence.records.record import Record
from evidence.runs import Run, Store


class Replay(Store):
    """A store that gives a result's function the runs of its record.

    The n-th different run that the function asks for is the n-th of the record. A record of the older form lists the
    seeds of all its runs together, so there they are replaced only where it lacks one that today's code asks for.

    Args:
        store: that really keeps the runs.
        record: whose configurations and seeds to use.
    """

    def __init__(self, store: Store, record: Record):
        super().__init__(store.root, device=store.device, threads=store.threads, exact=store.exact)
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
        return config, seeds

    def _note(self, text: str) -> None:
        self.replaced = True
        self._notes.append(text)
