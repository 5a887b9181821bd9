"""Numbers as they come from outside: which are whole, which are finite, and which lie within their bounds."""

import math
from typing import Any


def is_int(value: Any) -> bool:
    """Whether a value is an integer and not a truth value."""
    return isinstance(value, int) and not isinstance(value, bool)


def is_number(value: Any) -> bool:
    """Whether a value is a Python int or a finite float."""
    return is_int(value) or (isinstance(value, float) and math.isfinite(value))


def whole(value: Any, name: str, least: int) -> int:
    """A whole number of at least some other, unchanged.

    Args:
        value: to check.
        name: what it is, for the message.
        least: the smallest that it may be.

    Raises:
        ValueError: anything else.
    """
    if not is_int(value) or value < least:
        raise ValueError(f"expected a whole number of at least {least} as {name}, got {value!r}")
    return value
