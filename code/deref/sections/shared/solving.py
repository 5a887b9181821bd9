"""Which seeds solve the pointer task, and when: the one definition that every section and every probe goes by."""

from functools import cache

import numpy as np
from jaxtyping import Float

from deref.probes.base.answers import accuracy
from deref.probes.base.memories import probe_memories
from evidence.results import wilson
from evidence.results.estimate import Estimate
from evidence.runs import Run

SOLVED = 0.99


@cache  # many results ask for the same run
def accuracies(run: Run) -> Float[np.ndarray, "seed"]:
    """The share of questions that every member answers rightly, over all addresses of the memories that probes run on.

    Of up to eight cells these are all memories there are; of more, a fixed draw that no training looks at.

    Args:
        run: a run on the pointer task.
    """
    task = getattr(run.config, "train", run.config).task  # a variant keeps its recipe in a field of its own
    found = accuracy(run.model, task, probe_memories(task)).numpy()
    found.flags.writeable = False
    return found


@cache
def solving(run: Run) -> tuple[int, ...]:
    """The places, on the seed axis, of the members that solve the task: more than 99% of these answers are right.

    Args:
        run: a run on the pointer task.
    """
    return tuple(np.flatnonzero(accuracies(run) > SOLVED).tolist())


def share_solving(run: Run) -> Estimate:
    """The share of seeds that solve the task, with Wilson's interval.

    Args:
        run: a run on the pointer task.
    """
    return wilson(len(solving(run)), len(run.seeds))


def solved_at(run: Run) -> Float[np.ndarray, "seed"]:
    """The step at which training first saw every seed above the bar; infinity for the seeds that do not solve the task.

    Training looks at fewer memories, and only now and then. Who solves the task is settled by `solving` alone: a seed
    that was above the bar and fell back has no time, and one that was never seen above it has the last step.

    Args:
        run: a run on the pointer task.
    """
    times = np.full(len(run.seeds), np.inf)
    seen = run.history.steps_to(np.nextafter(SOLVED, 1))  # above the bar, not at it
    members = [*solving(run)]
    times[members] = np.minimum(seen[members], run.history.step[-1])
    return times
