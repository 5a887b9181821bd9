"""The results of the book by id: declared beside the experiments they read, found by chapters and by verification."""

import difflib
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from evidence.records.format import apply
from evidence.records.record import check_id
from evidence.results.estimate import Estimate

if TYPE_CHECKING:
    from evidence.runs import Store

Function = Callable[["Store"], Estimate]

_REGISTRY: dict[str, "Result"] = {}
_NOTEBOOK = "__main__"


@dataclass(frozen=True, kw_only=True)
class Result:
    """A number that the book can publish.

    Args:
        id: lower case and dotted, stable for ever.
        title: what the number is, in one phrase.
        unit: shown after the number; empty for percentages and plain counts.
        format: Python format specification for value and interval.
        function: computes it from the runs of a store, and from nothing that changes.
    """

    id: str
    title: str
    unit: str
    format: str
    function: Function

    @property
    def module(self) -> str:
        """The module that defines the function; what it can import is the code that the result depends on."""
        return self.function.__module__


def result(id: str, *, title: str, unit: str = "", format: str = ".1%") -> Callable[[Function], Function]:
    """Register a pure function of the run store as a result.

    Args:
        id: lower case and dotted, such as "flip.large-32.addressed".
        title: what the number is, in one phrase.
        unit: shown after the number.
        format: Python format specification for value and interval, such as ".1%", ".3f" or "d".

    Returns:
        A decorator that registers the function and gives it back unchanged.

    Raises:
        ValueError: an id of another form, one that is taken, no title, a format that writes no number, or a function
            that only this notebook has, so that nobody could compute the result again.
    """
    check_id(id)
    if not title.strip():
        raise ValueError(f"expected a title for the result {id!r}, got none")
    apply(format, 1)

    def register(function: Function) -> Function:
        if function.__module__ == _NOTEBOOK:
            raise ValueError(f"expected the function of {id!r} in a module that can be imported, got one that is "
                             "defined in a notebook or a script")
        if id in _REGISTRY:
            raise ValueError(f"expected a new id for a result, got {id!r}, which {_REGISTRY[id].module} declares "
                             "already")
        _REGISTRY[id] = Result(id=id, title=title, unit=unit, format=format, function=function)
        return function

    return register


def get(id: str) -> Result:
    """Find a result by its id, among those that the modules imported so far declare.

    Raises:
        ValueError: there is none; the message names the nearest ids.
    """
    if id not in _REGISTRY:
        near = difflib.get_close_matches(str(id), _REGISTRY, n=3)
        raise ValueError(f"expected the id of a declared result, got {id!r}; "
                         + (f"the nearest are {', '.join(near)}" if near else "none is near")
                         + ". Import the module that declares it, or declare it there")
    return _REGISTRY[id]


def ids() -> tuple[str, ...]:
    """The ids of all results declared so far, sorted."""
    return tuple(sorted(_REGISTRY))
