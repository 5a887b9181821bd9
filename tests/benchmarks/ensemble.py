"""Ten seeds as one batched model, against one seed."""

from collections.abc import Iterator

from subjects import narrow
from timing import Row, in_turns


def measure() -> Iterator[Row]:
    """Time a step of one seed, of five and of ten."""
    seconds = in_turns({str(n): narrow(40).trainer(tuple(range(n))).advance for n in (1, 5, 10)}, rounds=15)
    for n, goal in ((5, ""), (10, "at most 6")):
        yield Row(what=f"d = 16, M = 40: a step of {n} seeds / of one", goal=goal,
                  value=f"{seconds[str(n)] / seconds['1']:.1f}   ({1e3 * seconds[str(n)]:.1f} and "
                        f"{1e3 * seconds['1']:.1f} ms)")
