"""The flip test: exact on the hand-built pointer, and equal to a plain loop on any model."""

import plain_probes
import pytest
import torch
from random_models import SHAPES, memories, random_model

from deref.constructions.pointer import pointer
from deref.model.transformer import Transformer
from deref.probes.pointer.flip import FlipTest, flip_test
from deref.tasks.pointer import PointerTask


@pytest.mark.parametrize("M", [2, 5, 8, 12])
def test_the_hand_built_pointer_follows_the_addressed_cell_and_no_other(M):
    model, task = pointer(M)
    result = flip_test(model, task, memories(task, 9))
    assert torch.equal(result.changed, torch.eye(M, dtype=torch.bool).expand(1, 9, M, M))
    assert (result.addressed_rate() == 1).all()
    assert (result.other_rate() == 0).all()
    assert result.correct.all()


@pytest.mark.parametrize("shape", SHAPES.values(), ids=SHAPES)
def test_equals_the_plain_loop(shape):
    task = PointerTask(M=6)
    model = random_model(task, **shape)
    result = flip_test(model, task, memories(task, 2))
    changed = plain_probes.flip_test(model, task, memories(task, 2))
    assert changed.any() and not changed.all()
    assert torch.equal(result.changed, changed)


def test_each_seed_is_tested_as_if_alone():
    task = PointerTask(M=5)
    model = random_model(task, seeds=(3, 4, 5), **SHAPES["two layers"])
    result = flip_test(model, task, memories(task, 6))
    for i in range(3):
        alone = flip_test(model.member(i), task, memories(task, 6))
        assert torch.equal(alone.changed[0], result.changed[i])
        assert torch.equal(alone.answers[0], result.answers[i])


def test_a_model_that_ignores_its_input_never_changes_its_answer():
    model, task = pointer(6)
    state = {**model.state_dict(), "unembedding.weight": torch.zeros_like(model.unembedding.weight)}
    deaf = Transformer.from_state(model.config, model.seeds, state)
    memory = memories(task, 20)
    result = flip_test(deaf, task, memory)
    assert not result.changed.any()
    assert torch.equal(result.correct[0], memory == result.answers[0, 0, 0])


def test_other_cells_split_into_earlier_and_later():
    M, address, cell = 4, torch.arange(4)[:, None], torch.arange(4)
    memory = torch.zeros(1, M, dtype=torch.long)
    for name, where in {"earlier": cell < address, "later": cell > address}.items():
        result = FlipTest(memories=memory, answers=memory[None], changed=where[None, None])
        opposite = {"earlier": "later", "later": "earlier"}[name]
        assert result.other(name).all() and result.other(name).shape == (1, 1, 6)
        assert not result.other(opposite).any()
        assert result.other_rate() == 0.5
        assert not result.addressed.any()


def test_impossible_questions_are_refused():
    model, task = pointer(5)
    with pytest.raises(ValueError, match="expected at least one memory"):
        flip_test(model, task, memories(task, 0))
    with pytest.raises(ValueError, match="expected memories of M = 5 cells, got 4"):
        flip_test(model, task, torch.zeros(2, 4, dtype=torch.long))
    result = flip_test(model, task, memories(task, 1))
    with pytest.raises(ValueError, match="expected cells to be one of all, earlier, later, got 'before'"):
        result.other("before")
