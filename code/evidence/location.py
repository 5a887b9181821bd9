"""Where the run store is, for whoever has to know that without opening it."""

import os
from pathlib import Path

from evidence.files import StoreError
from evidence.paths import from_outside
from evidence.provenance import source

VARIABLE = "DEREF_STORE"


def default_root() -> Path:
    """The directory of the runs: the environment's DEREF_STORE, else `_build/runs` in the project.

    The project is the directory above `code/`; where this package was installed as a copy, the current directory.

    Raises:
        StoreError: DEREF_STORE is no path.
    """
    if named := os.environ.get(VARIABLE):
        try:
            return from_outside(named)
        except ValueError as error:
            raise StoreError(f"{VARIABLE}: {error}") from None
    project = source.CODE.parent if source.CODE.name == "code" else Path.cwd()
    return project / "_build" / "runs"


def environment() -> dict[str, str]:
    """What a process that works in another directory needs in its environment, so as to have the same store.

    Raises:
        StoreError: DEREF_STORE is no path.
    """
    return {VARIABLE: str(default_root())} if os.environ.get(VARIABLE) else {}
