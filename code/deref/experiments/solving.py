"""Which members of an ensemble solve the pointer task: those that pages on trained lookups speak of."""

from functools import cache

from deref.experiments.models import probe_memories
from deref.probes.answers import accuracy
from deref.runs import Run

SOLVED = 0.99


@cache  # many results ask for the same run
def solving(run: Run) -> tuple[int, ...]:
    """The places, on the seed axis, of the members that answer more than 99% of questions about held-out memories.

    Args:
        run: a run on the pointer task.
    """
    task = run.config.task
    return tuple(i for i, right in enumerate(accuracy(run.model, task, probe_memories(task))) if right > SOLVED)
