"""What the sections hold, found by walking their folders: nothing lists them by hand."""

import importlib
import pkgutil
from collections.abc import Iterator

SECTIONS, CLAIMS, SWEEP = "deref.sections", "claims", "_sweep"


def declaring() -> list[str]:
    """The modules that declare experiments, results and figures, sorted."""
    return [name for name in _modules() if name.rpartition(".")[2] != CLAIMS and not name.endswith(SWEEP)]


def claims() -> list[str]:
    """The modules of claims, one a section, sorted."""
    return [name for name in _modules() if name.rpartition(".")[2] == CLAIMS]


def sweeps() -> list[str]:
    """The modules that declare sweeps, sorted."""
    return [name for name in _modules() if name.endswith(SWEEP)]


def _modules() -> Iterator[str]:
    package = importlib.import_module(SECTIONS)
    found = pkgutil.walk_packages(package.__path__, f"{package.__name__}.", onerror=_raise)
    return iter(sorted(one.name for one in found if not one.ispkg))


def _raise(name: str) -> None:
    raise  # the import error of a section's folder; walk_packages would pass over it
