"""A map of weights as a picture of a few hundred bytes, for a card."""

import io

import matplotlib
import numpy as np
from PIL import Image

from deref.figures.style import SEQUENTIAL

HEIGHT = 96
"""Pixels that a thumbnail has at most in height."""
_LEVELS = 32


def thumbnail(weights: np.ndarray) -> bytes:
    """Draw weights from 0 to 1 as squares, in as few colours as the eye tells apart.

    Args:
        weights: (row, column).

    Returns:
        A PNG.
    """
    levels = np.clip(np.round(np.asarray(weights) * (_LEVELS - 1)), 0, _LEVELS - 1).astype(np.uint8)
    colours = matplotlib.colormaps[SEQUENTIAL](np.linspace(0, 1, _LEVELS))[:, :3]
    picture = Image.fromarray(np.kron(levels, np.ones((max(1, HEIGHT // len(levels)),) * 2, dtype=np.uint8)))
    picture.putpalette((colours * 255).round().astype(np.uint8).tobytes())
    out = io.BytesIO()
    picture.save(out, format="png", optimize=True)
    return out.getvalue()
