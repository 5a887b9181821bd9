"""Circuits that a compiler wrote: prompts for programs compiled by Tracr, and the edges that carry each answer.

What is true of an edge is what it is for `circuits`. BOS stands in every prompt and is never changed, so that edges
from it carry no content, whatever weight they have and whatever the program counts by it.
"""

from collections.abc import Callable

import torch
from torch import Generator, Tensor

from deref.constructions.compiled import LENGTH, around, compiled
from deref.probes.interventions.edge_runs import HeadEdge
from deref.sections.ch07.calibration.circuits import PROMPTS, Circuit, one_changed, paired, some

QUESTIONS = 2  # of a draw, half of what draws by hand have: these models are deep, and every edge is one more run


def reverse_circuit(generator: Generator) -> Circuit:
    """Four to six letters in reverse order, read at one place: one edge, of the last layer."""
    program, (length, readout) = compiled("reverse"), _place(generator)
    letters = torch.randint(program.symbols, (QUESTIONS * PROMPTS, length), generator=generator)
    changed = (letters + torch.randint(1, program.symbols, letters.shape, generator=generator)) % program.symbols
    clean, changed = (_behind_bos(rows, program.symbols) for rows in (letters, changed))
    return paired(program.model, around(length, readout), clean, changed, one_changed(clean, changed),
                  [reverse_edges(length, readout)], generator)


def reverse_edges(length: int, readout: int) -> list[HeadEdge]:
    """The true edges of `reverse`: the length, which layer 1 counts, is the same in all prompts."""
    return [HeadEdge(readout, length + 1 - readout, 3, 0)]


def sort_circuit(generator: Generator) -> Circuit:
    """Four to six numbers in order, read at one place; another number is one that the prompt does not have."""
    program, (length, readout) = compiled("sort"), _place(generator)
    order = torch.rand(QUESTIONS * PROMPTS, program.symbols, generator=generator).argsort(1)
    clean, unused = _behind_bos(order[:, :length], program.symbols), order[:, length:]
    alternatives = torch.cat([one_changed(clean, _behind_bos(one[:, None].expand(-1, length), program.symbols))
                              for one in unused.T], dim=1)
    changed = _behind_bos(unused[:, :1].expand(-1, length), program.symbols)
    return paired(program.model, around(length, readout), clean, changed, alternatives,
                  [sort_edges(length, readout)], generator)


def sort_edges(length: int, readout: int) -> list[HeadEdge]:
    """The true edges of `sort`: every number is compared with every one, and any of them can belong to the place."""
    places = range(1, length + 1)
    return [*(HeadEdge(query, key, 0, 0) for query in places for key in places),
            *(HeadEdge(readout, key, 1, 0) for key in places)]


def hops_circuit(generator: Generator) -> Circuit:
    """Four to six places, each with the number of one; the question is which place the readout names, not its own."""
    program, (length, readout) = compiled("hops"), _place(generator)
    named = [place for place in some(length, length, generator) if place != readout - 1][:QUESTIONS]
    numbers = torch.randint(length, (len(named) * PROMPTS, length), generator=generator)
    numbers[:, readout - 1] = torch.tensor(named).repeat_interleave(PROMPTS)
    others = [_behind_bos((numbers + by) % length, program.symbols) for by in range(1, length)]
    clean = _behind_bos(numbers, program.symbols)
    alternatives = torch.cat([one_changed(clean, other) for other in others], dim=1)
    which = torch.randint(len(others), clean.shape, generator=generator)
    changed = torch.stack(others).gather(0, which[None])[0]
    return paired(program.model, around(length, readout), clean, changed, alternatives,
                  [hops_edges(length, readout, place) for place in named], generator)


def hops_edges(length: int, readout: int, named: int) -> list[HeadEdge]:
    """The true edges of `hops` when the readout names a place: from there, and then from wherever that one leads."""
    return [HeadEdge(readout, named + 1, 0, 0), *(HeadEdge(readout, key, 1, 0) for key in range(1, length + 1))]


def _place(generator: Generator) -> tuple[int, int]:
    """A length, and the node at which the answer is read."""
    length = 4 + int(torch.randint(LENGTH - 3, (), generator=generator))
    return length, 1 + int(torch.randint(length, (), generator=generator))


def _behind_bos(rows: Tensor, bos: int) -> Tensor:
    return torch.nn.functional.pad(rows, (1, 0), value=bos)


PROGRAMS: dict[str, Callable[[Generator], Circuit]] = {
    "reverse": reverse_circuit, "sort": sort_circuit, "hops": hops_circuit}
NAMES = {"reverse": "reverse", "sort": "sort", "hops": "two hops"}
