"""Section "A task that needs a pointer": what a model can score that knows only some address bits."""

from itertools import combinations

import numpy as np

from deref.tasks.pointer import PointerTask
from evidence.results import exact, result
from evidence.results.estimate import Estimate
from evidence.runs import Store

SMALL = PointerTask(M=8)


def majority(cells: int) -> float:
    """How often the majority of some fair bits equals one of them, drawn at random; an even split is guessed.

    Args:
        cells: how many bits there are.
    """
    from scipy.stats import binom  # not above: SciPy's statistics take most of a second to import

    ones = np.arange(cells + 1)
    return float(binom.pmf(ones, cells, 0.5) @ np.maximum(ones, cells - ones)) / cells


def rung(task: PointerTask, known: tuple[int, ...]) -> float:
    """The best accuracy that is possible when only some of the address bits are known.

    The known bits leave a set of cells; the best answer is the majority of them.

    Args:
        task: the pointer task.
        known: which address bits are known, 0 for the most significant.

    Returns:
        The accuracy over all addresses, each as likely as any other.

    Raises:
        ValueError: a bit that addresses do not have.
    """
    if not set(known) <= set(range(task.A)):
        raise ValueError(f"expected address bits from 0 to {task.A - 1}, got {known}")
    groups: dict[tuple[int, ...], int] = {}
    for address in range(task.M):
        seen = tuple(address >> (task.A - 1 - bit) & 1 for bit in known)
        groups[seen] = groups.get(seen, 0) + 1
    return sum(size * majority(size) for size in groups.values()) / task.M


def ladder(task: PointerTask) -> list[tuple[tuple[int, ...], float]]:
    """Every set of known address bits with its best accuracy, smallest sets first."""
    sets = [known for size in range(task.A + 1) for known in combinations(range(task.A), size)]
    return [(known, rung(task, known)) for known in sets]


@result.each(range(SMALL.A + 1), "ladder.8.known-{bits}", format=".2%",
             title="Best accuracy with {bits} of 3 address bits known, 8 cells")
def best_accuracy(store: Store, bits: int) -> Estimate:
    """Of all sets of so many bits, the one that is worth most."""
    best = max(rung(SMALL, known) for known in combinations(range(SMALL.A), bits))
    return exact(best, "counted over all addresses and memories")
