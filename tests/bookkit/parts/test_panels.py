"""Panels of a drawing below each other: each with its own axes and labels, and nothing cut that belongs together."""

import re
from xml.etree import ElementTree

import matplotlib
import numpy as np
import pytest
from matplotlib.figure import Figure

from bookkit.parts import svg
from bookkit.parts.panels import narrow
from evidence.results.figure_files import save

NEAR = 2.0  # points: Matplotlib lays a figure out anew for every format that it is saved in


def drawn(columns, *, rows=1, share=False, bar=False, legend=None):
    """What a figure of so many panels becomes on a narrow page, and where its axes begin and end, in points."""
    with matplotlib.rc_context({"savefig.bbox": None}):
        figure = Figure(figsize=(6.4, 3.0), layout="constrained")
        axes = figure.subplots(rows, columns, sharey=share, squeeze=False)
        for ax in axes.flat:
            image = ax.imshow(np.eye(3))
            ax.set_xlabel("position")
        for ax in axes[:, :1 if share else None].flat:
            ax.set_ylabel("address")
        if bar:
            figure.colorbar(image, ax=axes)
        if legend:
            lines = [axes[0, 0].plot([0, 1], label=label)[0] for label in ("line", "another line")]
            figure.legend(handles=lines, loc=legend, ncols=2)
        drawing = svg.inline(save(figure, {"x": [1]})["svg"], "fig_toy", "squares")
    wide = 6.4 * 72
    places = [(ax.get_position().x0 * wide, ax.get_position().x1 * wide) for ax in axes[0]]
    return drawing, narrow(drawing), places


def parts(html):
    """The parts of the drawing that each panel shows: where they begin and end."""
    panels = [re.findall(r'viewBox="([\d.]+) 0 ([\d.]+) ', panel)[1:] for panel in html.split("<svg class=")[1:]]
    return [[(float(x), float(x) + float(width)) for x, width in panel] for panel in panels]


def test_each_panel_shows_its_axes_whole_and_no_others():
    _, html, places = drawn(3)
    shown = parts(html)
    assert len(shown) == 3
    for panel, (left, right) in zip(shown, places, strict=True):
        assert panel[0][0] <= left - 10 and right <= panel[-1][1] + NEAR, "with its labels"
        others = [one for one in places if one != (left, right)]
        assert all(end <= first + NEAR or second <= start + NEAR for start, end in panel for first, second in others)


def test_panels_that_share_an_axis_get_its_labels():
    _, html, places = drawn(2, share=True)
    first, second = parts(html)
    assert second[0] == first[0] and second[0][0] == 0 and second[0][1] < places[0][0] + NEAR
    assert places[0][1] - NEAR <= second[1][0] <= places[1][0] + NEAR


def test_a_bar_of_colours_stays_with_the_panel_on_its_left():
    _, html, places = drawn(2, share=True, bar=True)
    first, second = parts(html)
    assert len(parts(html)) == 2
    assert second[-1][1] == pytest.approx(6.4 * 72, abs=0.1) and first[-1][1] < places[1][0]


def test_panels_above_each_other_stay_so():
    assert len(parts(drawn(2, rows=2)[1])) == 2


def test_a_legend_below_follows_the_panels_entry_by_entry():
    drawing, html, _ = drawn(2, legend="outside lower center")
    found = re.findall(r'<svg class=[^>]*viewBox="([^"]+)"', html)
    boxes = [[float(number) for number in box.split()] for box in found]
    panels, entries = boxes[:2], boxes[2:]
    words = {"".join(text.itertext()): (float(text.get("x")), float(text.get("y")))
             for text in ElementTree.fromstring(drawing).iter(f"{{{svg.SVG}}}text") if text.get("y")}
    assert len(entries) == 2 and entries[0][0] + entries[0][2] <= entries[1][0]
    for (x, y, width, height), name in zip(entries, ("line", "another line"), strict=True):
        assert x < words[name][0] - 20 and words[name][0] + 5 * len(name) < x + width
        assert y + 5 < words[name][1] < y + height
        assert all(panel[3] <= y for panel in panels)
        assert words["position"][1] < y, "the panels' own words stay with them"
    copied = re.findall(r'href="#([^"]+)"', html)
    assert copied[-2:] == ["fig_toy-legend_1"] * 2, "an entry copies the legend, not a drawing of a thousand points"


def test_nothing_is_drawn_twice_and_readers_hear_the_drawing_alone():
    drawing, html, _ = drawn(2)
    assert 'id="' not in html and html.startswith('<div class="exhibit-panels" aria-hidden="true" hidden="">')
    ids = {node.get("id") for node in ElementTree.fromstring(drawing).iter()}
    assert set(re.findall(r'href="#([^"]+)"', html)) == {"fig_toy-figure_1"} <= ids
    ElementTree.fromstring(html)


@pytest.mark.parametrize(("inside", "entries"), [(True, 2), (False, 0)])
def test_a_legend_over_the_only_axes_follows_them_and_one_beside_them_stays(inside, entries):
    with matplotlib.rc_context({"savefig.bbox": None}):
        figure = Figure(figsize=(6.4, 3.0), layout="constrained")
        axes = figure.subplots()
        for name in ("line", "another line"):
            axes.plot([0, 1], label=name)
        if inside:
            axes.legend(loc="upper left")
        else:
            figure.legend(loc="outside upper center", ncols=2)
        drawing = svg.inline(save(figure, {"x": [1]})["svg"], "fig_toy", "lines")
    again, *following = ElementTree.fromstring(narrow(drawing))
    assert again.get("viewBox") == "0 0 340 216"
    words = ["".join(text.itertext()) for text in again.iter(f"{{{svg.SVG}}}text")]
    assert ("another line" in words) is not inside
    assert [one.get("href") for part in following for one in part] == ["#fig_toy-legend_1"] * entries
    assert "fig_toy-legend_1" in {node.get("id") for node in ElementTree.fromstring(drawing).iter()}


def test_a_legend_beside_panels_and_a_drawing_of_another_make_stay_whole():
    assert drawn(2, legend="upper right")[1] == ""
    assert narrow('<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 9 9"><path d="M0 0"/></svg>') == ""
