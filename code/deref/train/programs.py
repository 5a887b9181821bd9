"""Programs that a model of the pointer task can be trained to follow, as causal models: what each head does, and where.

A model of two attention layers has four kinds of places, one of each for every head and node:

    asks      layer 1, what a head asks for at a node: its query
    shows     layer 1, what a node shows a head: its key and value
    writes    layer 1, what a head has fetched at a node
    offers    layer 2, what a node shows a head: its key and value

A program says which places hold a variable, such as an address bit or a cell. All other places hold nothing, so that it
makes no difference what stands there. With that it answers every question of the form: if these places of a run held
what they hold in the run of a donor, another sequence, what would the answer be?

    fetch    Gather, then fetch: head a of layer 1 brings address bit a to the readout; head 0 of layer 2 fetches the
             addressed cell. A cell stays where it is until the address is known.
    carry    Carry, then select, of four cells: at the token of the first address bit, head c of layer 1 fetches the
             cell whose number has that bit first and c last; head c of layer 2 fetches it from there, if c is the last
             address bit. Both cells are carried before that bit is known.

In both the same tokens have the same answer; which edges of attention it comes along differs.
"""

from collections.abc import Callable
from typing import NamedTuple

import torch
from jaxtyping import Bool, Int
from torch import Tensor

from deref.tasks.pointer import PointerTask


class Swaps(NamedTuple):
    """Which places hold what they hold in the donor's run, each (..., head, node).

    Args:
        asks: queries of layer 1.
        shows: keys and values of layer 1.
        writes: what heads of layer 1 have fetched.
        offers: keys and values of layer 2.
    """

    asks: Bool[Tensor, "*batch head node"]
    shows: Bool[Tensor, "*batch head node"]
    writes: Bool[Tensor, "*batch head node"]
    offers: Bool[Tensor, "*batch head node"]


Program = Callable[[PointerTask, Tensor, Tensor, Swaps], Tensor]


def fetch(task: PointerTask, base: Int[Tensor, "*batch node"], donor: Int[Tensor, "*batch node"],
          swaps: Swaps) -> Int[Tensor, "*batch"]:
    """The answer of "gather, then fetch" once some places hold what they hold in a donor's run.

    Args:
        task: the pointer task, with as many cells as 2 to the power of its address bits.
        base: sequences, memory then address.
        donor: a donor for each.
        swaps: the places.
    """
    head = torch.arange(task.A, device=base.device)
    bit = task.M + head
    swapped = swaps.shows[..., head, bit] | swaps.writes[..., head, -1]
    bits = torch.where(swapped, donor[..., bit], base[..., bit])
    cells = torch.where(swaps.offers[..., 0, : task.M], donor[..., : task.M], base[..., : task.M])
    return _at(cells, (bits << head.flip(0)).sum(-1))


def carry(task: PointerTask, base: Int[Tensor, "*batch node"], donor: Int[Tensor, "*batch node"],
          swaps: Swaps) -> Int[Tensor, "*batch"]:
    """The answer of "carry, then select" once some places hold what they hold in a donor's run.

    Args:
        task: the pointer task of four cells.
        base: sequences, memory then address.
        donor: a donor for each.
        swaps: the places.
    """
    where, head, cell = task.M, torch.arange(2, device=base.device), torch.arange(4, device=base.device)
    first = torch.where(swaps.asks[..., :2, where], donor[..., where, None], base[..., where, None])
    shown = torch.where(swaps.shows[..., cell % 2, cell], donor[..., :4], base[..., :4])
    own = shown.gather(-1, 2 * first + head)
    donors = donor[..., :4].gather(-1, 2 * donor[..., where, None] + head)
    carried = torch.where((swaps.writes | swaps.offers)[..., :2, where], donors, own)
    return _at(carried, base[..., -1])


def _at(values: Tensor, place: Tensor) -> Tensor:
    return values.gather(-1, place[..., None])[..., 0]


PROGRAMS: dict[str, Program] = {"fetch": fetch, "carry": carry}
