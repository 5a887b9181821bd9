"""Made-up results on both sides of every threshold of a criterion, found by trying, so that a test has them all."""

import itertools
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from deref.claims.criterion import Above, Criterion, Exceeds, Test

Numbers = dict[str, tuple[float, float, float]]
"""Value and ends of the interval, by id of the result."""


@dataclass(frozen=True)
class Stand:
    """What stands in for a record where only numbers count."""

    value: float
    ci: tuple[float, float] | None
    n: int | None = None


def examples(criterion: Criterion) -> Iterator[tuple[Numbers, dict[int, bool | None]]]:
    """Numbers for which every comparison holds, then, one comparison at a time, fails or is left open.

    Args:
        criterion: whose comparisons are numbered as `leaves` gives them.

    Yields:
        Numbers, and the outcome of each comparison that they have; combinations that no numbers have are left out.
    """
    every = leaves(criterion)
    base = dict.fromkeys(range(len(every)), True)
    for changed, outcome in [(None, True), *itertools.product(base, (False, None))]:
        wanted = base if changed is None else {**base, changed: outcome}
        found = numbers(every, wanted)
        if found is not None:
            yield found, wanted


def leaves(criterion: Criterion) -> list[Above | Exceeds]:
    """The comparisons of a criterion, each once."""
    return list(dict.fromkeys(leaf for test in criterion.tests for leaf in test.leaves()))


def numbers(tests: list[Above | Exceeds], wanted: Mapping[int, bool | None]) -> Numbers | None:
    """Intervals that give each comparison the outcome wanted of it; None where there are none."""
    ids = list(dict.fromkeys(rid for test in tests for rid in test.reads))
    bars = {rid: sorted({test.bar.number for test in tests if rid in test.reads} | {0.0}) for rid in ids}
    # A result that is compared with another has the other's thresholds to lie between as well.
    for test in tests:
        if isinstance(test, Exceeds):
            joint = sorted({*bars[test.id], *bars[test.other], *(test.times * x for x in bars[test.other])})
            bars[test.id] = bars[test.other] = joint

    def placed(found: dict[str, Stand], left: list[str]) -> dict[str, Stand] | None:
        if not left:
            return found
        rid, *rest = left
        for low, high in itertools.combinations(_points(bars[rid]), 2):
            tried = {**found, rid: Stand((low + high) / 2, (low, high))}
            ready = [i for i, test in enumerate(tests) if rid in test.reads and set(test.reads) <= tried.keys()]
            if all(_outcome(tests[i], tried) is wanted[i] for i in ready):
                whole = placed(tried, rest)
                if whole is not None:
                    return whole
        return None

    found = placed({}, ids)
    return found and {rid: (one.value, *one.ci) for rid, one in found.items()}


def _points(bars: list[float]) -> list[float]:
    """Places below, between and above some thresholds, close to each."""
    gaps = [b - a for a, b in itertools.pairwise(bars)]
    near = min(gaps, default=1.0) / 64 or 1 / 64
    return sorted({bar + shift * near for bar in bars for shift in (-8, -4, -2, -1, 1, 2, 4, 8)})


def _outcome(test: Test, found: Mapping[str, Stand]) -> bool | None:
    return test.outcome(found)  # type: ignore[arg-type]
