"""What a part of the book's machinery remembers while one build runs: of that build's application, and no other."""

from collections.abc import Callable
from typing import Generic, TypeVar
from weakref import WeakKeyDictionary

from sphinx.application import Sphinx

T = TypeVar("T")


class During(Generic[T]):
    """One value an application, made anew when its builder is there.

    Args:
        make: makes the value of a build that begins.
    """

    def __init__(self, make: Callable[[], T]) -> None:
        self._make = make
        self._values: WeakKeyDictionary[Sphinx, T] = WeakKeyDictionary()

    def start(self, app: Sphinx) -> None:
        """Begin anew; a handler of `builder-inited`."""
        self._values[app] = self._make()

    def __call__(self, app: Sphinx) -> T:
        """The value of a build that has begun."""
        return self._values[app]
