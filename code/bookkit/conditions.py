"""Conditions: what results have to be for words of the text to be right, as {checked}`words|condition` gives them.

    by the narrowest margin|plateaus.large.near < 60% and plateaus.large.near >= 50%
    more often than not|flip.large > flip.small

A condition compares results with numbers as readers write them, or with each other. It reads values and no intervals:
it is about what the sentence says of this build, and whether that would come out again is a claim's business.
"""

import math
import operator
import re
from collections.abc import Mapping

from bookkit.entries import NUMBER, Checked, Comparison
from deref.claims.criterion import Bar
from deref.records import Record, check_id, value_text

_SIGNS = {"<": operator.lt, "<=": operator.le, ">": operator.gt, ">=": operator.ge, "=": operator.eq}
_COMPARISON = re.compile(r"([^\s<>=]+)\s*(<=|>=|<|>|=)\s*([^\s<>=]+)")
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


def _comparison(text: str) -> Comparison:
    found = _COMPARISON.fullmatch(text)
    if not found:
        raise ValueError("expected a comparison of a result by one of < <= > >= = with a number or another result, "
                         f"got {text!r}")
    left, sign, right = found.groups()
    if NUMBER.fullmatch(left):
        raise ValueError(f"expected a comparison to begin with the id of a result, got {text!r}")
    return Comparison(id=check_id(left), sign=sign, other=right if NUMBER.fullmatch(right) else check_id(right))


def failing(checked: Checked, records: Mapping[str, Record]) -> list[Comparison]:
    """The comparisons that do not hold; those of results that a build cannot have do not fail."""
    return [one for one in checked.condition if all(rid in records for rid in one.cites) and not _holds(one, records)]


def found(comparisons: list[Comparison], records: Mapping[str, Record]) -> str:
    """What a build has for the results of some comparisons: "48%", "48% against 52%"."""
    return "; ".join(" against ".join(value_text(records[rid]) for rid in one.cites) for one in comparisons)


def text_of(comparison: Comparison) -> str:
    """A comparison as it is written."""
    return f"{comparison.id} {comparison.sign} {comparison.other}"


def _holds(comparison: Comparison, records: Mapping[str, Record]) -> bool:
    sign, first = comparison.sign, records[comparison.id].value
    second = (records[comparison.other].value if comparison.other in comparison.cites
              else Bar(comparison.other).number)
    if math.isclose(first, second, rel_tol=_CLOSE):
        return "=" in sign
    return _SIGNS[sign](first, second)
