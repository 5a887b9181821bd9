"""How a result is written inside a sentence: as many digits as its interval bears out, and few signs.

Pages of results, citations and exports write every digit that the result's format asks for (`evidence.records.text`).
A sentence is read, not compared: "80% [49, 94]" says all that "80.0% (95% CI 49.0% to 94.3%)" does.
"""

import math
import re

from evidence.records.format import NBSP, apply
from evidence.records.record import Record

_FIXED = re.compile(r"^(,?)\.(\d+)([f%])$")
_LOW, _HIGH = "[", "]"


def value(record: Record) -> str:
    """The value with its unit: "80%", "540 steps"."""
    return _with_unit(record, _number(record, record.value))


def value_ci(record: Record, first: bool = False) -> str:
    """The value with its interval: "80% [49, 94]"; what has no interval stands alone.

    Args:
        record: the result.
        first: whether to say what brackets mean, as a page does once: "80% (95% CI [49, 94])".
    """
    if not record.ci:
        return value(record)
    bracket = interval(record)
    return f"{value(record)}{NBSP}" + (f"(95%{NBSP}CI{NBSP}{bracket})" if first else bracket)


def interval(record: Record) -> str:
    """The interval alone: "[49, 94]"; of what has none, the value."""
    if not record.ci:
        return value(record)
    low, high = (_number(record, end).removesuffix("%") for end in record.ci)
    return f"{_LOW}{low},{NBSP}{high}{_HIGH}"


def _decimals(record: Record, form: re.Match[str]) -> int:
    """As many decimals as the interval bears out, and no more than the result's own format has.

    That is two figures of half the interval's width: of 49.02% to 94.33% the decimals say nothing. An interval so narrow
    that the result's own decimals would write more than one of its numbers as "<1%" has one figure, whatever they are.
    """
    most = int(form[2])
    if not record.ci:
        return most
    # Rounded: half of 40% to 60% is 9.999… in floating point, which would ask for one decimal more.
    half = round((record.ci[1] - record.ci[0]) / 2 * (100 if form[3] == "%" else 1), 9)
    if not half > 0:
        return most
    first = -math.floor(math.log10(half))
    if sum(_at_bound(form, number, most) for number in (record.value, *record.ci)) > 1:
        most = max(most, first)
    return min(most, max(0, first + 1))


def _number(record: Record, number: int | float) -> str:
    form = _FIXED.match(record.format)
    if not form:
        return apply(record.format, number)
    bounds = _bounds(form)
    if number in bounds:  # the bound itself, with no decimals to suggest that it was rounded
        return bounds[number]
    few = _decimals(record, form)
    most = max(few, int(form[2]))
    for decimals in (few, most):
        if not _at_bound(form, number, decimals):
            return _fixed(form, number, decimals)
    return _beyond(form, number, most)


def _fixed(form: re.Match[str], number: int | float, decimals: int) -> str:
    """A number in a format with other decimals."""
    return apply(f"{form[1]}.{decimals}{form[3]}", number)


def _bounds(form: re.Match[str]) -> dict[float, str]:
    """What a number of a format can reach and not pass, as it is written."""
    return {0: "0%", 1: "100%"} if form[3] == "%" else {0: "0"}


def _at_bound(form: re.Match[str], number: int | float, decimals: int) -> bool:
    """Whether so many decimals write a number as a bound that it is near, and not at."""
    bounds = _bounds(form)
    text = _fixed(form, number, decimals)
    return number not in bounds and _bare(text) in {_bare(bound) for bound in bounds.values()}


def _beyond(form: re.Match[str], number: int | float, most: int) -> str:
    """What no digits of the format tell from 0% or 100%: "<0.1%", ">99.9%"."""
    kind = form[3]
    step = 10.0**-most / (100 if kind == "%" else 1)
    spec = f".{most}{kind}"
    if kind == "%" and number > 0.5:
        return f">{apply(spec, 1 - step)}"
    return f"<{apply(spec, step)}" if number > 0 else f">{apply(spec, -step)}"


def _bare(text: str) -> str:
    """A number without trailing zeros, so that "100.0%" is "100%"."""
    number = text.rstrip("%")
    return number.rstrip("0").rstrip(".") if "." in number else number


def _with_unit(record: Record, text: str) -> str:
    return f"{text}{NBSP}{record.unit}" if record.unit else text
