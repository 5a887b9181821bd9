"""Names that modules declare as they are imported: of results, experiments, sweeps."""

import difflib
from typing import Protocol, TypeVar


class Declared(Protocol):
    """Something that a module declares, and that knows which."""

    @property
    def module(self) -> str: ...


T = TypeVar("T", bound=Declared)


class Registry(dict[str, T]):
    """What has been declared so far, by name, in the order of declaration.

    Args:
        noun: what a name is, such as "the id of a declared result".
        new: what one that is declared must be, such as "a new id for a result".
        hint: what to do about a name that is not there; a sentence.
    """

    def __init__(self, noun: str, new: str, hint: str):
        super().__init__()
        self.noun, self.new, self.hint = noun, new, hint

    def declare(self, name: str, made: T) -> T:
        """Add something under a new name.

        Returns:
            It, or its equal that was declared before: a module that is loaded again declares the same once more.

        Raises:
            ValueError: the name is taken.
        """
        known = self.setdefault(name, made)
        if known is not made and known != made:
            raise ValueError(f"expected {self.new}, got {name!r}, which {known.module} declares already")
        return known

    def empty(self) -> "Registry[T]":
        """Another of its kind, with nothing declared."""
        return Registry(self.noun, self.new, self.hint)

    def find(self, name: str) -> T:
        """What has a name.

        Raises:
            ValueError: nothing has; the message names the nearest.
        """
        if name in self:
            return self[name]
        near = difflib.get_close_matches(str(name), self, n=3)
        said = f"the nearest are {', '.join(near)}" if near else "none is near" if self else "none is declared yet"
        raise ValueError(f"expected {self.noun}, got {name!r}; {said}. {self.hint}")
