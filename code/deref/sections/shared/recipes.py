"""Recipes: how a page computes one of its numbers again from trained weights, as data that Python and a tab both read.

A section's recipes stand in its `recipes.py`, beside the functions whose results they are about. A function may do
anything; a recipe names one measure of each seed and one way to make a number of the seeds, from short lists that
`deref.explorables.recipe_values` and `book/static/explore/recompute/measures.js` both have.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from jaxtyping import Int
from torch import Tensor

from deref.experiment import Experiment
from deref.probes.base.memories import few_memories, probe_memories
from deref.tasks.pointer import PointerTask
from evidence.runs import Run

ALL, SOLVING, SHOWN = "all", "solving", "shown"
COUNTED, MEASURED = 1e-9, 1e-4
"""How far apart two numbers may be that are the same: counts and shares of counts, and what is summed in 32 bits."""


@dataclass(frozen=True)
class Memories:
    """Which memories a measure runs on.

    Args:
        n: how many where a memory has more than eight cells, or with `few`, everywhere.
        few: whether they are some of those that probes run on.
    """

    n: int = 128
    few: bool = False

    def of(self, task: PointerTask) -> Int[Tensor, "memory cell"]:
        """The memories of a task."""
        return few_memories(task, self.n) if self.few else probe_memories(task, self.n)


PROBED = Memories()


@dataclass(frozen=True)
class Picked:
    """Seeds that a result picks from its run; the tab takes the build's choice of them.

    Args:
        about: what they are, in words that follow "the weights of".
        of: gives them.
    """

    about: str
    of: Callable[[Run], Sequence[int]]


@dataclass(frozen=True, kw_only=True)
class Recipe:
    """How a number is computed from the weights of one experiment.

    Args:
        chosen: the experiment.
        measure: what is measured of each seed, such as "accuracy".
        over: how the seeds' numbers become one, such as "mean"; "only" where there is one seed.
        seeds: "all"; "solving", those that answer over 99% of questions rightly; "shown", the one that pages show; or
            those that are picked.
        memories: what the measure runs on.
        at: where it looks, if it asks for a place: plain data.
        close: by how much the number may differ and still be the same.
        rounded: whether weights travel in 16 bits, for a number that does not hang on the others.

    Raises:
        ValueError: seeds of another name, or one seed where there are several.
    """

    chosen: Experiment
    measure: str
    over: str
    seeds: str | Picked = ALL
    memories: Memories = PROBED
    at: Mapping[str, Any] = field(default_factory=dict)
    close: float = COUNTED
    rounded: bool = False

    def __post_init__(self) -> None:
        if not isinstance(self.seeds, Picked) and self.seeds not in (ALL, SOLVING, SHOWN):
            raise ValueError(f"expected seeds to be {ALL!r}, {SOLVING!r} or {SHOWN!r}, got {self.seeds!r}")
        if (self.over == "only") != (self.seeds == SHOWN):
            raise ValueError(f'expected "only" for the seed that pages show and no other, got {self.over!r} for '
                             f"{self.seeds!r}")
