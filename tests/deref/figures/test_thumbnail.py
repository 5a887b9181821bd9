"""Thumbnails of maps: a square for each weight, in few bytes that are the same every time."""

import io

import numpy as np
from PIL import Image

from deref.figures.thumbnail import HEIGHT, thumbnail


def test_a_thumbnail_has_a_square_for_each_weight_bright_where_it_is_large():
    weights = np.eye(8, 11)
    drawn = Image.open(io.BytesIO(thumbnail(weights)))
    side = HEIGHT // 8
    assert drawn.size == (11 * side, HEIGHT)
    light = np.asarray(drawn.convert("L"), dtype=int)[side // 2::side, side // 2::side]
    assert (light[weights == 1].min() > light[weights == 0].max()) and light.shape == weights.shape
    noisy = np.random.default_rng(0).random((32, 37))
    assert thumbnail(noisy) == thumbnail(noisy) and len(thumbnail(noisy)) < 4_000
