"""One meaning of "same": how a number stands to an earlier one of the same result, wherever two are compared.

Verification, releases and replications all ask this. Whether two exact records are identical, bit for bit, is another
question, which `evidence.results.stages` answers.
"""

import math
from collections.abc import Sequence

from evidence.records.record import Record

SAME, WITHIN, DIFFERS = "same", "within interval", "differs"
TOLERANCE = 1e-9
"""Relative: float64 sums on another processor differ in later digits than these."""


def compare(then: Record, now: Record) -> str:
    """Say how a number computed now stands to a record.

    Returns:
        SAME if value and interval agree to nine digits, WITHIN if the value lies in the record's interval, DIFFERS
        otherwise, and for numbers in two units.
    """
    if then.unit != now.unit:
        return DIFFERS
    if _close([then.value, *(then.ci or ())], [now.value, *(now.ci or ())]):
        return SAME
    return WITHIN if inside(then, now) else DIFFERS


def inside(then: Record, now: Record) -> bool | None:
    """Whether a value lies in the interval of a record; None where the record has none."""
    return None if then.ci is None else then.ci[0] <= now.value <= then.ci[1]


def _close(then: Sequence[float], now: Sequence[float]) -> bool:
    return len(then) == len(now) and all(math.isclose(a, b, rel_tol=TOLERANCE) for a, b in zip(then, now, strict=True))
