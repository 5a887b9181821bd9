"""What counts as enough heads, and what the hand-written layer is asked."""

import pytest
import torch

from deref.sections.ch06.heads_buy_depth import heads_buy_depth as section
from deref.tasks.pointer import PointerTask


@pytest.mark.parametrize(("solved", "heads"), [
    ({1: 0, 2: 3, 3: 4, 4: 8}, 3), ({4: 8, 3: 4, 2: 3}, 3), ({1: 8, 2: 0}, 1), ({1: 0, 2: 3}, 0)])
def test_the_fewest_heads_are_those_with_which_half_of_the_seeds_solve(solved, heads):
    assert section.least(solved, dict.fromkeys(solved, 8)) == heads
    assert section.least({1: 8, 2: 8}, {1: 20, 2: 16}) == 2


def test_points_differ_in_heads_and_norm_alone():
    for (way, cells, heads), point in section.POINTS.items():
        model = point.config.model
        assert (model.layers, model.mlp, model.K, model.width) == (1, 0, 16, 64)
        assert (point.config.task.M, model.heads, model.final_norm) == (cells, heads, way == "norm")
        assert point.config.steps == section.STEPS[cells]
        assert len(point.seeds) >= 8


def test_hard_memories_have_one_cell_that_differs_from_all_others():
    assert len(section.worst(PointerTask(M=8))) == 256
    memories = section.worst(PointerTask(M=16), 10)
    assert memories.shape == (42, 16)
    assert torch.equal(memories[10:26].sum(1), torch.full((16,), 1))
    assert torch.equal(memories[26:].sum(1), torch.full((16,), 15))


def test_the_written_layer_answers_with_numbers_near_0_and_1():
    assert section.written(None).value == 1.0
    assert section.off_by(None).value < 0.05


def test_the_sweep_has_every_number_of_heads_and_the_points_of_a_build_as_they_are():
    from deref.sections.ch06.heads_buy_depth import heads_sweep

    shapes = {(one.config.task.M, one.config.model.heads, one.config.model.final_norm): one
              for one in heads_sweep.POINTS}
    assert len(shapes) == len(heads_sweep.POINTS) == 2 * (2 + 4 + 8 + 16)
    for point in section.POINTS.values():
        same = shapes[point.config.task.M, point.config.model.heads, point.config.model.final_norm]
        assert (same.config, same.seeds) == (point.config, point.seeds)
