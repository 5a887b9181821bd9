"""Cards of models: their facts are those of the configurations, counted, and a map shows the largest weight."""

import io

import numpy as np
import torch
from PIL import Image

from deref.figures.thumbnail import HEIGHT, thumbnail
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


def test_a_thumbnail_has_a_square_for_each_weight_bright_where_it_is_large():
    weights = np.eye(8, 11)
    drawn = Image.open(io.BytesIO(thumbnail(weights)))
    side = HEIGHT // 8
    assert drawn.size == (11 * side, HEIGHT)
    light = np.asarray(drawn.convert("L"), dtype=int)[side // 2::side, side // 2::side]
    assert (light[weights == 1].min() > light[weights == 0].max()) and light.shape == weights.shape
    noisy = np.random.default_rng(0).random((32, 37))
    assert thumbnail(noisy) == thumbnail(noisy) and len(thumbnail(noisy)) < 4_000
