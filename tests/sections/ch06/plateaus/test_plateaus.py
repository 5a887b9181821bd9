"""Rungs that votes stand on, and the time that a curve spends near them."""

import numpy as np
import pytest
import torch

from deref.sections.ch06.plateaus.plateaus import NEAR, dwelling, rungs_on
from deref.sections.shared.partial_address_accuracy import ladder
from deref.tasks.pointer import PointerTask


@pytest.mark.parametrize("cells", [3, 4, 6, 8])
def test_on_all_memories_a_vote_scores_the_rungs_of_the_ladder(cells):
    task = PointerTask(M=cells)
    every = torch.cartesian_prod(*[torch.arange(2)] * cells)
    expected = sorted({round(best, 9) for known, best in ladder(task) if len(known) < task.A} - {1.0})
    assert rungs_on(task, every) == pytest.approx(expected, rel=1e-8)


def test_time_near_rungs_is_counted_once_the_lowest_is_left_and_against_the_moved_curve():
    heights = np.array([0.6, 0.75])
    standing = np.array([0.6, 0.61, 0.75, 0.75, 0.74])
    time, chance = dwelling(standing, heights)
    assert time == 1
    moved = np.arange(-20, 21) * 0.005
    by_hand = [np.mean([any(abs(point + shift - height) < NEAR for height in heights) for point in standing[2:]])
               for shift in moved]
    assert chance == pytest.approx(np.mean(by_hand)) and chance < 0.3
    assert dwelling(np.array([0.6, 0.66, 0.66]), heights)[0] == 0
    assert dwelling(np.array([0.6, 0.61]), heights)[0] == 1  # never left: all of it counts
