"""Where the run store is, for whoever has to know that without opening it.

It is `.runs` in the project, since `jupyter-book clean` empties `_build`. Earlier versions kept it in `_build/runs`;
until that one is moved (see `evidence.runs.former`) it is the store, so that there is one at any time.
"""

import os
from pathlib import Path

from evidence.files import StoreError
from evidence.paths import from_outside
from evidence.provenance import source

VARIABLE = "DEREF_STORE"
FOLDER, FORMER = Path(".runs"), Path("_build", "runs")
MARKER = "deref-store.json"
"""The file that says that a directory is a store (see `evidence.runs.marker`)."""


def default_root() -> Path:
    """The directory of the runs: the environment's DEREF_STORE, else the one in the project.

    Raises:
        StoreError: DEREF_STORE is no path.
    """
    if named := os.environ.get(VARIABLE):
        try:
            return from_outside(named)
        except ValueError as error:
            raise StoreError(f"{VARIABLE}: {error}") from None
    return root_in(project())


def project() -> Path:
    """The directory above `code/`; where this package was installed as a copy, the current directory."""
    return source.CODE.parent if source.CODE.name == "code" else Path.cwd()


def root_in(folder: Path) -> Path:
    """The directory of the runs in a project's folder: the former one only where it alone is a store."""
    place, former = folder / FOLDER, folder / FORMER
    return former if not os.path.lexists(place) and (former / MARKER).is_file() else place


def environment() -> dict[str, str]:
    """What a process that works in another directory needs in its environment, so as to have the same store.

    Raises:
        StoreError: DEREF_STORE is no path.
    """
    return {VARIABLE: str(default_root())} if os.environ.get(VARIABLE) else {}
