"""The results of the book by id: declared beside the experiments they read, found by chapters and by verification."""

import fnmatch
import functools
import inspect
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from string import Formatter
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

from evidence.records.format import apply
from evidence.records.record import check_id
from evidence.registry import Registry
from evidence.results.estimate import Estimate

if TYPE_CHECKING:
    from evidence.runs import Store

Function = Callable[["Store"], Estimate]


class Written(Protocol):
    """A function as it is written in a module, which its name leads to."""

    __module__: str
    __qualname__: str

    def __call__(self, *args: Any, **kwargs: Any) -> Estimate: ...


F = TypeVar("F", bound=Written)

_REGISTRY: "Registry[Result]" = Registry("the id of a declared result", "a new id for a result",
                                        "Import the module that declares it, or declare it there")
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
        source: the function as it is written; of a family's results all have one.
    """

    id: str
    title: str
    unit: str
    format: str
    function: Function
    source: Written

    @property
    def module(self) -> str:
        """The module that defines the function; what it can import is the code that the result depends on."""
        return self.source.__module__

    @property
    def function_name(self) -> str:
        """The function's qualified name in its module."""
        return self.source.__qualname__


class Declare:
    """The decorator `result`: a pure function of the run store becomes a result, or a family of them."""

    def __call__(self, id: str, *, title: str, unit: str = "", format: str = ".1%") -> Callable[[F], F]:
        """Register a function `(store) -> Estimate` as a result.

        Args:
            id: lower case and dotted, such as "flip.large-32.addressed".
            title: what the number is, in one phrase.
            unit: shown after the number.
            format: Python format specification for value and interval, such as ".1%", ".3f" or "d".

        Returns:
            A decorator that registers the function and gives it back unchanged.

        Raises:
            ValueError: an id of another form, one that is taken, no title, a format that writes no number, or a
                function that only this notebook has, so that nobody could compute the result again.
        """
        _check(id, title, format)

        def register(function: F) -> F:
            _register(Result(id=id, title=title, unit=unit, format=format, function=function, source=function))
            return function

        return register

    def each(self, members: Mapping[Any, Any] | Iterable[Any], id: str, *, title: str, unit: str = "",
             format: str = ".1%") -> Callable[[F], F]:
        """Register a function `(store, member) -> Estimate` as a family of results, one for each member.

        Args:
            members: by key, what the function is given; or keys alone, which it is given themselves. A key fills the
                places of `id`: a text its one place, a tuple of texts as many, in the order in which they first occur.
            id: with places in braces, such as "flip.{model}.addressed".
            title: may have the same places, and `{member}` with its attributes, as in `{member.task.M}`.
            unit: shown after the number.
            format: Python format specification for value and interval; may have the same places.

        Returns:
            A decorator that registers the function for each member and gives it back unchanged.

        Raises:
            ValueError: no members, keys that do not fit the places, and whatever `result` refuses.
        """
        places = list(dict.fromkeys(name for _, name, _, _ in Formatter().parse(id) if name is not None))
        members = members if isinstance(members, Mapping) else {key: key for key in members}
        if not members:
            raise ValueError(f"expected members of the family {id!r}, got none")

        def register(function: F) -> F:
            name = _second(function)
            for key, member in members.items():
                parts = key if isinstance(key, tuple) else (key,)
                if len(parts) != len(places):
                    raise ValueError(f"expected a key for the {len(places)} places of {id!r}, got {key!r}")
                given = dict(zip(places, parts, strict=True))
                one = functools.wraps(function)(functools.partial(function, **{name: member}))
                _register(Result(id=id.format(**given), title=title.format(**given, member=member), unit=unit,
                                 format=format.format(**given), function=one, source=function))
            return function

        return register


result = Declare()


def _check(id: str, title: str, format: str) -> None:
    check_id(id)
    if not title.strip():
        raise ValueError(f"expected a title for the result {id!r}, got none")
    apply(format, 1)


def _register(made: Result) -> None:
    _check(made.id, made.title, made.format)
    if made.module == _NOTEBOOK:
        raise ValueError(f"expected the function of {made.id!r} in a module that can be imported, got one that is "
                         "defined in a notebook or a script")
    _REGISTRY.declare(made.id, made)


def _second(function: Written) -> str:
    """The name of what a family's function is given beside the store."""
    names = list(inspect.signature(function).parameters)
    if len(names) != 2:
        raise ValueError(f"expected {function.__qualname__} to take the store and a member, got ({', '.join(names)})")
    return names[1]


def get(id: str) -> Result:
    """Find a result by its id, among those that the modules imported so far declare.

    Raises:
        ValueError: there is none; the message names the nearest ids.
    """
    return _REGISTRY.find(id)


def ids() -> tuple[str, ...]:
    """The ids of all results declared so far, sorted."""
    return tuple(sorted(_REGISTRY))


def matching(*patterns: str) -> list[Result]:
    """Find results by their ids, or by patterns such as "flip.*.addressed" (`*` is any text, dots too).

    Args:
        *patterns: in the order in which results are wanted.

    Returns:
        Each result once.

    Raises:
        ValueError: an unknown id, or a pattern that no result declared so far has.
    """
    found: dict[str, Result] = {}
    for pattern in patterns:
        if "*" not in pattern:
            found[pattern] = get(pattern)
            continue
        matches = {id: one for id, one in _REGISTRY.items() if fnmatch.fnmatchcase(id, pattern)}
        if not matches:
            raise ValueError(f"expected the pattern {pattern!r} to match ids of declared results, it matches none")
        found |= {id: one for id, one in matches.items() if id not in found}
    return list(found.values())
