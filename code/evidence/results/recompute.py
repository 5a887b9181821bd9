"""Whether published records are what their registered functions compute: asked of the store as it is, training nothing.

A cell can write any record into the metadata of its output. So a sample is computed again before it is believed.
"""

from collections.abc import Callable, Iterable
from typing import Any

from evidence.records.compare import SAME, compare
from evidence.records.record import Record
from evidence.results import registry
from evidence.results.provenance import record_of
from evidence.runs import Run, Store
from evidence.unavailable import Absent

_SAID = ("title", "unit", "format", "method", "n", "n_of", "module", "function", "runs")


class Lacking(RuntimeError):
    """A run that the store does not have."""


class Kept(Store):
    """A store that trains nothing: `run` raises Lacking for what it does not have."""

    def _made(self, parts: dict[str, Any], address: str, config: Any, seeds: tuple[int, ...],
              progress: Callable[[Any], None] | None) -> Run:
        raise Lacking(f"the store at {self.root} does not have the run {address}")


def recomputed(record: Record, store: Store) -> str:
    """What is wrong with a record; empty if its function computes it.

    Args:
        record: as a cell published it.
        store: of the runs, such as `Kept`.
    """
    if fault := undeclared(record.id):
        return fault
    try:
        now = record_of(registry.get(record.id), store)
    except (Absent, Lacking) as error:
        return f"the result {record.id!r} cannot be computed again: {error}"
    except Exception as error:  # whatever a function raises today, it does not compute the record
        return f"the result {record.id!r} cannot be computed again: its function raised {type(error).__name__}: {error}"
    for name in _SAID:
        if getattr(record, name) != getattr(now, name):
            return (f"the result {record.id!r} is published with another {name} than {now.module}.{now.function} "
                    "gives it")
    if compare(record, now) != SAME:
        return (f"the result {record.id!r} is published as {_number(record)}, and {now.module}.{now.function} computes "
                f"{_number(now)}")
    return ""


def undeclared(id: str) -> str:
    """What is wrong with the id of a published result; empty if a registered function computes it."""
    try:
        registry.get(id)
    except ValueError:
        return f"the result {id!r} is published, and no registered function computes it"
    return ""


def faults(records: Iterable[Record], others: Iterable[str], store: Store) -> dict[str, str]:
    """What is wrong with published results, by id.

    Args:
        records: to compute again.
        others: the ids of results of which it is only asked whether a function computes them.
        store: of the runs.
    """
    found = {record.id: recomputed(record, store) for record in records}
    found |= {id: undeclared(id) for id in others if id not in found}
    return {id: text for id, text in found.items() if text}


def _number(record: Record) -> str:
    return f"{record.value!r}" + (f" in {list(record.ci)}" if record.ci else "")
