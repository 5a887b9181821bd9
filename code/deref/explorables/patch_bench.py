"""The patch bench: two small models that solve one task in two ways, and a large one, to be patched by hand."""

from typing import Any

import torch
from torch import Tensor

from deref.experiment import Experiment
from deref.explorables.choices import choice_of, usual
from deref.explorables.numbers import numbers
from deref.figures.maps import columns, recovery_map
from deref.figures.style import subplots
from deref.probes.base.recovery import DIRECTIONS
from deref.probes.pointer.trace import CausalTrace, causal_trace
from deref.sections.ch07.trace.trace import CELL, ensemble
from deref.sections.shared.models import ShownMember, fetch, gather, large_32, shown
from deref.tasks.pointer import PointerTask
from evidence.results.explorable import Explorable

THRESHOLD = 1.0
START = ((0, 1, 1, 0, 1, 0, 0, 1), 4)
"""The memory and the address that the bench begins with."""
LARGE_START = ((0, 1, 1, 0, 1, 0, 0, 1) * 4, 20)
_OTHERS = (((1, 1, 0, 1, 0, 0, 1, 0), 1), ((0, 0, 0, 1, 0, 1, 1, 1), 6))


def patch_bench() -> Explorable:
    """Export one member of `fetch` and one of `gather`, with the whole trace of a few questions; and `large-32`.

    The large one is fetched only when it is chosen; the pointer machine shows the same one, so it is the same file.
    """
    small = [usual(fetch), choice_of(most_gathering(gather), gather.name, gather.run())]
    asked = {choice: (START, *_OTHERS) for choice in small} | {usual(large_32): (LARGE_START,)}
    packed = {choice.member.name: choice.export(memory=list(memory), address=address)
              for choice, ((memory, address), *_) in asked.items()}
    figure, table = _drawing([choice.member for choice in small])
    return Explorable(
        module="patch-bench", figure=figure, table=table,
        data={"models": [description for description, _ in packed.values()], "threshold": THRESHOLD},
        references={choice.member.name: [_case(choice.member, *question) for question in questions]
                    for choice, questions in asked.items()},
        weights={name: content for name, (_, content) in packed.items()}, late=frozenset({large_32.name}))


def most_gathering(chosen: Experiment) -> ShownMember:
    """Pick the member that solves the task and leaves least of the bit in its cell after layer 1.

    Highest coverage, the rule elsewhere, would pick the member that gathers least, and the bench is to show gathering.

    Args:
        chosen: an experiment on the pointer task, of which a seed solves it.
    """
    run, member = chosen.run(), shown(chosen)
    seeds, recovery, _ = ensemble(run)
    seed = seeds[int(recovery[:, 1, CELL].argmin())]
    index = run.seeds.index(seed)
    return ShownMember(name=member.name, task=member.task, model=run.model.member(index), seed=seed,
                       coverage=member.coverage, index=index)


def _traces(member: ShownMember, memory: tuple[int, ...]) -> dict[str, CausalTrace]:
    """The traces of every address of one memory, both ways."""
    return {way: causal_trace(member.model, member.task, torch.tensor([memory]), direction=way, threshold=THRESHOLD)
            for way in DIRECTIONS}


@torch.no_grad()
def _case(member: ShownMember, memory: tuple[int, ...], address: int) -> dict[str, Any]:
    """What PyTorch computes for one question: logits of both runs, and each direction's recovery (row, position)."""
    task, clean = member.task, torch.tensor(memory)
    corrupted = clean.clone()
    corrupted[address] ^= 1
    tokens = task.tokens(torch.stack([clean, corrupted]), torch.full((2,), address))
    logits = member.model(tokens, task.layout("flat"))[0, :, 0]
    recovery = {way: numbers(_kept(trace, address)) for way, trace in _traces(member, memory).items()}
    return {"memory": list(memory), "address": address, "clean": numbers(logits[0]), "corrupted": numbers(logits[1]),
            "recovery": recovery}


def _kept(trace: CausalTrace, address: int) -> Tensor:
    """The recovery at one address.

    Raises:
        ValueError: the flip hardly moves the answer there, so that recovery says nothing.
    """
    if not trace.kept[0, 0, address]:
        raise ValueError(f"expected a question whose answer the flip moves by more than {trace.threshold} in margin, "
                         f"got address {address}, with {trace.gap[0, 0, address]:.3f}")
    return trace.recovery[0, 0, address]


def _drawing(members: list[ShownMember]) -> tuple[Any, dict[str, list]]:
    """The recovery of every patch of the first question, clean into corrupted, a panel for each model."""
    memory, address = START
    task: PointerTask = members[0].task
    maps = torch.stack([_kept(_traces(member, memory)["denoise"], address) for member in members]).numpy()
    figure, axes = subplots(len(members), 1, sharex=True, height=3.4)
    for ax, member, recovery in zip(axes, members, maps, strict=True):
        image = recovery_map(ax, recovery, ("embedding", "layer 1", "layer 2"))
        ax.set_title(member.name)
    names = [f"cell {i}" for i in range(task.M)] + [f"address bit {i}" for i in range(task.A)]
    axes[-1].set_xticks(range(task.T), [*map(str, range(task.M)), *(f"a{i}" for i in range(task.A))])
    axes[-1].set_xlabel("patched position")
    figure.colorbar(image, ax=axes, label="recovery")
    return figure, columns("recovery", maps, model=[m.name for m in members],
                           row=["embedding", "after layer 1", "after layer 2"], position=names)
