"""Kinds of output, one file each: how it is read from cells, collected from the text, checked, drawn and written.

A file of this folder is found without being listed: it has a `KIND` (see `bookkit.results.kind`) and, where it adds
directives or roles, a `setup(app)`.
"""

import importlib
import pkgutil
from collections.abc import Iterator
from types import ModuleType


def modules() -> Iterator[ModuleType]:
    """The modules of all kinds, in the order of their names."""
    for one in sorted(pkgutil.iter_modules(__path__), key=lambda one: one.name):
        yield importlib.import_module(f"{__name__}.{one.name}")
