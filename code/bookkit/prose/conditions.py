"""Conditions: what results have to be for words of the text to be right, as {checked}`words|condition` gives them.

    by the narrowest margin|plateaus.large.near < 60% and plateaus.large.near >= 50%
    more often than not|flip.large > flip.small
    an interval that includes zero|low(repair.gain) <= 0 and high(repair.gain) >= 0

A condition compares results, or the ends of their intervals, with numbers as readers write them or with each other. It
says of a sentence whether this build agrees with it; whether that would come out again is a claim's business.
"""

import math
import operator
import re
from collections.abc import Mapping

from bookkit.parts.entries import Checked, Comparison, Operand
from evidence.claims.expression import Bar
from evidence.records import Record, check_id, value_text
from evidence.records.format import quantity

_SIGNS = {"<": operator.lt, "<=": operator.le, ">": operator.gt, ">=": operator.ge, "=": operator.eq}
_COMPARISON = re.compile(r"([^\s<>=]+)\s*(<=|>=|<|>|=)\s*([^\s<>=]+)")
_NUMBER = re.compile(r"[-\N{MINUS SIGN}]?(?:\d[\d,]*(?:\.\d+)?|\.\d+)(?:e[+-]?\d+)?%?")
_END = re.compile(r"(low|high)\((.*)\)")
_CLOSE = 1e-9  # relative; values that differ by less are the same number, written with twelve digits


def parse(text: str) -> Checked:
    """Read what stands between the backticks of the role.

    Args:
        text: the words, a bar, and the condition: comparisons joined by "and".

    Raises:
        ValueError: words or condition are missing, or a comparison is not one.
    """
    words, bar, condition = (part.strip() for part in text.rpartition("|"))
    if not (words and bar and condition):
        raise ValueError(f"expected `words|condition`, such as `more than half|coin.heads.share > 50%`, got {text!r}")
    parts = tuple(_comparison(part.strip()) for part in re.split(r"\sand\s", condition))
    return Checked(words=" ".join(words.split()), condition=parts)


def read(text: str) -> tuple[Checked | None, str]:
    """As `parse`, with None and what is wrong in place of an error."""
    try:
        return parse(text), ""
    except ValueError as error:
        return None, str(error)


def failing(checked: Checked, records: Mapping[str, Record]) -> list[Comparison]:
    """The comparisons that do not hold; those of results that a build cannot have do not fail."""
    return [one for one in checked.condition if all(rid in records for rid in one.cites) and not _holds(one, records)]


def found(comparisons: list[Comparison], records: Mapping[str, Record]) -> str:
    """What a build has for the results of some comparisons: "48%", "48% against 52%"."""
    return "; ".join(" against ".join(_said(one, records) for one in (comparison.left, comparison.right) if one.id)
                     for comparison in comparisons)


def text_of(comparison: Comparison) -> str:
    """A comparison as it is written."""
    return f"{comparison.left.text} {comparison.sign} {comparison.right.text}"


def _comparison(text: str) -> Comparison:
    split = _COMPARISON.fullmatch(text)
    if not split:
        raise ValueError("expected a comparison of a result by one of < <= > >= = with a number or another result, "
                         f"got {text!r}")
    left, right = (_operand(split[part]) for part in (1, 3))
    if not left.id:
        raise ValueError(f"expected a comparison to begin with the id of a result, got {text!r}")
    return Comparison(left=left, sign=split[2], right=right)


def _operand(text: str) -> Operand:
    if _NUMBER.fullmatch(text):
        return Operand(text=text)
    end = _END.fullmatch(text)
    rid = end[2] if end else text
    if _NUMBER.fullmatch(rid):
        raise ValueError(f"expected the id of a result in {text!r}")
    return Operand(text=text, id=check_id(rid), end=end[1] if end else "")


def _holds(comparison: Comparison, records: Mapping[str, Record]) -> bool:
    first, second = (_number(one, records) for one in (comparison.left, comparison.right))
    if math.isclose(first, second, rel_tol=_CLOSE):
        return "=" in comparison.sign
    return _SIGNS[comparison.sign](first, second)


def _number(operand: Operand, records: Mapping[str, Record]) -> float:
    if not operand.id:
        return Bar(operand.text).number
    record = records[operand.id]
    # without an interval, be it for want of a sample or of a spread, the value is all that there is
    return record.value if not (operand.end and record.ci) else record.ci[operand.end == "high"]


def _said(operand: Operand, records: Mapping[str, Record]) -> str:
    record = records[operand.id]
    return quantity(record.format, record.unit, _number(operand, records)) if operand.end else value_text(record)
