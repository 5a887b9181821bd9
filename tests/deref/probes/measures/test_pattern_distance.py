"""Heads beside one another, on the hand-written pointer, where every head's work is known."""

import pytest
import torch
from draws import every_memory
from random_models import SHAPES, memories, random_model

from deref.constructions.pointer import pointer
from deref.probes.base.answers import accuracy
from deref.probes.interventions.mean_ablation import Ablation
from deref.probes.measures.pattern_distance import pattern_distance
from deref.sections.shared.partial_address_accuracy import rung
from deref.tasks.pointer import PointerTask


def off(model, *heads):
    """A choice of heads, (layer, head), for every seed."""
    chosen = torch.zeros(model.config.layers, len(model.seeds), model.config.heads, dtype=torch.bool)
    for layer, head in heads:
        chosen[layer, :, head] = True
    return chosen


def test_gathering_heads_look_at_different_places_and_idle_heads_alike():
    model, task = pointer(8)
    found = pattern_distance(model, task, memories(task, 4))
    apart = 1 - torch.eye(3)
    assert torch.allclose(found[0, 0], apart, atol=1e-6)  # each head of layer 1 has an address bit of its own
    assert found[1, 0, 1, 2].item() == pytest.approx(0, abs=1e-6)  # heads 1 and 2 of layer 2 do nothing
    assert 0.85 < found[1, 0, 0, 1].item() < 1  # head 0 looks at one cell of eleven positions, they at all


def test_distances_are_symmetric_and_at_most_one():
    task = PointerTask(M=5)
    model = random_model(task, **SHAPES["sinusoidal"])
    found = pattern_distance(model, task, memories(task, 3))
    assert torch.allclose(found, found.mT)
    assert (found.diagonal(dim1=2, dim2=3) == 0).all()
    assert 0 < found.max() <= 1


def test_ablating_nothing_is_the_identity():
    task = PointerTask(M=5)
    model, memory = random_model(task, **SHAPES["three layers"]), memories(task, 6)
    found = Ablation.on(model, task, memory).accuracy(off(model))
    assert torch.equal(found, accuracy(model, task, memory))


def test_without_a_gathering_head_its_bit_is_unknown():
    """A gathered bit that is always the mean, 0, makes two cells match equally: the answer is right or a coin's."""
    model, task = pointer(4)
    ablation = Ablation.on(model, task, every_memory(4))
    each = ablation.each()
    for bit in range(task.A):
        assert each[0, 0, bit].item() == pytest.approx(rung(task, tuple({0, 1} - {bit})), abs=0.05)
    assert each[1, 0].tolist() == [0.5, 1.0]
    assert ablation.accuracy(off(model, (0, 0), (0, 1), (1, 0))).tolist() == [0.5]


def test_seeds_do_without_heads_of_their_own():
    task = PointerTask(M=4)
    model, memory = random_model(task, **SHAPES["sinusoidal"]), memories(task, 8)
    ablation = Ablation.on(model, task, memory)
    chosen = off(model)
    chosen[0, 0, 1] = chosen[1, 2, 0] = True
    found, each = ablation.accuracy(chosen), ablation.each()
    assert found.tolist() == [each[0, 0, 1].item(), accuracy(model, task, memory)[1].item(), each[1, 2, 0].item()]


def test_what_a_head_gives_on_average_knows_no_address():
    task = PointerTask(M=4)
    model = random_model(task, **SHAPES["sinusoidal"])
    layout = task.layout("trie")
    means = Ablation.on(model, task, memories(task, 5)).means
    for position in range(task.M, task.T):
        rows = means[..., layout.positions == position, :]
        assert torch.allclose(rows, rows[..., :1, :].expand_as(rows))
