"""Pictures for the front page: as wide as a column of it, in type that stays readable there, bars as long as shares."""

import matplotlib as mpl
import pytest
from matplotlib import pyplot as plt

from deref.figures.card import SMALL, TYPE, bar, bare, card
from deref.figures.style import subplots
from evidence.results.estimate import Estimate
from evidence.results.figure_files import save

PIXELS = 4 / 3  # a point of an SVG file


@pytest.fixture
def drawn():
    figure, ax = card()
    yield figure, ax
    plt.close(figure)


def test_it_is_300_pixels_wide_and_its_smallest_type_is_11(drawn):
    svg = save(drawn[0], {"x": [1]})["svg"]
    assert 'width="225pt"' in svg and 225 * PIXELS == 300
    assert min(SMALL, TYPE) * PIXELS >= 11


def test_the_next_figure_of_a_page_takes_nothing_from_it():
    plt.close(subplots()[0])
    before = dict(mpl.rcParams)
    plt.close(card()[0])
    plt.close(subplots()[0])
    assert dict(mpl.rcParams) == before


def test_a_bar_is_as_long_as_its_share_and_its_number_stands_behind_its_interval(drawn):
    figure, ax = drawn
    bar(ax, 2, Estimate(value=0.25, ci=(0.1, 0.6), method="made up"), "green", text="25%")
    bare(ax)
    ax.set(xlim=(0, 1), ylim=(0, 4))
    figure.canvas.draw()
    (patch,), (line,), (number,) = ax.patches, ax.lines, ax.texts
    assert (patch.get_width(), patch.get_y() + patch.get_height() / 2) == (0.25, 2)
    assert list(line.get_xdata()) == [0.1, 0.6]
    end = ax.transData.transform((0.6, 2))[0]
    assert end < number.get_window_extent().x0 < end + 10


def test_a_number_without_an_interval_stands_behind_its_bar(drawn):
    _, ax = drawn
    bar(ax, 0, Estimate(value=0.5, ci=None, method="counted"), "black", text="50%")
    assert list(ax.lines[0].get_xdata()) == [0.5, 0.5] and ax.texts[0].xy == (0.5, 0)
