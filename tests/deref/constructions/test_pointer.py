"""The hand-built pointer: exact at every address, against the memory that makes each address hardest."""

import itertools
import math

import pytest
import torch

from deref.constructions.pointer import columns, pointer
from deref.probes.base.node_run import node_run
from deref.tasks.pointer import PointerTask


def worst_memories(task: PointerTask, addresses: torch.Tensor, bit: int) -> torch.Tensor:
    """For each address the memory in which its cell holds the bit, and every other cell the other bit."""
    memory = torch.full((len(addresses), task.M), 1 - bit)
    memory[torch.arange(len(addresses)), addresses] = bit
    return memory


def answer_flat(model, task, memory, addresses):
    with torch.no_grad():
        return model(task.tokens(memory, addresses), task.layout("flat"))[0, :, 0].argmax(-1)


@pytest.mark.parametrize("M", [2, 3, 5, 8])
def test_exact_on_every_input(M):
    model, task = pointer(M)
    memory = torch.tensor(list(itertools.product([0, 1], repeat=M)))
    with torch.no_grad():
        answers = model(task.trie_tokens(memory), task.layout("trie"))[0].argmax(-1)
    assert torch.equal(answers, memory)


@pytest.mark.parametrize("M", [2, 7, 12, 31, 32, 33, 100, 128])
@pytest.mark.parametrize("bit", [0, 1])
def test_exact_at_every_address_against_its_worst_memory(M, bit):
    model, task = pointer(M)
    addresses = torch.arange(M)
    assert (answer_flat(model, task, worst_memories(task, addresses, bit), addresses) == bit).all()


def test_what_a_cell_gathers_is_never_read():
    model, task = pointer(1000)
    at, state = columns(task.A), model.state_dict()
    for name in ("layers.1.k.weight", "layers.1.v.weight"):
        assert not state[name][0, at["gathered"]].any()
        assert state[name][0].any()


@pytest.mark.parametrize(("M", "bit"), [(1024, 0), (1024, 1)])
def test_exact_at_a_thousand_cells(M, bit):
    """Every address against its worst memory, running the address tokens alone.

    What enters layer two at a cell depends on other cells only through what it gathered, which the test above shows is
    never read. So keys and values of the two constant memories, mixed, are those of any memory.
    """
    model, task = pointer(M)
    assert (model.config.layers, model.config.width, model.config.mlp) == (2, 32, 0)
    layout = task.layout("flat")
    constant = torch.tensor([[1 - bit], [bit]]).expand(-1, M)
    run = node_run(model, task.tokens(constant, torch.tensor([0, 0])), layout)
    for addresses in torch.arange(M).split(16):
        memory = worst_memories(task, addresses, bit)
        holds = (memory == bit)[None, ..., None]
        with torch.no_grad():
            resid = model.embed(task.tokens(memory, addresses), layout)[:, :, M:]
            for block, stream in zip(model.layers, run.entering, strict=True):
                q, k, v = block.project(resid)
                k, v = (torch.cat([torch.where(holds, x[:, 1:, :M], x[:, :1, :M]), y], dim=2)
                        for x, y in ((stream.k, k), (stream.v, v)))
                resid = block.finish(resid, q, k, v, layout.mask[M:])
            answers = model.unembed(resid)[0, :, -1].argmax(-1)
        assert (answers == bit).all()


@pytest.mark.parametrize("M", [1000, 1024])
def test_exact_at_a_thousand_cells_run_whole(M):
    model, task = pointer(M)
    addresses = torch.tensor([0, 1, 511, 512, M - 1])
    for bit in (0, 1):
        assert (answer_flat(model, task, worst_memories(task, addresses, bit), addresses) == bit).all()


@pytest.mark.parametrize("A", [6, 7])
def test_a_softer_pointer_fails_below_the_threshold_of_the_docstring(A):
    threshold = -math.log(2 ** (1 / A) - 1)  # where (1 + e^-sharpness)^A - 1 = 1
    assert abs(threshold - math.log(1.44 * A)) < 0.1
    for bit, (step, right) in itertools.product((0, 1), [(0.3, True), (-0.3, False)]):
        model, task = pointer(2**A, sharpness=threshold + step)
        addresses = torch.arange(task.M)
        answers = answer_flat(model, task, worst_memories(task, addresses, bit), addresses)
        assert ((answers == bit) == right).all()


def test_impossible_pointers_are_refused():
    with pytest.raises(ValueError, match=r"at least 2, got 1"):
        pointer(1)
    for sharpness in (0.0, -1.0, math.nan):
        with pytest.raises(ValueError, match="expected a sharpness above 0, got"):
            pointer(8, sharpness=sharpness)
