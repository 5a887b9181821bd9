"""`show`: put a figure on the page, with its files, its data and where they come from."""

import base64
import contextlib
import sys
from types import ModuleType
from typing import Any

from matplotlib import pyplot as plt
from matplotlib.figure import Figure

from evidence.records.record import check_id
from evidence.results.figure_files import save
from evidence.results.provenance import build_of, code_of
from evidence.results.publish import say_absent
from evidence.results.shown import Shown, emit
from evidence.runs import Run, default_store
from evidence.unavailable import Absent

KEY = "book.figure"
_PROJECT = ("deref", "evidence")


class Drawn(Shown):
    """A figure that a cell has published.

    Args:
        id: of the figure.
        files: "svg" and "csv" as text, "pdf" and "png" as bytes.
    """

    def __init__(self, id: str, files: dict[str, Any]):
        self.id, self.files = id, files

    def __repr__(self) -> str:
        return self.id


def show(id: str, fig: Figure | Absent, data: Any) -> Drawn:
    """Publish a figure from this cell, and close it.

    The runs behind it are those that this cell has asked the process's own store for; the code is all that the
    modules can reach whose names the notebook uses.

    Args:
        id: lower case and dotted, such as "fig.learning-curves".
        fig: the drawn figure, or why this build cannot have it, which is then said in its place.
        data: what it shows, for the csv file: a mapping of columns, a DataFrame, or a list of rows.

    Returns:
        The published figure, which the cell has already shown.

    Raises:
        ValueError: an id of another form, or data that are no table.
    """
    check_id(id)
    if isinstance(fig, Absent):
        say_absent([id], fig)
        return Drawn(id, {})
    files = save(fig, data)
    plt.close(fig)  # or the notebook would show it once more
    runs = _CELL.runs
    packed = {kind: base64.b64encode(files[kind]).decode("ascii") for kind in ("pdf", "png")}
    emit({"image/svg+xml": files["svg"], "text/plain": id},
         {KEY: {"id": id, "files": {**packed, "csv": files["csv"]}, "code": code_of(_modules()),
                "runs": [run.address for run in runs], "build": build_of(runs, default_store())}})
    return Drawn(id, files)


def _modules() -> set[str]:
    """The project's modules that the notebook's names come from."""
    values = vars(sys.modules["__main__"]).values()
    names = {value.__name__ if isinstance(value, ModuleType) else getattr(value, "__module__", None)
             for value in list(values)}
    return {name for name in names if isinstance(name, str) and name.split(".")[0] in _PROJECT}


class _Cell:
    """The runs that the running cell has asked for; in a plain program, since this module was imported."""

    def __init__(self):
        self.runs: list[Run] = []
        self._recording = contextlib.ExitStack()
        self._begin()
        if "IPython" in sys.modules:
            from IPython import get_ipython

            if (shell := get_ipython()) is not None:
                shell.events.register("pre_run_cell", self._begin)

    def _begin(self, *info: object) -> None:
        self._recording.close()
        self.runs = self._recording.enter_context(default_store().recording())


_CELL = _Cell()
