"""Questions that training never asks, in memories of more cells than a build trains on.

The networks and recipes are those of `held_out.py`, with more steps. On three other seeds, 100 to 102, the MLP solved
64 cells in 3,200 steps, and one of three transformers with binary positions in 1,600.
"""

from typing import Any

from deref.experiment import Experiment, experiment
from deref.sections.ch06.baselines.held_out import KINDS, SEEDS, answered, never, recipe
from deref.sweep import Table, sweep
from deref.tasks.held_out import HeldOutTask
from evidence.runs import Store

STEPS = {32: 1_600, 64: 2_400, 128: 2_400}
FEW, MANY = range(3), 128
"""Seeds of transformers on as many cells, where a step of theirs takes sixteen times as long as one of the MLP."""


def _point(kind: str, cells: int) -> Experiment:
    task = HeldOutTask(M=cells, never=never(cells))
    return experiment(f"never-asked-long-{kind}-{cells}", config=recipe(kind, task, steps=STEPS[cells]),
                      seeds=FEW if cells == MANY and kind != "mlp" else SEEDS,
                      about=f"{KINDS[kind].capitalize()} on {cells} cells, a quarter of the addresses never asked.")


POINTS = {(kind, cells): _point(kind, cells) for cells in STEPS for kind in KINDS}


@sweep("held-out", experiments=list(POINTS.values()),
       about="Addresses that training never asks for, 32 to 128 cells: transformers and an MLP; five seeds a point, "
             "but for transformers on 128, which have three.")
def held_out(store: Store) -> Table:
    """One row for each point and seed: how it answers at addresses that training asks for, and at the others."""
    rows: list[dict[str, Any]] = []
    for (kind, cells), one in POINTS.items():
        run = one.run(store)
        found = answered(run)
        rows += [dict(kind=kind, cells=cells, seed=seed, asked=round(float(found.asked[i]), 6),
                      never=round(float(found.never[i]), 6), followed=round(float(found.followed[i]), 6))
                 for i, seed in enumerate(run.seeds)]
    return {name: [row[name] for row in rows] for name in rows[0]}
