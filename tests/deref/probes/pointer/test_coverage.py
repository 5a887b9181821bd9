"""Attention maps: coverage, mass on the address, mean patterns, and the accuracy that goes with them."""

import pytest
import torch
from random_models import SHAPES, memories, random_model

from deref.constructions.pointer import pointer
from deref.model.transformer import Transformer
from deref.probes.base.answers import accuracy, answers
from deref.probes.base.batches import batches
from deref.probes.pointer.coverage import Coverage, attention_coverage, mean_pattern
from deref.tasks.pointer import PointerTask


@pytest.mark.parametrize("M", [3, 8, 13])
def test_the_hand_built_pointer_covers_every_address(M):
    model, task = pointer(M)
    found = attention_coverage(model, task, memories(task, 4))
    assert found.coverage.tolist() == [M]
    assert (found.best > 0.999).all()
    assert (found.best_head == 0).all()
    assert torch.allclose(found.address_mass, torch.ones(1, task.A), atol=1e-5)


def test_a_blunt_pointer_covers_nothing():
    model, task = pointer(16, sharpness=0.1)
    assert attention_coverage(model, task, memories(task, 4)).coverage.tolist() == [0]


def test_what_is_seen_counts_every_layer_after_the_first():
    """A cell that gets its weight in layer 2 of three is seen there and not covered; layer 1 is not read."""
    task = PointerTask(M=4)
    pattern = torch.full((3, 1, 2, 4, task.T), 1 / task.T)
    pattern[0, 0, 0, 0, 0] = pattern[1, 0, 1, 1, 1] = pattern[2, 0, 0, 2, 2] = 0.51
    found = Coverage(task=task, pattern=pattern)
    assert found.seen.tolist() == [[False, True, True, False]]
    assert found.covered.tolist() == [[False, False, True, False]]


@pytest.mark.parametrize("shape", ["two layers", "three layers", "sinusoidal"])
def test_in_two_layers_what_is_seen_is_what_is_covered(shape):
    task = PointerTask(M=5)
    found = attention_coverage(random_model(task, **SHAPES[shape]), task, memories(task, 3))
    assert (found.seen | ~found.covered).all()
    assert len(found.pattern) != 2 or torch.equal(found.seen, found.covered)


def test_patterns_are_those_of_the_flat_form():
    task = PointerTask(M=5)
    model, memory = random_model(task, **SHAPES["sinusoidal"]), memories(task, 3)
    found = attention_coverage(model, task, memory)
    for address in range(task.M):
        tokens = task.tokens(memory, torch.full((3,), address))
        pattern = model.read(tokens, task.layout("flat"), ["pattern"]).pattern[..., -1, :].mean(2)
        assert torch.allclose(found.pattern[:, :, :, address], pattern, atol=1e-12)
        assert torch.allclose(found.weight[..., address], pattern[-1, ..., address], atol=1e-12)
        assert torch.allclose(found.best[:, address], pattern[-1, ..., address].amax(1), atol=1e-12)
    assert torch.allclose(found.address_mass, found.pattern[0, ..., 5:].sum(-1).mean(-1))


def test_mean_patterns_are_means_of_patterns():
    task = PointerTask(M=4)
    model, layout = random_model(task, **SHAPES["sinusoidal"]), task.layout("trie")
    tokens = task.trie_tokens(memories(task, 6))
    found = mean_pattern(model, tokens, layout)
    assert torch.allclose(found, model.read(tokens, layout, ["pattern"]).pattern.mean(2), atol=1e-12)
    assert torch.allclose(found.sum(-1), torch.ones(()).double())


def test_accuracy_counts_right_answers():
    model, task = pointer(6)
    memory = memories(task, 10)
    assert torch.equal(answers(model, task, memory)[0], memory)
    assert accuracy(model, task, memory).tolist() == [1.0]
    state = {**model.state_dict(), "unembedding.weight": -model.unembedding.weight.detach()}
    liar = Transformer.from_state(model.config, model.seeds, state)
    assert accuracy(liar, task, memory).tolist() == [0.0]


def test_batches_cover_everything_once_in_order():
    model = random_model(PointerTask(M=4), **SHAPES["two layers"])
    for count, nodes, patterns in ((0, 10, False), (1, 10, False), (100_000, 10, False), (50, 500, True)):
        cut = list(batches(model, count, nodes, patterns=patterns))
        assert [i for batch in cut for i in range(count)[batch]] == list(range(count))
        assert all(batch.stop > batch.start for batch in cut)
    assert len(list(batches(model, 50, 500, patterns=True))) > len(list(batches(model, 50, 500)))
    assert len(list(batches(model, 3, 10**9))) == 3


def test_no_memories_are_refused():
    model, task = pointer(4)
    with pytest.raises(ValueError, match="expected at least one sequence, got none"):
        attention_coverage(model, task, memories(task, 0))
    with pytest.raises(ValueError, match="expected memories of M = 4 cells, got 5"):
        accuracy(model, task, torch.zeros(2, 5, dtype=torch.long))
