"""The best that one head can do in one layer: a weighted vote of cells and address bits, found by an exact search.

With one head, no MLP and no LayerNorm before the answer is read, the readout computes a sum over the tokens it sees,
divided by softmax's normaliser. The query is made from the last address bit, so for each value of that bit a token adds
a number that depends on its own place and bit alone. The normaliser is positive, and so is lost in the sign. What is
left is a vote,

    answer 1  if  sum of w_i x_i over cells  +  sum of t_j y_j over the other address bits  +  b  >  0,

where x and y are the bits of cells and address as -1 and +1. Every one-head model is such a vote, however wide it is
and whatever its keys are, and for any vote there is a model. So the best accuracy of the one is that of the other.

The search goes by the order in which the weights of cells put all memories. A vote cuts that order once for each
address: memories above the cut are answered 1. There are finitely many orders and cuts, and whether some weights and
thresholds have a given order and given cuts is a linear program.
"""

import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np


@dataclass(frozen=True, kw_only=True)
class Vote:
    """A weighted vote over the cells that a query may mean, and the address bits that it does not hold.

    Args:
        cells: the weight of each cell, in the order of the addresses.
        address: the weight of each address bit, most significant first.
        bias: what is added to the sum.
        right: how many of all pairs of memory and address it answers rightly.
        cases: how many there are.
    """

    cells: tuple[float, ...]
    address: tuple[float, ...]
    bias: float
    right: int
    cases: int

    @property
    def accuracy(self) -> float:
        """The share of pairs of memory and address that are answered rightly."""
        return self.right / self.cases


def memories(cells: int) -> np.ndarray:
    """All memories of some cells as rows of -1 and +1, in the order of the numbers they spell."""
    return np.array(list(itertools.product((-1, 1), repeat=cells)))


@cache
def orders(cells: int) -> tuple[tuple[int, ...], ...]:
    """Every order in which weights 0 < w_0 < w_1 < ... can put all memories, by their weighted sums.

    Equal weights need no order of their own: a vote that is never tied stays the same when weights move a little.

    Args:
        cells: how many; the number of orders is 1, 2, 14, 516 for two to five.

    Returns:
        Orders, each a permutation of the rows of `memories`, smallest sum first.
    """
    rows = memories(cells)
    rising = np.diff(np.eye(cells), axis=0, prepend=0)

    def extended(order: tuple[int, ...]) -> Iterator[tuple[int, ...]]:
        if len(order) == len(rows):
            yield order
            return
        for one in sorted(set(range(len(rows))) - set(order)):
            above = [rows[other] - rows[one] for other in set(range(len(rows))) - {*order, one}]
            steps = np.diff(rows[[*order, one]], axis=0)
            if _solve(np.concatenate([rising, steps, np.array(above).reshape(-1, cells)])) is not None:
                yield from extended((*order, one))

    return tuple(extended(()))


def best_vote(bits: int, *, fixed: bool = False) -> Vote:
    """Find the best vote over 2^bits cells, when as many address bits are not in the query.

    Negative weights are not searched, because they cannot help. Turn the sign of a cell's weight and exchange the
    cell's two values: every answer stays, so for other addresses nothing changes, and for this cell's own address
    right and wrong change places. It was right at most half the time, since more of the bit made it answer it less.

    Args:
        bits: of the address that the query does not hold, 1 or 2; a last bit that it holds comes on top.
        fixed: whether address bits have no vote, so that the threshold is the same for every address.

    Returns:
        A vote that no other beats; of several, one with the smallest weights.

    Raises:
        ValueError: more bits than the search can do.
    """
    if bits not in (1, 2):
        raise ValueError(f"expected 1 or 2 address bits outside the query, got {bits}: more cells have too many orders")
    cells = 2**bits
    tables = {order: _right_answers(order, cells, fixed) for order in orders(cells)}
    for total in range(max(table.max() for table in tables.values()), 0, -1):
        found = [vote for order, table in tables.items() for cuts in np.argwhere(table == total).tolist()
                 for vote in _votes(order, cuts * cells if fixed else cuts, bits, fixed)]
        if found:
            # Rounded, since a linear program leaves crumbs; counted again, since rounding might change an answer.
            x, t, b = np.split(min(found, key=lambda x: _size(x, cells)).round(6) + 0.0,
                               [cells, cells + bits])
            return Vote(cells=tuple(x.tolist()), address=tuple(t.tolist()), bias=b.item(),
                        right=_count(x, t, b.item()), cases=cells * 2**cells)
    raise AssertionError("even a constant answer is a vote")


def _right_answers(order: tuple[int, ...], cells: int, fixed: bool) -> np.ndarray:
    """How many answers are right over all addresses, for a cut at each address; for one common cut if it is fixed.

    Returns:
        One axis for each rank of weights, along which the number of memories below the cut rises from 0 to all.
    """
    held = memories(cells)[list(order)] > 0
    # For a cell, those right are the zeros below its cut and the ones above.
    right = np.array([(~held[:cut]).sum(0) + held[cut:].sum(0) for cut in range(len(order) + 1)])
    return right.sum(1) if fixed else sum(np.ix_(*right.T))


def _size(weights: np.ndarray, cells: int) -> tuple[float, ...]:
    """What votes are compared by: the sum of weights, then those of cells, and at last more votes for the address."""
    x = weights.round(6)
    return (np.abs(x).sum().round(6), *x[:cells], *-x[cells:])


def _count(cells: np.ndarray, address: np.ndarray, bias: float) -> int:
    """Count the pairs of memory and address for which a vote gives the addressed bit."""
    held = memories(len(cells))
    votes = (held @ cells)[:, None] + memories(len(address)) @ address + bias
    return int((np.sign(votes) == held).sum())


def _votes(order: Sequence[int], cuts: Sequence[int], bits: int, fixed: bool) -> Iterator[np.ndarray]:
    """Weights that have this order and these cuts, for each way of giving the ranks of weights to addresses.

    The smallest weight may as well be that of address 0: exchanging the two values of an address bit renames addresses.
    """
    cells = 2**bits
    rows, spelled = memories(cells), memories(bits)
    for others in itertools.permutations(range(1, cells)):
        places = (0, *others)  # the weight of rank r belongs to the cell at address places[r]
        sides = []
        for rank, cut in enumerate(cuts):
            sign = np.where(np.argsort(order) >= cut, 1, -1)[:, None]
            own = np.concatenate([(0 if fixed else 1) * spelled[places[rank]], [1]])
            sides.append(sign * np.concatenate([rows, np.tile(own, (len(rows), 1))], axis=1))
        found = _solve(np.concatenate(sides), free=bits + 1)
        if found is not None:
            yield np.concatenate([found[:cells][np.argsort(places)], found[cells:]])


def _solve(rows: np.ndarray, free: int = 0) -> np.ndarray | None:
    """The smallest x with rows x >= 1, all but the last `free` entries positive; None if there is none."""
    from scipy.optimize import linprog  # not above: other modules want no more of this one than its types

    positive = rows.shape[1] - free
    answer = linprog(np.concatenate([np.ones(positive), np.zeros(free)]), A_ub=-rows, b_ub=-np.ones(len(rows)),
                     bounds=[(0, None)] * positive + [(None, None)] * free)
    return answer.x if answer.status == 0 else None
