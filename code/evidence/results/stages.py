"""The stages of an exact result, one after the other: what it is computed in, the runs it rests on, the number.

Two exact records of one result are identical, or one of their stages is the first that differs, and whoever looks for
the reason begins there.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from evidence.records.record import EXACT, Record

SHORT = 12


@dataclass(frozen=True, kw_only=True)
class Stage:
    """One stage, and what differs in it.

    Args:
        name: "environment", "runs" or "result".
        differences: (what, then, now).
    """

    name: str
    differences: tuple[tuple[str, Any, Any], ...]


def check(record: Record) -> None:
    """Make sure that a record was computed exactly.

    Raises:
        ValueError: it was not.
    """
    if EXACT not in record.build:
        raise ValueError(f"expected a record of {record.id} from an exact build, got one whose bits are those of one "
                         "processor; without --exact it is computed again and compared within its interval")


def stages(then: Record, now: Record) -> tuple[Stage, ...]:
    """Compare two exact records of one result, stage by stage.

    Args:
        then: as published.
        now: computed anew.

    Raises:
        ValueError: one of them was not computed exactly.
    """
    for record in (then, now):
        check(record)
    environment = [("settings", then.build[EXACT]["settings"], now.build[EXACT]["settings"])]
    environment += [(f"version of {name}", then.versions[name], now.versions[name]) for name in then.versions]
    environment += [("code", then.code[:SHORT], now.code[:SHORT])]
    result = [(name, getattr(then, name), getattr(now, name)) for name in ("value", "ci", "n")]
    named = {"environment": environment, "runs": list(_runs(then, now)), "result": result}
    return tuple(Stage(name=name, differences=tuple(one for one in found if one[1] != one[2]))
                 for name, found in named.items())


def report(then: Record, found: Sequence[Stage]) -> str:
    """Say for people whether a record came out identical, and where else it began to differ."""
    first = next((stage.name for stage in found if stage.differences), None)
    lines = [f"{then.id}: {f'differs, first in: {first}' if first else 'identical'}"]
    for stage in found:
        lines += [f"  {stage.name}: {'differs' if stage.differences else 'the same'}"]
        lines += [f"    {what}: then {before}, now {after}" for what, before, after in stage.differences]
    return "\n".join([*lines, f"  sha256 of the record then: {then.sha256}"])


def _runs(then: Record, now: Record) -> Iterator[tuple[str, Any, Any]]:
    yield "seeds", list(then.seeds), list(now.seeds)
    yield "number of runs", len(then.runs), len(now.runs)
    weights = zip(then.build[EXACT]["weights"], now.build[EXACT]["weights"], strict=False)
    pairs = zip(weights, then.runs, now.runs, strict=False)
    for number, ((before, after), old, new) in enumerate(pairs, 1):
        run = f"run {number} of {len(now.runs)} ({new.address[:SHORT]})"
        yield f"configuration of {run}", old.config, new.config
        if old.seeds is not None:
            yield f"seeds of {run}", list(old.seeds), list(new.seeds or ())
        yield f"sha256 of the weights of {run}", before, after
