"""The hand-built pointer: exact at every address, against the memory that makes each address hardest."""

import itertools
import math

import pytest
import torch

from deref.constructions.pointer import columns, pointer
from deref.sections.ch06.layers.handmade import hardest


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
    assert (answer_flat(model, task, hardest(task, addresses, bit), addresses) == bit).all()


def test_what_a_cell_gathers_is_never_read():
    model, task = pointer(1000)
    at, state = columns(task.A), model.state_dict()
    for name in ("layers.1.k.weight", "layers.1.v.weight"):
        assert not state[name][0, at["gathered"]].any()
        assert state[name][0].any()


@pytest.mark.parametrize("M", [1000, 1024])
def test_exact_at_a_thousand_cells_run_whole(M):
    model, task = pointer(M)
    addresses = torch.tensor([0, 1, 511, 512, M - 1])
    for bit in (0, 1):
        assert (answer_flat(model, task, hardest(task, addresses, bit), addresses) == bit).all()


@pytest.mark.parametrize("A", [6, 7])
def test_a_softer_pointer_fails_below_the_threshold_of_the_docstring(A):
    threshold = -math.log(2 ** (1 / A) - 1)  # where (1 + e^-sharpness)^A - 1 = 1
    assert abs(threshold - math.log(1.44 * A)) < 0.1
    for bit, (step, right) in itertools.product((0, 1), [(0.3, True), (-0.3, False)]):
        model, task = pointer(2**A, sharpness=threshold + step)
        addresses = torch.arange(task.M)
        answers = answer_flat(model, task, hardest(task, addresses, bit), addresses)
        assert ((answers == bit) == right).all()


def test_impossible_pointers_are_refused():
    with pytest.raises(ValueError, match=r"at least 2, got 1"):
        pointer(1)
    for sharpness in (0.0, -1.0, math.nan):
        with pytest.raises(ValueError, match="expected a sharpness above 0, got"):
            pointer(8, sharpness=sharpness)
