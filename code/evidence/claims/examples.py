"""Made-up results on both sides of every threshold of a criterion, found by trying, so that a test has them all."""

import itertools
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from evidence.claims.criterion import Criterion
from evidence.claims.expression import Above, Exceeds

Numbers = dict[str, tuple[float, float, float]]
"""Value and ends of the interval, by id of the result."""


@dataclass(frozen=True)
class Stand:
    """What stands in for a record where only numbers count."""

    value: float
    ci: tuple[float, float]
    n: int | None = None


def examples(criterion: Criterion) -> Iterator[tuple[Numbers, dict[int, bool | None]]]:
    """Numbers for which every comparison holds, then fails or is left open: one comparison, one test, all of them.

    Args:
        criterion: whose comparisons are numbered as `leaves` gives them.

    Yields:
        Numbers, and the outcome of each comparison that they have; combinations that no numbers have are left out.
    """
    every = leaves(criterion)
    places = range(len(every))
    base = dict.fromkeys(places, True)
    groups = dict.fromkeys([*((i,) for i in places),
                            *(tuple(every.index(leaf) for leaf in dict.fromkeys(test.leaves()))
                              for test in criterion.tests), tuple(places)])
    for changed, outcome in [((), True), *itertools.product(groups, (False, None))]:
        wanted = {**base, **dict.fromkeys(changed, outcome)}
        found = numbers(every, wanted)
        if found is not None:
            yield found, wanted


def leaves(criterion: Criterion) -> list[Above | Exceeds]:
    """The comparisons of a criterion, each once."""
    return list(dict.fromkeys(leaf for test in criterion.tests for leaf in test.leaves()))


def numbers(tests: list[Above | Exceeds], wanted: Mapping[int, bool | None]) -> Numbers | None:
    """Intervals that give each comparison the outcome wanted of it; None where there are none."""
    found: dict[str, Stand] = {}
    for ids in _related(tests):
        asked = [(test, wanted[i]) for i, test in enumerate(tests) if test.reads[0] in ids]
        placed = _placed({}, ids, _places(asked), asked)
        if placed is None:
            return None
        found |= placed
    return {rid: (one.value, one.ci[0], one.ci[1]) for rid, one in found.items()}


def _related(tests: list[Above | Exceeds]) -> list[list[str]]:
    """The results in groups, those that are compared with each other together."""
    groups: list[list[str]] = []
    for test in tests:
        meeting = [group for group in groups if set(group) & set(test.reads)]
        groups = [group for group in groups if group not in meeting]
        groups.append(list(dict.fromkeys([*itertools.chain(*meeting), *test.reads])))
    return groups


def _places(asked: list[tuple[Above | Exceeds, bool | None]]) -> list[float]:
    """Places below, between and above the thresholds of related results, close to each."""
    bars = {test.bar.number for test, _ in asked}
    bars |= {test.times * bar for test, _ in asked if isinstance(test, Exceeds) for bar in bars} | (
        {test.bar.number + 1 for test, _ in asked if isinstance(test, Exceeds)})
    return _points(sorted(bars))


def _placed(found: dict[str, Stand], left: list[str], places: list[float],
            asked: list[tuple[Above | Exceeds, bool | None]]) -> dict[str, Stand] | None:
    """Try intervals for the results that are left until every comparison among those found comes out as asked."""
    if not left:
        return found
    rid, *rest = left
    for low, high in itertools.combinations(places, 2):
        tried = {**found, rid: Stand((low + high) / 2, (low, high))}
        if all(test.outcome(tried) is outcome for test, outcome in asked
               if rid in test.reads and set(test.reads) <= tried.keys()):
            whole = _placed(tried, rest, places, asked)
            if whole is not None:
                return whole
    return None


def _points(bars: list[float]) -> list[float]:
    """Places below, between and above some thresholds, close to each."""
    gaps = [b - a for a, b in itertools.pairwise(bars)]
    near = min(gaps, default=1.0) / 64 or 1 / 64
    return sorted({bar + shift * near for bar in bars for shift in (-8, -2, -1, 1, 2, 8)})

