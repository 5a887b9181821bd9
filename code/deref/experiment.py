"""Names for runs: declared in the sections' modules, found by chapters, tests and the command line."""

import importlib
import re
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from deref import discovery
from evidence.registry import Registry
from evidence.runs import Run, Store, default_store
from evidence.runs.address import checked_seeds

_REGISTRY: "Registry[Experiment]" = Registry("the name of an experiment", "a new experiment's name",
                                            "`deref list` shows all")


@dataclass(frozen=True, kw_only=True)
class Experiment:
    """A run with a name.

    Args:
        name: lower-case words, figures and hyphens.
        config: the configuration, which has a method `trainer(seeds, device)`.
        seeds: the ensemble's seeds, in order.
        about: what it is for, in one sentence.
        module: the module that declares it.
    """

    name: str
    config: Any
    seeds: tuple[int, ...]
    about: str
    module: str

    def run(self, store: Store | None = None, *, progress: Callable[[Any], None] | None = None) -> Run:
        """Give the trained run, training it here if it is not in the store.

        Args:
            store: where runs are kept; None is the process's own store.
            progress: called with the trainer's reports; None shows them on the terminal or in the notebook.

        Raises:
            StoreError: the store cannot be read or written.
        """
        store = store or default_store()
        if progress is not None:
            return store.run(self.config, self.seeds, progress=progress)
        from deref.progress import showing

        with showing(self.name) as shown:
            return store.run(self.config, self.seeds, progress=shown)

    def representative(self, scores: Sequence[float]) -> int:
        """Pick the seed to show where one is shown: the highest score, and of equal ones the lowest seed.

        Args:
            scores: one number for each seed, in the order of `seeds`; the book's rule scores by coverage.

        Returns:
            The position in `seeds`, which is the index on the model's seed axis.

        Raises:
            ValueError: not one comparable score for each seed.
        """
        scores = [float(score) for score in scores]
        if len(scores) != len(self.seeds) or any(score != score for score in scores):
            raise ValueError(f"expected one number for each of the {len(self.seeds)} seeds, got {scores}")
        return min(range(len(scores)), key=lambda i: (-scores[i], self.seeds[i]))


def experiment(name: str, *, config: Any, seeds: Sequence[int], about: str) -> Experiment:
    """Declare an experiment; call it at the top level of a section's module.

    Args:
        name: lower-case words, figures and hyphens, such as "large-32".
        config: the configuration, which has a method `trainer(seeds, device)`.
        seeds: the ensemble's seeds, in order.
        about: what it is for, in one sentence.

    Returns:
        The experiment, which `get` finds by its name from now on.

    Raises:
        ValueError: a name of another form, one that is taken, or seeds that are no ensemble.
    """
    if not re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", name):
        raise ValueError(f"expected lower-case words, figures and hyphens as an experiment's name, got {name!r}")
    return _REGISTRY.declare(name, Experiment(name=name, config=config, seeds=tuple(checked_seeds(seeds)), about=about,
                                              module=sys._getframe(1).f_globals["__name__"]))


def get(name: str) -> Experiment:
    """Find an experiment by its name, among the modules imported so far (see `load_all`).

    Raises:
        ValueError: there is none of that name.
    """
    return _REGISTRY.find(name)


def names() -> tuple[str, ...]:
    """The names of all experiments declared so far, in the order of their declaration."""
    return tuple(_REGISTRY)


def load_all() -> tuple[Experiment, ...]:
    """Import every section, and give all experiments in the order of their declaration."""
    for module in discovery.declaring():
        importlib.import_module(module)
    return tuple(_REGISTRY.values())
