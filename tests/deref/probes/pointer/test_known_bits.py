"""Which bits a model goes by, on models whose bits are known because they were written by hand."""

import numpy as np
import pytest
import torch

from deref.constructions.pointer import pointer
from deref.probes.pointer.known_bits import candidates, identified, known_bits
from deref.sections.shared.partial_address_accuracy import rung
from deref.tasks.pointer import PointerTask


def test_candidates_are_the_cells_that_agree_in_the_known_bits():
    task = PointerTask(M=6)
    assert candidates(task, ()).all()
    assert candidates(task, (0, 1, 2)).tolist() == np.eye(6).tolist()
    assert candidates(task, (0,))[5].tolist() == [0, 0, 0, 0, 1, 1]
    assert candidates(task, (2,))[0].tolist() == [1, 0, 1, 0, 1, 0]


@pytest.mark.parametrize("size", [4, 6, 8])
def test_a_model_that_knows_every_bit_is_found_to_know_every_bit(size):
    model, task = pointer(size)
    memories = torch.randint(0, 2, (16, size), generator=torch.Generator().manual_seed(0))
    found = known_bits(model, task, memories)
    assert found.bits == (tuple(range(task.A)),)
    assert found.likeness[0] == pytest.approx(1)
    assert rung(task, found.bits[0]) == 1


def influence_of_a_majority(task, known):
    """How often each flip changes the majority of the cells that some bits leave; weights that differ by a little
    break the ties, now for one cell and now for another."""
    memories = torch.randint(0, 2, (512, task.M), generator=torch.Generator().manual_seed(1)).numpy()
    weights = candidates(task, known) * np.random.default_rng(0).uniform(0.95, 1.05, (task.M, task.M))

    def answers(memory):
        return (2 * memory - 1) @ weights.T > 0

    changed = [answers(memories ^ flip) != answers(memories) for flip in np.eye(task.M, dtype=int)]
    return np.stack(changed, axis=-1).mean(0)[None]


@pytest.mark.parametrize(("size", "known"), [(8, (0,)), (8, (1, 2)), (8, ()), (24, (0, 2, 3)), (24, (4,)), (16, (3,))])
def test_a_majority_of_what_some_bits_leave_is_recognised(size, known):
    task = PointerTask(M=size)
    found = identified(influence_of_a_majority(task, known), task)
    assert found.bits == (known,)
    assert found.likeness[0] > 0.7  # of two cells the heavier one decides alone: half a right angle


def test_a_model_that_no_flip_moves_is_like_nothing():
    assert identified(np.zeros((1, 8, 8)), PointerTask(M=8)).likeness[0] == 0
