"""Names for sweeps: declared in the sections' modules, found by the command line."""

import importlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from deref import discovery
from deref.experiment import Experiment
from evidence.registry import Registry
from evidence.runs import Store

Table = Mapping[str, Sequence[Any]]

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
    """

    name: str
    about: str
    experiments: tuple[Experiment, ...]
    table: Callable[[Store], Table]
    module: str


def sweep(
    name: str, *, about: str, experiments: Sequence[Experiment] = ()
) -> Callable[[Callable[[Store], Table]], Callable[[Store], Table]]:
    """Declare a sweep; decorates the function that makes its table.

    Args:
        name: lower-case words, figures and hyphens, such as "phase".
        about: what it is for, in one sentence.
        experiments: the runs that it needs trained.

    Returns:
        A decorator that registers the function and gives it back unchanged.

    Raises:
        ValueError: a name that is taken.
    """

    def register(table: Callable[[Store], Table]) -> Callable[[Store], Table]:
        known = _REGISTRY.get(name)
        if known is not None and known.module == table.__module__:
            del _REGISTRY[name]  # a module that is loaded again declares the same once more
        _REGISTRY.declare(name, Sweep(name=name, about=about, experiments=tuple(experiments), table=table,
                                      module=table.__module__))
        return table

    return register


def get(name: str) -> Sweep:
    """Find a sweep by its name, among those of the modules imported so far (see `load_all`).

    Raises:
        ValueError: there is none of that name.
    """
    return _REGISTRY.find(name)


def names() -> tuple[str, ...]:
    """The names of all sweeps declared so far, in the order of their declaration."""
    return tuple(_REGISTRY)


def load_all() -> tuple[Sweep, ...]:
    """Import every module of the sections that declares a sweep, and give all sweeps."""
    for module in discovery.sweeps():
        importlib.import_module(module)
    return tuple(_REGISTRY.values())
