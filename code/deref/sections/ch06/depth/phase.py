"""The phase diagram of the controlled experiment, drawn from its released record."""

from dataclasses import dataclass
from functools import cache

import numpy as np
from jaxtyping import Float
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


@dataclass(frozen=True)
class Shape:
    """The shape of a model in the diagram, with its name."""

    name: str
    layers: int = 2
    heads: int = 1
    width: int = WIDTH


SHAPES = {
    "l1": Shape("1 layer", layers=1),
    "l2": Shape("2 layers"),
    "l3": Shape("3 layers", layers=3),
    "l4": Shape("4 layers", layers=4),
    "h2": Shape("2 layers, 2 heads", heads=2),
    "h4": Shape("2 layers, 4 heads", heads=4),
    "w2": Shape("2 layers, twice as wide", width=2 * WIDTH),
    "w4": Shape("2 layers, 4 times as wide", width=4 * WIDTH),
}


@cache
def record() -> SweepRecord:
    """The released record of the sweep `phase`, exactly the one that the text was written for."""
    return SweepRecord.read(record_path("phase"), SHA256)


def sizes() -> list[int]:
    """The memory sizes of the diagram, smallest first."""
    return sorted(set(record().columns["cells"]))


def accuracies(shape: Shape, cells: int) -> Float[np.ndarray, "seed"]:
    """The final accuracy of every seed at one point of the diagram."""
    rows = record().rows(cells=cells, layers=shape.layers, heads=shape.heads, width=shape.width)
    return np.array([row["accuracy"] for row in rows])


def reach(shape: Shape) -> int:
    """The largest size up to which more than half of the seeds solved every size of the diagram; 0 if none."""
    reached = 0
    for cells in sizes():
        if (accuracies(shape, cells) > SOLVED).mean() <= 0.5:
            break
        reached = cells
    return reached


@result.each(SHAPES, "phase.{shape}.reach", format="d",
             title="Largest memory up to which more than half of the seeds solve every size, {member.name}")
def largest(store: Store, shape: Shape) -> Estimate:
    return exact(reach(shape), f"released record of the sweep phase, sizes {', '.join(map(str, sizes()))}, "
                               f"{len(accuracies(shape, sizes()[0]))} seeds a point")


def diagram() -> tuple[Figure, dict[str, list]]:
    """The median accuracy at every point, with the number of seeds that solved it."""
    points = [[accuracies(shape, cells) for cells in sizes()] for shape in SHAPES.values()]
    found = np.array([[np.median(point) for point in row] for row in points])
    solved = np.array([[(point > SOLVED).sum() for point in row] for row in points])
    seeds, names = len(points[0][0]), [shape.name for shape in SHAPES.values()]
    figure, ax = subplots(height=4.6)
    image = ax.imshow(found, cmap=SEQUENTIAL, vmin=0.5, vmax=1, aspect="auto")
    for row, column in np.ndindex(found.shape):
        ink = "#111111" if found[row, column] > 0.75 else "white"  # not black, which turns white in dark pages
        ax.text(column, row, f"{found[row, column]:.2f}\n{solved[row, column]} of {seeds}", ha="center", va="center",
                fontsize="small", color=ink)
    ax.set_xticks(range(len(sizes())), sizes())
    ax.set_yticks(range(len(SHAPES)), names)
    ax.set_xlabel("cells of memory")
    ax.grid(False)
    figure.colorbar(image, ax=ax, label="median accuracy", shrink=0.8)
    data = columns("median_accuracy", found[None], shape=["median"], arm=names, cells=sizes())
    return figure, {**{key: data[key] for key in ("arm", "cells", "median_accuracy")},
                    "solved": solved.flatten().tolist(), "seeds": [seeds] * solved.size}
