"""The picture of the front page: bars as long as the precision, the worst method first, and words that can be read."""

import itertools

import pytest
from matplotlib import pyplot as plt

from deref.sections.ch07.calibration.front import ROWS, Row, picture
from evidence.results import exact
from evidence.results.estimate import Estimate
from evidence.results.figure_files import save

PIXELS = 4 / 3  # a point of an SVG file
FOUND = {"mean": Row(exact(1.0, "made up"), 1.0), "zero": Row(exact(0.875, "made up"), 0.9),
         "weight": Row(Estimate(value=0.5, ci=(0.4, 0.7), method="made up"), 0.95),
         "path": Row(exact(0.9375, "made up"), 1.0), "eap": Row(exact(0.75, "made up"), 0.85)}


@pytest.fixture(scope="module")
def drawn():
    figure, data = picture(FOUND)
    yield figure, data
    plt.close(figure)


def bars_of(figure):
    """From the top down."""
    return sorted(figure.axes[0].patches, key=lambda one: -one.get_y())


def test_bars_are_as_long_as_the_precision_and_the_worst_stands_first(drawn):
    figure, data = drawn
    assert data["method"] == ["weight", "eap", "zero", "path", "mean"]
    assert [one.get_width() for one in bars_of(figure)] == data["precision"] == [0.5, 0.75, 0.875, 0.9375, 1.0]
    assert data["area"] == [0.95, 0.85, 0.9, 1.0, 1.0]
    assert (data["low"][0], data["high"][0], data["low"][1]) == (0.4, 0.7, 0.75)


def test_kinds_of_methods_differ_in_colour(drawn):
    weight, eap, *reruns = (one.get_facecolor() for one in bars_of(drawn[0]))
    assert len(set(reruns)) == 1 and len({weight, eap, *reruns}) == 3


def test_its_words_are_large_enough_and_none_lies_on_another(drawn):
    figure, data = drawn
    figure.canvas.draw()
    texts = [text for text in (*figure.axes[0].texts, figure.axes[0].title, figure.axes[0]._left_title)
             if text.get_text()]
    assert len(texts) == 3 * len(ROWS) + 1
    assert min(text.get_fontsize() for text in texts) * PIXELS >= 11
    boxes = [(text.get_text(), text.get_window_extent()) for text in texts]
    assert [(a, b) for (a, one), (b, other) in itertools.combinations(boxes, 2) if one.overlaps(other)] == []
    assert all(figure.bbox.x0 <= box.x0 and box.x1 <= figure.bbox.x1 for _, box in boxes)
    assert 'width="225pt"' in save(figure, data)["svg"]
