"""Verification: compute a published result again, here, and compare.

A result is recomputed by its registered function, from runs with the record's own configurations and seeds, even where
today's experiments have others; runs that the store lacks are trained. What cannot be reproduced is said.
"""

from dataclasses import dataclass
from typing import Any

from evidence.records.compare import compare
from evidence.records.record import Record
from evidence.records.text import ci_text, value_text
from evidence.results.provenance import record_of
from evidence.results.registry import get
from evidence.results.replay import Replay, TooMuch
from evidence.runs import Store

SEEN = ("title", "unit", "format", "method", "n", "n_of")
"""What a record says about its number: the function that computes it says it anew."""

OLDER = ("this record is of the form of releases 0.1.0 and 0.2.0, whose hash leaves out its title, unit, format, "
         "method, n_of and the addresses of its runs")


@dataclass(frozen=True, kw_only=True)
class Verification:
    """A record beside what was computed now.

    Args:
        verdict: as `evidence.records.compare` gives it.
        then: the record that was given.
        now: the record of the number computed here.
        notes: what had to be done otherwise than when the record was made, one sentence each.
    """

    verdict: str
    then: Record
    now: Record
    notes: tuple[str, ...]

    @property
    def environment(self) -> tuple[tuple[str, str, str], ...]:
        """What differs around the number: (name, then, now)."""
        pairs: list[tuple[str, Any, Any]] = [
            (f"version of {name}", self.then.versions[name], self.now.versions[name]) for name in self.then.versions]
        pairs += [(name, self.then.build[name], self.now.build[name]) for name in ("hardware", "threads", "commit")]
        pairs += [("code", self.then.code[:12], self.now.code[:12]), ("seeds", self.then.seeds, self.now.seeds)]
        pairs += [(name, getattr(self.then, name), getattr(self.now, name)) for name in ("module", "function")
                  if not self.then.older]
        pairs += [(name, getattr(self.then, name), getattr(self.now, name)) for name in SEEN]
        pairs += differences(list(self.then.configs), list(self.now.configs), "configs")
        return tuple((name, str(then), str(now)) for name, then, now in pairs if then != now)


def verify(record: Record, store: Store) -> Verification:
    """Compute a record's result again.

    Args:
        record: as published.
        store: of the runs; what it lacks is trained.

    Returns:
        The comparison.

    Raises:
        ValueError: no imported module declares the result, or its function returns no finite number today.
        TooMuch: a run of the record is not in the store and would take too long to train.
    """
    result = get(record.id)
    replay = Replay(store, record)
    try:
        now = record_of(result, replay)
    except TooMuch:
        raise
    except Exception as error:
        if not replay.replaced:
            raise
        # Code that is written for today's configurations may not take the record's; then today's are all there is.
        failed = f"the result cannot be computed from the record's own configurations ({error}); today's were used"
        return _compared(record, record_of(result, store), [failed])
    return _compared(record, now, replay.notes(now))


def _compared(then: Record, now: Record, notes: list[str]) -> Verification:
    if then.older:
        notes = [*notes, OLDER]
    return Verification(verdict=compare(then, now), then=then, now=now, notes=tuple(notes))


def differences(then: Any, now: Any, path: str) -> list[tuple[str, Any, Any]]:
    """List the leaves in which two pieces of JSON data differ: (path, then, now), None where one side has no leaf."""
    if isinstance(then, dict) and isinstance(now, dict):
        return [d for key in dict.fromkeys([*then, *now])
                for d in differences(then.get(key), now.get(key), f"{path}.{key}")]
    if isinstance(then, list) and isinstance(now, list):
        length = max(len(then), len(now))
        then, now = ([*side, *[None] * (length - len(side))] for side in (then, now))
        return [d for i in range(length) for d in differences(then[i], now[i], f"{path}[{i}]")]
    return [] if then == now else [(path, then, now)]


def report(found: Verification) -> str:
    """Write a verification for people: the verdict, both numbers, and what differs around them."""
    lines = [f"{found.then.id}: {found.verdict}", f"  then  {_number(found.then)}", f"  now   {_number(found.now)}"]
    lines += [f"note: {note}" for note in found.notes]
    if found.environment:
        width = max(len(name) for name, _, _ in found.environment)
        lines += ["what differs around it:"]
        lines += [f"  {name:{width}}  then {then or 'none'}, now {now or 'none'}"
                  for name, then, now in found.environment]
    else:
        lines += ["the environment is the same"]
    return "\n".join(lines)


def _number(record: Record) -> str:
    interval = f", interval {ci_text(record)}" if record.ci else ""
    return f"{value_text(record)}{interval} (exactly {record.value!r}; {record.method})"
