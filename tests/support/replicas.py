"""Replications with made-up values."""

from evidence.records import Record
from evidence.records.replication import Replication, Value, recipe_of


def value(record: Record, number: float, ci: tuple[float, float] | None) -> Value:
    """A value of what a record measures."""
    return Value(value=number, ci=ci, n=record.n, recipe=recipe_of(record))


def replication(values: dict[str, Value], *, offset: int = 1000, processor: str = "A processor") -> Replication:
    """A replication with these values."""
    return Replication(
        offset=offset, exact=False, created="2026-01-31T12:00:00+00:00", code="0" * 64, values=values,
        machine={"processor": processor, "cores": 2, "device": "cpu", "system": "Linux x86_64"},
        versions={"python": "3.11.2", "torch": "2.13.0", "numpy": "2.3", "deref": "0.1.0"},
        verdicts={}, not_run={}, failed={})
