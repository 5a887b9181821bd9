"""Evidence of a result for and against lying beyond a threshold, from its interval."""

import math
from dataclasses import dataclass
from statistics import NormalDist
from typing import Protocol

ALPHA = 0.025
"""A test is settled when the other outcome is this unlikely: what a 95% interval leaves on either side."""
_NORMAL = NormalDist()
_Z = _NORMAL.inv_cdf(1 - ALPHA)


class Measured(Protocol):
    """What is judged of a record, or of what stands in for one: a number, its interval and its count of units."""

    @property
    def value(self) -> float: ...
    @property
    def ci(self) -> tuple[float, float] | None: ...
    @property
    def n(self) -> int | None: ...


@dataclass(frozen=True)
class Evidence:
    """Probabilities of results as far out as these, if a test fails and if it holds.

    Args:
        against_failing: small where the test holds.
        against_holding: small where it fails.
    """

    against_failing: float
    against_holding: float

    @property
    def outcome(self) -> bool | None:
        """True where the test holds, False where it fails, None where the runs do not decide."""
        if self.against_failing <= ALPHA:
            return True
        return False if self.against_holding <= ALPHA else None


@dataclass(frozen=True)
class Interval:
    """A number, the ends of its 95% interval, and of how many units that all had this value (None: not of any)."""

    value: float
    low: float
    high: float
    equal: int | None = None


def interval(record: Measured) -> Interval:
    """A result as an interval.

    What was worked out and not sampled is exact. A sample whose units are all equal has no interval: it counts as that
    many throws of a coin, so that six equal units decide and five do not.
    """
    if record.ci is not None:
        # A percentile bootstrap need not hold its own value.
        return Interval(min(max(record.value, record.ci[0]), record.ci[1]), *record.ci)
    return Interval(record.value, record.value, record.value, record.n)


def difference(one: Measured, other: Measured, times: float = 1) -> Interval:
    """A result minus a multiple of an independent one, with the interval that their intervals give.

    Source:
        Zou and Donner, Construction of confidence limits about effect measures (2008).
    """
    a, b = interval(one), interval(other)
    value = a.value - times * b.value
    low = value - math.hypot(a.value - a.low, times * (b.high - b.value))
    high = value + math.hypot(a.high - a.value, times * (b.value - b.low))
    equal = [side.equal for side in (a, b) if side.equal is not None]
    return Interval(value, low, high, min(equal) if equal else None)


def beyond(found: Measured | Interval, sign: str, threshold: float) -> Evidence:
    """Evidence that a number lies beyond a threshold.

    Args:
        found: a result, or an interval.
        sign: ">", ">=", "<" or "<=".
        threshold: the number it is compared with.
    """
    one = found if isinstance(found, Interval) else interval(found)
    up, with_equal = sign.startswith(">"), sign.endswith("=")
    if not up:
        one, threshold = Interval(-one.value, -one.high, -one.low, one.equal), -threshold
    inside = one.low > threshold or (with_equal and one.low == threshold)
    outside = one.high < threshold or (not with_equal and one.high == threshold)
    if one.low == one.high:
        doubt = 0.5**one.equal if one.equal is not None else 0.0
        return Evidence(doubt, 1.0) if inside else Evidence(1.0, doubt)
    holds = _beyond(one.value - threshold, one.value - one.low, one.high - one.value)
    fails = _beyond(threshold - one.value, one.high - one.value, one.value - one.low)
    if one.equal is not None:  # one side of a difference is a sample without spread
        holds, fails = (max(p, 0.5**one.equal) for p in (holds, fails))
        return Evidence(holds, fails)
    return Evidence(_agreeing(holds, inside), _agreeing(fails, outside))


def _beyond(distance: float, below: float, above: float) -> float:
    """The probability of a distance from a threshold by chance, read off the arm of the interval on that side."""
    arm = below if distance > 0 else above
    if arm == 0:
        return 0.0 if distance > 0 else 1.0
    return 1 - _NORMAL.cdf(_Z * distance / arm)


def _agreeing(probability: float, settled: bool) -> float:
    """Keep rounding from letting a probability and the interval that it comes from disagree."""
    return min(probability, ALPHA) if settled else max(probability, math.nextafter(ALPHA, 1))
