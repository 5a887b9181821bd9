"""A drawing with narrower axes: every place that moves, worked out for axes from 40 to 440 that shall end at 340."""

from xml.etree import ElementTree

import pytest

from bookkit.parts.squeezed import drawn, fits
from bookkit.parts.svg import SVG, XLINK

LEFT, RIGHT, WIDTH = 40, 440, 440
"""Points; at 340 the axes keep three quarters of their width."""


def squeezed(inside, width=WIDTH):
    """The drawing again, by what is inside of it."""
    root = ElementTree.fromstring(f'<svg xmlns="{SVG}" xmlns:xlink="{XLINK}" viewBox="0 0 {width} 200">{inside}</svg>')
    again = drawn(root, LEFT, RIGHT)
    return ElementTree.fromstring(again) if again else None


def one(root, kind):
    found, = root.iter(f"{{{SVG}}}{kind}")
    return found


def text(x, words, anchor="middle", y=190, size=10):
    return f'<text x="{x}" y="{y}" style="font-size:{size}px;text-anchor:{anchor}">{words}</text>'


def moved(element):
    """By how much a transform moves to the right."""
    return float(element.get("transform", "translate(0 0)").split("(")[1].split(" ")[0])


def test_a_path_is_squeezed_between_the_edges_of_the_axes_alone():
    root = squeezed('<path d="m20 10l20 0 200 50 200 0z" />')
    assert root.get("viewBox") == "0 0 340 200"
    assert one(root, "path").get("d") == "m20 10l20 0 150 50 150 0z"
    assert one(squeezed('<path d="M 40 10 Q 240 20 440 10" />'), "path").get("d") == "m40 10q150 10 300 0"


def test_marks_move_and_keep_their_shape_and_areas_are_squeezed():
    mark = '<defs><path id="m" d="m-3 0l6 0" /></defs><use xlink:href="#m" x="240" y="9" />'
    root = squeezed(mark)
    assert not list(root.iter(f"{{{SVG}}}path")), "the first drawing has it"
    assert one(root, "use").attrib == {f"{{{XLINK}}}href": "#m", "x": "190.00", "y": "9"}
    root = squeezed('<defs><path id="a" d="m40-20l200 0 0 10z" /></defs><use xlink:href="#a" x="0" y="200" />')
    assert one(root, "path").attrib == {"id": "a-narrow", "d": "m40-20l150 0 0 10z"}
    assert one(root, "use").get(f"{{{XLINK}}}href") == "#a-narrow" and float(one(root, "use").get("x")) == 0


def test_a_map_and_what_cuts_it_fill_the_axes():
    root = squeezed('<defs><clipPath id="c"><rect x="40" y="3" width="400" height="9" /></clipPath></defs>'
                    '<g clip-path="url(#c)"><image x="140" y="3" width="200" height="9" /></g>')
    cut, shown = one(root, "rect"), one(root, "image")
    assert (cut.get("x"), cut.get("width")) == ("40.00", "300.00")
    assert (shown.get("x"), shown.get("width"), shown.get("preserveAspectRatio")) == ("115.00", "150.00", "none")
    assert one(root, "clipPath").get("id") == "c-narrow" and "url(#c-narrow)" in {g.get("clip-path") for g in root}


def test_words_move_with_their_place_and_keep_their_size():
    names = text(240, "length") + text(35, "0.5", "end", y=90) + text(440, "1", y=170)
    assert [moved(found) for found in squeezed(names)] == [-50, 0, -100]
    assert "font-size:10px" in squeezed(names)[0].get("style")
    assert "font-size:9px" in squeezed(text(240, "length", size=7))[0].get("style")


def test_lines_that_a_transform_places_move_as_one_text_by_its_middle():
    lines = ('<text transform="translate(228 180)" style="font-size:10px">four</text>'
             '<text transform="translate(210 192)" style="font-size:10px">four heads</text>')
    assert [moved(found) for found in squeezed(lines)] == [-50, -50], "its middle is at 240"
    assert squeezed(lines)[0].get("transform") == "translate(-50.00 0) translate(228 180)"


def test_words_stay_inside():
    last = squeezed(text(380, "x" * 10, "start"))[0]
    assert moved(last) == -100, "its place moves by 85, and its end is at 440"


def test_words_that_would_meet_have_it_drawn_otherwise_or_not_at_all():
    # each takes 48 points and 3 beside it: 51 apart they may not be nearer
    assert squeezed(text(240, "x" * 8) + text(240 + 69, "x" * 8)).get("viewBox") == "0 0 340 200"
    assert squeezed(text(240, "x" * 8) + text(240 + 64, "x" * 8)).get("viewBox") == "0 0 370 200"
    assert squeezed(text(240, "x" * 8) + text(240 + 58, "x" * 8)) is None
    assert squeezed(text(240, "x" * 8) + text(240 + 40, "x" * 8)) is not None, "those meet already"
    assert squeezed(text(240, "x" * 8) + text(240 + 58, "x" * 8, y=170)) is not None, "those stand in two rows"


@pytest.mark.parametrize(("x", "by"), [(69, -0.0), (440 - 60, -100)])
def test_a_legend_keeps_its_distance_from_the_nearer_side(x, by):
    words = f'<g id="fig-legend_1">{text(x, "x" * 10, "start")}</g>'
    assert moved(squeezed(words)[0]) == pytest.approx(by, abs=0.01), "its samples take 29 points, its words 60"


def test_a_drawing_that_is_narrow_already_or_would_become_a_slit_is_not_drawn_again():
    assert squeezed("", width=340) is None
    assert squeezed("", width=609).get("viewBox") == "0 0 370 200", "more than 0.4 of 400"
    assert squeezed("", width=611) is None


@pytest.mark.parametrize(("box", "holds"), [("0 0 370 500", True), ("0 0 370.1 10", False), ("", False)])
def test_a_drawing_no_wider_than_the_widest_that_is_tried_fits_as_it_is(box, holds):
    assert fits(f'<svg xmlns="{SVG}" viewBox="{box}"/>') is holds


def test_a_legend_that_moves_uses_the_marks_of_the_drawing_itself():
    legend = ('<g id="legend_1" transform="translate(9 0)"><defs><path id="mark" d="M0 0"/></defs>'
              f'<use xlink:href="#mark" x="60" y="20"/>{text(80, "a")}</g>')
    again = squeezed(f'<path id="axes" d="M40 0L440 0"/>{legend}')
    assert one(again, "use").get(f"{{{XLINK}}}href") == "#mark"
    assert not [element.get("id") for element in again.iter() if element.get("id")]
