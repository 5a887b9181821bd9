"""Names for sweeps: declared in the sections' modules, found by the command line."""

import importlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from deref import discovery
from deref.experiment import Experiment
from evidence.registry import Registry
from evidence.runs import Store

Table = Mapping[str, Sequence[Any] | np.ndarray]

_REGISTRY: "Registry[Sweep]" = Registry("the name of a sweep", "a new sweep's name",
                                       "`deref sweep` lists all")


@dataclass(frozen=True, kw_only=True)
class Sweep:
    """A table that is computed once and released.

    Args:
        name: lower-case words, figures and hyphens.
        about: what it is for, in one sentence.
        experiments: the runs that it needs trained, which may go to several processes or machines.
        table: computes the columns, once those runs are in the store.
        module: the module that declares it.
        part: which part of a large sweep it is; each has a record of its own. Empty for a sweep without parts.
        rows_by: the columns that name what a run adds, such as the seed; then the table takes the runs that the store
            has, and the record keeps the rows of others that it had before. Empty for a table of all runs or none.
    """

    name: str
    about: str
    experiments: tuple[Experiment, ...]
    table: Callable[[Store], Table]
    module: str
    part: str = ""
    rows_by: tuple[str, ...] = ()

    @property
    def key(self) -> str:
        """The name of its record."""
        return f"{self.name}-{self.part}" if self.part else self.name

    @property
    def command(self) -> str:
        """What computes it."""
        return f"deref sweep {self.name}" + (f" --part {self.part}" if self.part else "")


def sweep(
    name: str, *, about: str, experiments: Sequence[Experiment] = (), part: str = "",
    rows_by: Sequence[str] = ()
) -> Callable[[Callable[[Store], Table]], Callable[[Store], Table]]:
    """Declare a sweep; decorates the function that makes its table.

    Args:
        name: lower-case words, figures and hyphens, such as "phase".
        about: what it is for, in one sentence.
        experiments: the runs that it needs trained.
        part: which part of a large sweep it is.
        rows_by: the columns that name what a run adds, if the table takes the runs that the store has.

    Returns:
        A decorator that registers the function and gives it back unchanged.

    Raises:
        ValueError: a name that is taken.
    """

    def register(table: Callable[[Store], Table]) -> Callable[[Store], Table]:
        made = Sweep(name=name, about=about, experiments=tuple(experiments), table=table, module=table.__module__,
                     part=part, rows_by=tuple(rows_by))
        known = _REGISTRY.get(made.key)
        if known is not None and known.module == table.__module__:
            del _REGISTRY[made.key]  # a module that is loaded again declares the same once more
        _REGISTRY.declare(made.key, made)
        return table

    return register


def get(name: str) -> Sweep:
    """Find a sweep by its name, among those of the modules imported so far (see `load_all`).

    Raises:
        ValueError: there is none of that name.
    """
    return _REGISTRY.find(name)


def chosen(name: str, part: str | None = None) -> tuple[Sweep, ...]:
    """Find a sweep by its name, or the parts of a large one, in the order of their declaration.

    Args:
        name: of the sweep.
        part: the only part that is wanted; None for all of them.

    Raises:
        ValueError: there is no such sweep, or it has no such part.
    """
    parts = {one.part: one for one in _REGISTRY.values() if one.name == name and one.part}
    if part is None:
        return tuple(parts.values()) or (_REGISTRY.find(name),)
    if part not in parts:
        raise ValueError(f"expected a part of the sweep {name}, one of {', '.join(parts) or 'none'}, got {part!r}")
    return (parts[part],)


def names() -> tuple[str, ...]:
    """The names of all sweeps and parts declared so far, in the order of their declaration."""
    return tuple(_REGISTRY)


def load_all() -> tuple[Sweep, ...]:
    """Import every module of the sections that declares a sweep, and give all sweeps."""
    for module in discovery.sweeps():
        importlib.import_module(module)
    return tuple(_REGISTRY.values())
