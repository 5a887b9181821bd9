"""When each seed of an experiment solved its task."""

import numpy as np
from jaxtyping import Float

from deref.experiments.registry import Experiment
from deref.runs import Store

SOLVED = 0.99


def solved_at(arm: Experiment, store: Store | None = None) -> Float[np.ndarray, "seed"]:
    """The evaluation at which each seed had solved the task for the first time, in steps; infinity where none."""
    return arm.run(store).history.steps_to(np.nextafter(SOLVED, 1))  # above the bar, not at it
