"""Flips of address bits and of many cells at once: exact on the hand-built pointer, plain runs on any model."""

import pytest
import torch
from random_models import SHAPES, memories, random_model

from deref.constructions.pointer import columns, pointer
from deref.model.transformer import Transformer
from deref.probes.base.answers import answers
from deref.probes.pointer.address_flips import flip_address
from deref.probes.pointer.set_flips import flip_sets
from deref.tasks.pointer import PointerTask


def draw(task, model, count=8, sizes=(1, 3), draws=4, seed=0):
    return flip_sets(model, task, memories(task, count), sizes=sizes, draws=draws,
                     generator=torch.Generator().manual_seed(seed))


@pytest.mark.parametrize("M", [2, 5, 8, 12])
def test_the_hand_built_pointer_follows_the_address(M):
    model, task = pointer(M)
    found = flip_address(model, task, memories(task, 30))
    assert (found.changed_rate() == 1).all() and (found.strayed_rate() == 0).all()
    assert found.made.sum() == sum((a ^ (1 << bit)) < M for a in range(M) for bit in range(task.A))
    assert (found.must_change.sum() + found.must_stay.sum()) == 30 * found.made.sum()


def test_address_flips_are_the_answers_to_flipped_tokens():
    task = PointerTask(M=6)
    model, memory = random_model(task, **SHAPES["two layers"]), memories(task, 4)
    found = flip_address(model, task, memory)
    assert found.named.tolist()[5] == [1, -1, 4]
    for address in range(6):
        for bit in range(3):
            if found.named[address, bit] < 0:
                assert (found.after[:, :, address, bit] == -1).all()
                continue
            tokens = task.tokens(memory, torch.full((4,), address))
            tokens[:, task.M + bit] ^= 1
            after = model(tokens, task.layout("flat")).argmax(-1)[..., 0]
            assert torch.equal(found.after[:, :, address, bit], after)
    changed = (found.after != found.answers[..., None]) & found.must_change
    share = changed[..., 0].double().sum((1, 2)) / found.must_change[..., 0].sum()
    assert torch.allclose(found.changed_rate()[:, 0], share)


def test_a_model_that_ignores_an_address_bit_follows_the_others_alone():
    """With its first gathering head saying 1 whatever it sees, the pointer reads the upper half of its memory alone."""
    model, task = pointer(4)
    state = {name: value.detach().clone() for name, value in model.state_dict().items()}
    state["layers.0.o.weight"][:, : task.A] = 0
    state["layers.0.o.bias"][:, columns(task.A)["gathered"].start] = 1
    memory = memories(task, 40)
    found = flip_address(Transformer.from_state(model.config, model.seeds, state), task, memory)
    assert torch.equal(found.answers[0], memory[:, [2, 3, 2, 3]])
    assert found.changed_rate()[0, 0] == 0 and found.strayed_rate()[0, 0] == 0
    assert 0 < found.strayed_rate()[0, 1] < found.changed_rate()[0, 1] < 1


@pytest.mark.parametrize("M", [2, 5, 12])
def test_sets_change_the_pointers_answers_inside_and_never_outside(M):
    model, task = pointer(M)
    found = draw(task, model, sizes=(1, 2, M))
    assert torch.equal(found.changed[0], found.flipped)
    assert (found.inside_rate() == 1).all()
    assert (found.outside_rate()[..., : 2 if M > 2 else 1] == 0).all() and found.outside_rate()[..., 2].isnan().all()
    assert (found.flipped.sum(-1) == torch.tensor([1, 2, M])[:, None]).all()


def test_sets_equal_plain_runs():
    task = PointerTask(M=6)
    model, memory = random_model(task, **SHAPES["two layers"]), memories(task, 8)
    found = draw(task, model)
    before = answers(model, task, memory)
    assert found.changed.any() and not found.changed.all()
    for size in range(2):
        for turn in range(4):
            after = answers(model, task, memory ^ found.flipped[:, size, turn])
            assert torch.equal(found.changed[:, :, size, turn], after != before)


def test_sets_are_the_generators_and_all_cells_get_their_turn():
    model, task = pointer(5)
    found = draw(task, model, count=60, sizes=(2,), draws=10)
    assert torch.equal(found.flipped, draw(task, model, count=60, sizes=(2,), draws=10).flipped)
    assert not torch.equal(found.flipped, draw(task, model, count=60, sizes=(2,), draws=10, seed=1).flipped)
    share = found.flipped.double().mean((0, 1, 2))
    assert (share - 0.4).abs().max() < 0.06


def test_impossible_questions_are_refused():
    model, task = pointer(5)
    with pytest.raises(ValueError, match="expected at least one memory, got none"):
        flip_address(model, task, memories(task, 0))
    with pytest.raises(ValueError, match="expected at least one memory, got none"):
        draw(task, model, count=0)
    with pytest.raises(ValueError, match=r"expected sizes from 1 to 5, got \[0, 6\]"):
        draw(task, model, sizes=(0, 2, 6))
    with pytest.raises(ValueError, match="expected sizes from 1 to 5, got none"):
        draw(task, model, sizes=())
    with pytest.raises(ValueError, match="expected at least 1 draw, got 0"):
        draw(task, model, draws=0)
