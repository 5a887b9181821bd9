"""`show`: put a figure on the page, with its files, its data and where they come from."""

import base64
import contextlib
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from matplotlib import pyplot as plt
from matplotlib.figure import Figure

from evidence.provenance import source
from evidence.records.record import check_id
from evidence.results.figure_files import save
from evidence.results.keys import FIGURE
from evidence.results.provenance import build_of, code_of, used
from evidence.results.publish import say_absent
from evidence.results.shown import Shown, emit, notebook
from evidence.runs import Run, default_store
from evidence.unavailable import Absent


class Drawn(Shown):
    """A figure that a cell has published.

    Args:
        id: of the figure.
        files: "svg" and "csv" as text, "pdf" and "png" as bytes; none where this build cannot have it.
    """

    def __init__(self, id: str, files: Mapping[str, object]):
        self.id, self.files = id, files

    def __repr__(self) -> str:
        return self.id


def show(id: str, fig: Figure | Absent, data: Any) -> Drawn:
    """Publish a figure from this cell, and close it.

    The runs behind it are those that this cell has asked the process's own store for; the modules are those that the
    notebook's cells have imported so far, and the code is all that these can reach.

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
    packed = {kind: base64.b64encode(data).decode("ascii") for kind, data in (("pdf", files["pdf"]),
                                                                              ("png", files["png"]))}
    emit({"image/svg+xml": files["svg"], "text/plain": id},
         {FIGURE: {"id": id, "files": {**packed, "csv": files["csv"]}, "modules": (modules := imported()),
                   "code": code_of(modules), "runs": [asdict(run) for run in used(runs)],
                   "build": build_of(runs, default_store())}})
    return Drawn(id, files)


def imported() -> list[str]:
    """The project's modules that the cells of this notebook have imported so far, read from the cells' own text.

    It is what IPython ran, read as a build reads it to tell which chapters are stale: names in memory would not tell
    whether a value came from a function or was made in the cell. Outside a notebook there are none.
    """
    names: set[str] = set()
    for cell in shell.user_ns.get("In", ()) if (shell := notebook()) else ():
        with contextlib.suppress(SyntaxError):
            names.update(source.imports_of(cell))
    return source.named(names, source.CODE)


class _Cell:
    """The runs that the running cell has asked for; in a plain program, since this module was imported."""

    def __init__(self):
        self.runs: list[Run] = []
        self._recording = contextlib.ExitStack()
        self._begin()
        if (shell := notebook()) is not None:
            shell.events.register("pre_run_cell", self._begin)

    def _begin(self, *info: object) -> None:
        self._recording.close()
        self.runs = self._recording.enter_context(default_store().recording())


_CELL = _Cell()
