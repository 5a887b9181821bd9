"""Section "What can be done without a lookup": never-asked addresses of larger memories, from a released record."""

from dataclasses import dataclass
from functools import cache

import numpy as np
from jaxtyping import Float

from deref.sections.ch06.baselines.held_out import KINDS
from deref.sections.shared.solving import SOLVED
from evidence.results import exact, mean_t, result, share
from evidence.results.estimate import Estimate
from evidence.runs import Store
from evidence.runs.sweep_record import SweepRecord, record_path

SHA256 = "92e395b8d13ef9a020d0ca6aba4a4cc459ad07ee5729419b38cd154fe9dd848c"
SIZES = (32, 64, 128)


@cache
def record() -> SweepRecord:
    """The released record of the sweep `held-out`, exactly the one that the text was written for."""
    return SweepRecord.read(record_path("held-out"), SHA256)


@dataclass(frozen=True)
class Point:
    """Networks of one kind on memories of one size.

    Args:
        title: the kind, in a few words.
        kind: a key of `KINDS`.
        cells: the size.
    """

    title: str
    kind: str
    cells: int

    def values(self, column: str) -> Float[np.ndarray, "seed"]:
        """One number a seed: "asked", "never" or "followed"."""
        return np.array([row[column] for row in record().rows(kind=self.kind, cells=self.cells)], dtype=float)


POINTS = {(kind, cells): Point(title, kind, cells) for kind, title in KINDS.items() for cells in SIZES}


@result.each(POINTS, "held-out.{kind}.{cells}.never", format=".1%",
             title="Accuracy of {member.title} on {cells} cells, addresses that it never asks for, more steps")
def never_asked(store: Store, point: Point) -> Estimate:
    return mean_t(point.values("never"), bounds=(0, 1))


@result.each(POINTS, "held-out.{kind}.{cells}.solved", format=".0%",
             title="Share of seeds of {member.title} that solve {cells} cells at the addresses that training asks for, "
                   "more steps")
def solved(store: Store, point: Point) -> Estimate:
    return share(point.values("asked") > SOLVED)


@result.each(POINTS, "held-out.{kind}.{cells}.best", format=".1%",
             title="Accuracy of {member.title} on {cells} cells, addresses that it never asks for, more steps, "
                   "best seed")
def best(store: Store, point: Point) -> Estimate:
    found = point.values("never")
    return exact(found.max(), f"largest of {len(found)} seeds")
