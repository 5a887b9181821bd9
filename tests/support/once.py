"""Things that take long to make, made once for all test processes, by the first that asks; the others wait for it."""

import json
import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from filelock import FileLock


def made_once(factory: pytest.TempPathFactory, name: str, make: Callable[[Path], Any]) -> tuple[Path, Any]:
    """Make something in a folder, which nobody may change afterwards.

    Args:
        factory: pytest's, of temporary folders.
        name: of the folder.
        make: from the folder, which is not there yet, makes what is in it; gives JSON-able data.

    Returns:
        The folder, and the data.
    """
    above = factory.getbasetemp()
    if "PYTEST_XDIST_WORKER" in os.environ:
        above = above.parent  # that of the whole run
    folder, said = above / name, above / f"{name}.json"
    with FileLock(above / f"{name}.lock"):
        if not said.exists():
            shutil.rmtree(folder, ignore_errors=True)  # another process may have failed
            said.write_text(json.dumps(make(folder)), "utf-8")
    return folder, json.loads(said.read_text("utf-8"))
