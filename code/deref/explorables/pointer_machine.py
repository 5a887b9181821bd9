"""The pointer machine: trained models of the book, to be given a memory and an address, and to be cut."""

from copy import deepcopy
from dataclasses import replace
from typing import Any

import torch
from torch import Tensor

from deref.explorables.choices import Choice, stuck, three_layers, usual
from deref.explorables.cuts import cut_cases
from deref.explorables.numbers import numbers
from deref.figures.machine import readout_flow
from deref.figures.maps import columns
from deref.figures.style import subplots
from deref.probes.base.memories import probe_memories
from deref.sections.ch06.layers.layers import one
from deref.sections.shared.models import ShownMember, large_32, legible_8
from evidence.results.explorable import Explorable
from evidence.unavailable import Absent

START = {8: ((0, 1, 1, 0, 1, 0, 0, 1), 5), 32: ((0, 1, 1, 0, 1, 0, 0, 1) * 4, 20)}
"""The memory and the address that models begin with, by their number of cells."""
_CASES = 3


def pointer_machine() -> Explorable:
    """Export `legible-8` and, to be fetched on demand, further models, with what each answers to a few questions."""
    chosen, absent = [usual(legible_8), stuck(legible_8), usual(one), usual(large_32)], []
    try:
        chosen.append(three_layers())
    except Absent as reason:
        absent.append({"title": "Model X, of three layers and 32 cells", "why": str(reason)})
    members = [choice.member for choice in chosen]
    # As the page computes: 32 bits lose the fourth digit where a cut leaves a pattern in the balance.
    precise = [replace(member, model=deepcopy(member.model).double()) for member in members]
    packed = {choice.member.name: _export(choice) for choice in chosen}
    figure, table = _drawing(members[0])
    return Explorable(
        module="pointer-machine", data={"models": [told for told, _ in packed.values()], "absent": absent},
        figure=figure, table=table,
        references={member.name: [_case(member, *question) for question in _questions(member)] for member in precise}
        | {"cuts": {member.name: _cuts(member) for member in precise}},
        weights={name: content for name, (_, content) in packed.items()},
        late=frozenset(packed) - {legible_8.name})


def _export(choice: Choice) -> tuple[dict[str, Any], bytes]:
    memory, address = START[choice.member.task.M]
    return choice.export(memory=list(memory), address=address)


def _cuts(member: ShownMember) -> list[dict[str, Any]]:
    """What cuts make of the first question."""
    memory, address = START[member.task.M]
    return cut_cases(member, torch.tensor(memory), address)


def _questions(member: ShownMember) -> list[tuple[Tensor, int]]:
    """The first question, and some from the memories that probes run on."""
    memories = probe_memories(member.task)
    step = len(memories) // _CASES
    memory, address = START[member.task.M]
    return [(torch.tensor(memory), address),
            *((memories[i * step + step // 2], (5 * i + 3) % member.task.M) for i in range(_CASES))]


@torch.no_grad()
def _case(member: ShownMember, memory: Tensor, address: int) -> dict[str, Any]:
    """What PyTorch computes for one question: logits, the readout's patterns (layer, head, position), and flips.

    A flip is the logits after one cell of memory has been flipped, cells in order.
    """
    task, flips = member.task, memory ^ torch.eye(member.task.M, dtype=torch.long)
    tokens = task.tokens(torch.cat([memory[None], flips]), torch.full((task.M + 1,), address))
    found = member.model.read(tokens, task.layout("flat"), sites=["pattern"])
    logits = found.logits[0, :, 0]
    return {"memory": memory.tolist(), "address": address, "logits": numbers(logits[0]), "flips": numbers(logits[1:]),
            "pattern": numbers(found.pattern[:, 0, 0, :, -1])}


def _drawing(member: ShownMember) -> tuple[Any, dict[str, list]]:
    """The first question put to the small model: where the readout looks, layer by layer."""
    task, (memory, address) = member.task, START[member.task.M]
    case = _case(member, torch.tensor(memory), address)
    pattern, tokens = torch.tensor(case["pattern"])[:, 0].numpy(), task.tokens(
        torch.tensor([memory]), torch.tensor([address]))[0].tolist()
    figure, axes = subplots(height=3.2)
    readout_flow(axes, tokens, pattern, cells=task.M, answer=int(torch.tensor(case["logits"]).argmax()))
    names = [f"cell {i}" for i in range(task.M)] + [f"address bit {i}" for i in range(task.A)]
    return figure, columns("weight", pattern, layer=[1, 2], position=names)
