"""The phase diagram: which memory sizes a recipe solves, by layers, by heads and by width.

The recipe is that of the controlled experiment (`depth.py`), and only one thing is varied at a time:
layers at one head, heads at two layers, width at two layers and one head. To save time, and nothing else, a point ends
as soon as all its seeds have solved the task with a little to spare.
"""

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from deref.experiment import Experiment, experiment
from deref.sections.ch06.depth.depth import RECIPE, parameters, sized
from deref.sections.shared.solving import accuracies, solved_at
from deref.sweep import Table, sweep
from evidence.runs import Store

CELLS, FULL_CELLS = (8, 16, 24, 32), (8, 16, 32, 64, 128, 256)
LAYERS, HEADS, WIDTHS = (1, 2, 3, 4), (1, 2, 4), (1, 2, 4)  # widths as multiples of the recipe's
STOP = 0.995


def grid(cells: Iterable[int]) -> list[dict[str, int]]:
    """Every combination of cells, layers, heads and width that the diagram shows, each once."""
    width = RECIPE.model.width
    shapes = [dict(layers=layers, heads=1, width=width) for layers in LAYERS]
    shapes += [dict(layers=2, heads=heads, width=width) for heads in HEADS if heads > 1]
    shapes += [dict(layers=2, heads=1, width=width * times) for times in WIDTHS if times > 1]
    return [dict(cells=size, **shape) for size in cells for shape in shapes]


def _points(prefix: str, cells: Iterable[int], seeds: range) -> list[Experiment]:
    return [experiment(
        f"{prefix}-m{point['cells']}-l{point['layers']}-h{point['heads']}-d{point['width']}",
        config=replace(sized(point["cells"], layers=point["layers"], heads=point["heads"], width=point["width"]),
                       stop_at=STOP),
        seeds=seeds, about=f"A point of the phase diagram, {point}.") for point in grid(cells)]


POINTS = _points("phase", CELLS, range(200, 203))
FULL_POINTS = _points("phase-full", FULL_CELLS, range(200, 210))


def table(points: Iterable[Experiment], store: Store) -> Table:
    """One row for each point and seed: its shape, and what became of it."""
    rows: list[dict[str, Any]] = []
    for one in points:
        run, model = one.run(store), one.config.model
        for seed, accuracy, steps in zip(run.seeds, accuracies(run).tolist(), solved_at(run).tolist(), strict=True):
            rows.append(dict(cells=one.config.task.M, layers=model.layers, heads=model.heads, width=model.width,
                             parameters=parameters(run), seed=seed, accuracy=round(accuracy, 6),
                             solved_at=None if steps == float("inf") else int(steps)))
    return {name: [row[name] for row in rows] for name in rows[0]}


@sweep("phase", experiments=POINTS,
       about="Memory size against layers, heads and width: who solves it, three seeds a point.")
def phase(store: Store) -> Table:
    return table(POINTS, store)


@sweep("phase-full", experiments=FULL_POINTS,
       about="The same with up to 256 cells and ten seeds a point: meant for a GPU or a cluster.")
def phase_full(store: Store) -> Table:
    return table(FULL_POINTS, store)
