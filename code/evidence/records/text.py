"""The texts that prose takes from a record: the value, its interval, its n, where it came from."""

import math
from collections.abc import Sequence

from evidence.records.format import NBSP, apply, count, quantity, singular
from evidence.records.record import Record

NO_INTERVAL = "no interval"
_SHORT = 12


def value_text(record: Record) -> str:
    """The value with its unit: "99.5%"."""
    return quantity(record.format, record.unit, record.value)


def ci_text(record: Record) -> str:
    """The interval alone, "99.1% to 99.9%", or "no interval" where the method gives none."""
    return quantity(record.format, record.unit, *record.ci) if record.ci else NO_INTERVAL


def value_ci_text(record: Record) -> str:
    """The value with its interval: "99.5% (95% CI 99.1% to 99.9%)".

    A number that was worked out, not sampled, stands alone; a sample that gives no interval says so.
    """
    if record.ci:
        return f"{value_text(record)} (95% CI {ci_text(record)})"
    return value_text(record) if record.n is None else f"{value_text(record)} ({NO_INTERVAL})"


def n_text(record: Record) -> str:
    """What the estimate rests on: "10 seeds"; for what was worked out, not sampled, how: "largest over all seeds"."""
    return record.method if record.n is None else count(record.n, record.n_of)


def share_text(record: Record) -> str:
    """A share of units in words: "every seed", "no seed", "8 of 10 seeds".

    Raises:
        ValueError: the record is no share of units. Its method has to say that it is one, since a median, or a
            difference of shares, may be a whole number of units as well.
    """
    n, of = record.n, record.n_of
    share = record.method.startswith("share of ") and n and of and 0 <= record.value <= 1
    held = record.value * n if share else 0
    if not share or not math.isclose(held, round(held), abs_tol=1e-9 * n):
        raise ValueError(f"expected {record.id!r} to be a share of units, as `wilson` makes them, "
                         f"got {value_text(record)}, {n_text(record)}: {record.method}")
    if round(held) in (0, n):
        return f"{'every' if round(held) else 'no'}{NBSP}{singular(of)}"
    return f"{round(held):,} of {count(n, of)}"


def number_text(record: Record) -> str:
    """The value without its unit, for tables that name the unit once."""
    return apply(record.format, record.value)


def seeds_text(record: Record) -> str:
    """The seeds, runs of three or more as ranges: "seeds 0 to 9, 12"; "no seeds" where nothing was trained."""
    return ranges_text(record.seeds)


def ranges_text(seeds: Sequence[int]) -> str:
    """Some seeds, as `seeds_text` writes those of a record."""
    if not seeds:
        return "no seeds"
    groups: list[list[int]] = []
    for seed in sorted(seeds):
        if groups and seed == groups[-1][-1] + 1:
            groups[-1].append(seed)
        else:
            groups.append([seed])
    parts = [f"{g[0]} to {g[-1]}" if len(g) > 2 else ", ".join(map(str, g)) for g in groups]
    return ("seed " if len(seeds) == 1 else "seeds ") + ", ".join(parts)


def provenance_text(record: Record) -> str:
    """One line for a tooltip: id, seeds, runs, code, versions and commit."""
    build, commit = record.build, record.build["commit"]
    parts = [record.id, n_text(record), seeds_text(record),
             count(len(record.runs), "runs") if record.runs else "no runs",
             f"code {record.code[:_SHORT]}", f"torch {record.versions['torch']}"]
    if commit:
        parts.append(f"commit {commit[:_SHORT]}" + ("" if build["clean"] else " with changes"))
    return "; ".join(parts)
