"""Which nodes and heads a probe is about: one or several, as people write them.

Every probe takes one where it takes several, and a pair of numbers where it takes a head; everything else is refused in
terms of what was expected, before anything is run.
"""

from collections.abc import Iterable
from operator import index
from typing import Any, SupportsIndex

import torch

from deref.probes.base.tappable import Head

Several = SupportsIndex | Iterable[SupportsIndex]


def several(name: str, given: Several | None) -> tuple[int, ...] | None:
    """Read one number or several.

    Args:
        name: what the numbers are, in the plural: the name of the argument.
        given: a whole number, or a list, range, array or tensor of them; None stays None.

    Raises:
        ValueError: anything else, such as fractions, or truth values, which would be taken for 0 and 1.
    """
    if given is None:
        return None
    if isinstance(given, torch.Tensor):
        given = given.tolist()
    try:
        return tuple(map(_whole, given)) if isinstance(given, Iterable) else (_whole(given),)
    except TypeError:
        raise ValueError(f"expected {name} to be a whole number, several, or None for all, got {given!r:.80}") from None


def parts(name: str, given: Any, *kinds: type) -> tuple[Any, ...]:
    """Read heads, and perhaps other parts of a model among them; pairs of numbers become heads.

    Args:
        name: what they are, in the plural: the name of the argument.
        given: one part or several.
        *kinds: the other classes of parts.

    Raises:
        ValueError: something that is neither.
    """
    def part(one: Any) -> Any:
        try:
            return one if isinstance(one, kinds) else Head(*map(_whole, one))
        except TypeError:
            names = " or ".join(["Head(layer, head) or (layer, head)", *(kind.__name__ for kind in kinds)])
            raise ValueError(f"expected {name}, one or several, each as {names}, got {one!r:.80}") from None

    alone = isinstance(given, (Head, *kinds)) or not isinstance(given, Iterable) or (
        isinstance(given, tuple) and len(given) == 2 and all(isinstance(one, int) for one in given))
    return (part(given),) if alone else tuple(map(part, given))


def _whole(number: Any) -> int:
    if isinstance(number, bool) or type(number).__name__ in ("bool", "bool_"):
        raise TypeError("a truth value is no number of a node or a head")
    return index(number)
