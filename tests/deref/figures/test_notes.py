"""Words on a drawing: where they stand, where their arrow ends, and that they can be read on a dark map."""

import pytest
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure

from deref.figures.notes import note
from deref.figures.style import PALETTE


@pytest.mark.parametrize(("on_map", "colour"), [(True, "white"), (False, PALETTE["black"])])
def test_words_and_arrow_have_one_colour(on_map, colour):
    axes = Figure().subplots()
    note(axes, "look here", (1.0, 2.0), (3.0, 4.0), on_map=on_map)
    (words,) = axes.texts
    assert words.get_text() == "look here" and words.xyann == (1.0, 2.0) and words.xy == (3.0, 4.0)
    assert to_rgb(words.get_color()) == to_rgb(colour) == to_rgb(words.arrow_patch.get_edgecolor())


def test_words_alone_have_no_arrow():
    axes = Figure().subplots()
    note(axes, "all of it", (1.0, 2.0))
    assert axes.texts[0].arrow_patch is None
