"""What a result's function returns: a number, how sure it is, and what it rests on."""

import dataclasses
from typing import Any

from evidence.numbers import is_int, is_number


@dataclasses.dataclass(frozen=True)
class Estimate:
    """A number with its uncertainty.

    NumPy scalars, and arrays and tensors without axes, become Python numbers. The interval need not contain the value:
    a percentile bootstrap's may not. It must be ordered, and it is None where no interval can honestly be given.

    Args:
        value: a whole or a finite number.
        ci: low and high end of the 95% interval, or None.
        method: how value and interval were computed, in a few words.
        n: how many units of inference; None where nothing was sampled.
        n_of: what they are, in the plural, such as "seeds".

    Raises:
        ValueError: a value or an end that is not a finite number, ends in the wrong order, a count without its noun.
    """

    value: Any
    ci: Any
    method: str
    n: Any = None
    n_of: str = ""

    def __post_init__(self) -> None:
        object.__setattr__(self, "value", number(self.value, "value"))
        if self.ci is not None:
            if len(self.ci) != 2:
                raise ValueError(f"expected an interval to have two ends, got {len(self.ci)}")
            low, high = (float(number(end, "end of the interval")) for end in self.ci)
            if low > high:
                raise ValueError(f"expected an interval from low to high, got {low!r} to {high!r}")
            object.__setattr__(self, "ci", (low, high))
        if self.n is not None:
            n = number(self.n, "n")
            if not is_int(n) or n < 1 or not self.n_of:
                raise ValueError(f"expected n to be a count of something named, got {self.n!r} of {self.n_of!r}")
            object.__setattr__(self, "n", n)
        if not self.method.strip():
            raise ValueError("expected the method in a few words, got none")


def number(value: Any, what: str) -> int | float:
    """Turn a scalar of any kind into a Python number.

    Args:
        value: a Python or NumPy number, or an array or tensor without axes.
        what: its name in the error.

    Raises:
        ValueError: it is not one finite number, or it is a truth value.
    """
    given = value
    if getattr(value, "ndim", None) == 0:
        value = value.item()
    if not is_number(value):
        raise ValueError(f"expected the {what} of a result to be one finite number, got {given!r}")
    return value
