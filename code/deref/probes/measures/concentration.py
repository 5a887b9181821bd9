"""Concentration: over how many parts an effect is spread, how selective attention is, and which head serves an address.

Small measures on what other probes return; none of them runs a model.
"""

import torch
from jaxtyping import Bool, Float
from torch import Tensor

from deref.tasks.pointer import PointerTask


def participation(effects: Float[Tensor, "*rows part"]) -> Float[Tensor, "*rows"]:
    """Count over how many parts an effect is spread: the participation ratio, (sum of e)^2 / sum of e^2.

    One part that does everything gives 1, n equal parts give n. Parts with no effect, or with a negative one, count as
    0; where no part has an effect the ratio is 0.

    Args:
        effects: what is lost without each part, or moved by it.

    Returns:
        The effective number of parts, 0 to the number of parts.
    """
    e = effects.clamp(min=0)
    squares = e.square().sum(-1)
    return torch.where(squares > 0, e.sum(-1).square() / squares.clamp(min=torch.finfo(e.dtype).tiny), 0)


def lift(pattern: Float[Tensor, "*rows address position"], task: PointerTask) -> Float[Tensor, "*rows"]:
    """Measure how much more weight a cell gets when it is asked for than when another is.

    A head that looks at the same cells whatever the address has lift 1, however sharp its map is. A readout that uses
    j address bits of a memory of 2^A cells, and nothing else, reaches about 2^j.

    Args:
        pattern: the readout's mean weight on every position, a row for each address.
        task: the pointer task.

    Returns:
        Mean weight on the addressed cell, divided by the mean weight on a cell that is not addressed.
    """
    cells = pattern[..., : task.M].double()
    own = cells.diagonal(dim1=-2, dim2=-1).sum(-1)
    others = (cells.sum((-2, -1)) - own) / (task.M * (task.M - 1))
    return own / task.M / others.clamp(min=torch.finfo(torch.float64).tiny)


def broken(right: Float[Tensor, "*rows head address"], bar: float = 0.9) -> Bool[Tensor, "*rows head address"]:
    """Tell which addresses break without which head.

    Args:
        right: the share of right answers without each head, by address.
        bar: below which an address counts as broken.

    Returns:
        True where it is.
    """
    return right < bar


def owned(sets: Bool[Tensor, "*rows head address"]) -> Float[Tensor, "*rows"]:
    """Measure how nearly sets of addresses, one a head, partition the address space.

    Args:
        sets: which addresses belong to each head.

    Returns:
        The share of addresses that belong to exactly one head: 1 for a partition.
    """
    return (sets.sum(-2) == 1).double().mean(-1)


def partitions(
    sets: Bool[Tensor, "*rows head address"], least: float = 0.75, most: float = 0.75
) -> Bool[Tensor, "*rows"]:
    """Tell whether sets of addresses come near to a partition with more than one part.

    Args:
        sets: which addresses belong to each head.
        least: the share of addresses that must belong to exactly one head.
        most: the share of addresses that no head's set may exceed; a head that has them all shares them with nobody.

    Returns:
        True where they do.
    """
    return (owned(sets) >= least) & (sets.double().mean(-1).amax(-1) <= most)


def refines(
    lifts: Float[Tensor, "seed layer"], arrived: Float[Tensor, "seed row"], *, begun: float = 2.0, part: float = 0.1
) -> Bool[Tensor, "seed"]:
    """Tell whether a layer refines a lookup that an earlier layer begins.

    Args:
        lifts: of the readout's map in each layer, see `lift`.
        arrived: how much of the flipped bit is recovered at the readout, row 0 at the embedding, row i after layer i.
        begun: the lift from which a layer looks for the cell, and the factor by which a later one must sharpen it.
        part: of the bit that both layers must move.

    Returns:
        True where some layer before the last has a lift of at least `begun` and leaves `part` to 1 - `part` of the bit
        at the readout, and a later one has `begun` times that lift and moves at least another `part`.
    """
    found = torch.zeros(len(lifts), dtype=torch.bool)
    for early in range(lifts.shape[1] - 1):
        here = arrived[:, early + 1]
        starts = (lifts[:, early] >= begun) & (here >= part) & (here <= 1 - part)
        for late in range(early + 1, lifts.shape[1]):
            sharper = lifts[:, late] >= begun * lifts[:, early]
            found |= starts & sharper & (arrived[:, late + 1] - arrived[:, late] >= part)
    return found
