"""Cards of models: their facts are those of the configurations, counted, and a map shows the largest weight."""

import torch

from deref.model.config import ModelConfig
from deref.sections.ch06.models.models import readout_map, sizes


def test_parameters_are_counted():
    shape = ModelConfig(length=11, layers=1, heads=1, width=4, final_norm=False, block_norm=False)
    *said, count = sizes(shape)
    assert said == ["1 layer", "1 head a layer", "width 4", "attention only", "learned positions"]
    # two tokens and eleven positions, four maps with their offsets, and two answers
    assert count == f"{2 * 4 + 11 * 4 + 4 * (4 * 4 + 4) + 4 * 2 + 2} parameters"


def test_an_mlp_and_the_number_of_heads_are_said():
    shape = ModelConfig(length=11, layers=2, heads=2, width=4, mlp=8, positions="sinusoidal")
    assert sizes(shape)[:5] == ("2 layers", "2 heads a layer", "width 4", "MLPs of 8 units", "sinusoidal positions")


def test_a_map_shows_what_some_head_has_in_view():
    heads = torch.tensor([[[0.9, 0.1]], [[0.3, 0.7]]])
    assert readout_map(heads).tolist() == [[torch.tensor(0.9).item(), torch.tensor(0.7).item()]]
