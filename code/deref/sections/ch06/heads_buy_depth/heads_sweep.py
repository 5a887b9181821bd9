"""Heads needed against memory, in full: every number of heads that the hand-written layer could make do with.

The points are those of `heads_buy_depth.py`, recipe and seeds too; a build trains only some of them.
"""

from typing import Any

from deref.experiment import Experiment, experiment
from deref.sections.ch06.heads_buy_depth.heads_buy_depth import BUILT, STEPS, WAYS, config, seeds
from deref.sections.shared.solving import accuracies
from deref.sweep import Table, sweep
from evidence.runs import Store


def _point(cells: int, heads: int, way: str) -> Experiment:
    return experiment(f"needed-{way}-{cells}-{heads}", config=config(cells, heads, way), seeds=seeds(cells, heads),
                      about=f"A point of the diagram of heads: {cells} cells, {heads} heads, {way}.")


POINTS = [_point(cells, heads, way) for way in WAYS for cells in STEPS for heads in range(1, cells // 2 + 1)]


@sweep("heads", experiments=POINTS,
       about=f"How many heads one layer needs, every number up to half the cells; a build trains up to {max(BUILT)}.")
def heads(store: Store) -> Table:
    """One row for each point and seed."""
    rows: list[dict[str, Any]] = []
    for one in POINTS:
        run, model = one.run(store), one.config.model
        rows += [dict(cells=one.config.task.M, heads=model.heads, final_norm=int(model.final_norm), seed=seed,
                      accuracy=round(accuracy, 6)) for seed, accuracy in zip(run.seeds, accuracies(run).tolist(),
                                                                             strict=True)]
    return {name: [row[name] for row in rows] for name in rows[0]}
