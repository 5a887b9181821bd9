"""The phase diagram of the controlled experiment, drawn from its released record."""

from functools import cache

import numpy as np
from matplotlib.figure import Figure

from deref.figures.maps import columns
from deref.figures.style import SEQUENTIAL, subplots
from deref.sections.ch06.depth.depth import WIDTH
from deref.sections.shared.solving import SOLVED
from evidence.results import exact, result
from evidence.results.estimate import Estimate
from evidence.runs import Store
from evidence.runs.sweep_record import SweepRecord, record_path

SHA256 = "2cf91f4171ccc78360f40a762cfa0d2143b02663858cf4dff9003a4c8550a067"
SHAPES = {
    "l1": ("1 layer", dict(layers=1, heads=1, width=WIDTH)),
    "l2": ("2 layers", dict(layers=2, heads=1, width=WIDTH)),
    "l3": ("3 layers", dict(layers=3, heads=1, width=WIDTH)),
    "l4": ("4 layers", dict(layers=4, heads=1, width=WIDTH)),
    "h2": ("2 layers, 2 heads", dict(layers=2, heads=2, width=WIDTH)),
    "h4": ("2 layers, 4 heads", dict(layers=2, heads=4, width=WIDTH)),
    "w2": ("2 layers, twice as wide", dict(layers=2, heads=1, width=2 * WIDTH)),
    "w4": ("2 layers, 4 times as wide", dict(layers=2, heads=1, width=4 * WIDTH)),
}


@cache
def record() -> SweepRecord:
    """The released record of the sweep `phase`, exactly the one that the text was written for."""
    return SweepRecord.read(record_path("phase"), SHA256)


def sizes() -> list[int]:
    """The memory sizes of the diagram, smallest first."""
    return sorted(set(record().columns["cells"]))


def accuracies(shape: str, cells: int) -> np.ndarray:
    """The final accuracy of every seed at one point of the diagram."""
    return np.array([row["accuracy"] for row in record().rows(cells=cells, **SHAPES[shape][1])])


def reach(shape: str) -> int:
    """The largest size up to which more than half of the seeds solved every size of the diagram; 0 if none."""
    reached = 0
    for cells in sizes():
        if (accuracies(shape, cells) > SOLVED).mean() <= 0.5:
            break
        reached = cells
    return reached


def _declare(shape: str) -> None:
    @result(f"phase.{shape}.reach", format="d",
            title=f"Largest memory up to which more than half of the seeds solve every size, {SHAPES[shape][0]}")
    def largest(store: Store) -> Estimate:
        return exact(reach(shape), f"released record of the sweep phase, sizes {', '.join(map(str, sizes()))}, "
                                   f"{len(accuracies(shape, sizes()[0]))} seeds a point")


for _shape in SHAPES:
    _declare(_shape)


def diagram() -> tuple[Figure, dict[str, list]]:
    """The median accuracy at every point, with the number of seeds that solved it."""
    found = np.array([[np.median(accuracies(shape, cells)) for cells in sizes()] for shape in SHAPES])
    solved = np.array([[(accuracies(shape, cells) > SOLVED).sum() for cells in sizes()] for shape in SHAPES])
    seeds = len(accuracies("l2", sizes()[0]))
    figure, ax = subplots(height=4.6)
    image = ax.imshow(found, cmap=SEQUENTIAL, vmin=0.5, vmax=1, aspect="auto")
    for row, column in np.ndindex(found.shape):
        ink = "#111111" if found[row, column] > 0.75 else "white"  # not black, which turns white in dark pages
        ax.text(column, row, f"{found[row, column]:.2f}\n{solved[row, column]} of {seeds}", ha="center", va="center",
                fontsize="small", color=ink)
    ax.set_xticks(range(len(sizes())), sizes())
    ax.set_yticks(range(len(SHAPES)), [name for name, _ in SHAPES.values()])
    ax.set_xlabel("cells of memory")
    ax.grid(False)
    figure.colorbar(image, ax=ax, label="median accuracy", shrink=0.8)
    names = [name for name, _ in SHAPES.values()]
    data = columns("median_accuracy", found[None], shape=["median"], arm=names, cells=sizes())
    return figure, {**{key: data[key] for key in ("arm", "cells", "median_accuracy")},
                    "solved": solved.flatten().tolist(), "seeds": [seeds] * solved.size}
