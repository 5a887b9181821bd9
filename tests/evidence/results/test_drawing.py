"""Drawings with fewer bytes: what a reader sees of them is what Matplotlib drew."""

import io
import re
from xml.etree import ElementTree

import matplotlib as mpl
import numpy as np
import pytest

from deref.figures.style import subplots
from evidence.results import drawing
from evidence.results.drawing import SVG, compact

SEEN = ("path", "use", "text", "tspan", "image", "rect", "clipPath", "style")
NUMBER = re.compile(r"-?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?")


@pytest.fixture(scope="module")
def drawn():
    fig, axes = subplots(1, 3)
    axes[0].plot(np.linspace(0, 1, 50), np.sin(np.linspace(0, 6, 50)), marker="o", label="$x_1$ and words")
    axes[0].set_ylabel("upright")
    axes[0].legend()
    axes[1].scatter([1, 2, 3], [1, 2, 3], c=[0.1, 0.5, 0.9])
    axes[2].imshow([[0, 1], [2, 3]])
    out = io.StringIO()
    with mpl.rc_context({"svg.hashsalt": "a", "svg.fonttype": "none"}):
        fig.savefig(out, format="svg", metadata={"Date": None})
    return out.getvalue()


def elements(svg):
    """The elements that paint something, in their order."""
    return [one for one in ElementTree.fromstring(svg).iter() if one.tag.removeprefix(f"{{{SVG}}}") in SEEN]


def test_a_drawing_keeps_what_it_paints_in_less_than_two_thirds_of_the_room(drawn):
    before, after = elements(drawn), elements(compact(drawn))
    assert [one.tag for one in after] == [one.tag for one in before]
    assert ["".join(one.itertext()) for one in after if one.tag.endswith("}text")] == \
        ["".join(one.itertext()) for one in before if one.tag.endswith("}text")]
    assert [one.get("id") for one in after] == [one.get("id") for one in before]
    assert len(compact(drawn)) < len(drawn) * 2 / 3


def points(steps):
    """Where the steps of a path lead, one after the other, read by the rules of SVG."""
    found, here, command, start = [], np.zeros(2), "", np.zeros(2)
    for letter, given in re.findall(r"([A-Za-z])([^A-Za-z]*)", steps):
        numbers = np.array([float(one) for one in NUMBER.findall(given)]).reshape(-1, 2)
        size = {"M": 1, "L": 1, "Q": 2, "C": 3, "Z": 1}[letter.upper()]
        for some in (numbers[at:at + size] for at in range(0, len(numbers), size)):
            found.append(some + here * letter.islower())
            here = found[-1][-1]
        command = letter.upper()
        start = here if command == "M" else start
        here = start if command == "Z" else here
    return np.concatenate(found)


def test_every_point_is_where_it_was_to_half_a_hundredth(drawn):
    before, after = elements(drawn), elements(compact(drawn))
    near = dict(rtol=0, atol=0.5 * 10 ** -drawing.DECIMALS + 1e-9)
    count = 0
    for old, new in zip(before, after, strict=True):
        for name in ("x", "y"):
            if old.get(name):
                np.testing.assert_allclose(float(new.get(name)), float(old.get(name)), **near)
        if old.get("d"):
            count += len(points(old.get("d")))
            np.testing.assert_allclose(points(new.get("d")), points(old.get("d")), **near)
    assert count > 200


def test_a_use_says_only_what_the_drawing_that_it_uses_does_not():
    svg = (f'<svg xmlns="{SVG}" xmlns:xlink="http://www.w3.org/1999/xlink"><g id="line2d_1"><defs>'
           '<path id="m" d="M 0 0 \nL 0 3.5 \n" style="stroke: red; stroke-width: 0.8"/></defs><g>'
           '<use xlink:href="#m" x="1.0" y="-0.001" style="fill: blue; stroke: red; stroke-width: 0.8"/></g></g>'
           '<path d="M 0 0 \n" style="stroke: red"/></svg>')
    marker, used, other = elements(compact(svg))
    assert marker.get("style") == "stroke:red;stroke-width:0.8" and marker.get("d") == "m0 0l0 3.5"
    assert (used.get("style"), used.get("x"), used.get("y")) == ("fill:blue", "1", "0")
    assert other.get("style") == "stroke:red"


def test_a_group_that_moves_clips_or_names_what_is_in_it_and_a_panel_stay():
    inside = '<path d="m1 1" />'
    svg = (f'<svg xmlns="{SVG}"><g id="line2d_1"><g id="seed">{inside}</g><g clip-path="url(#c)">{inside}</g>'
           f'<g id="patch_2" transform="scale(2)">{inside}</g></g><g id="axes_1">{inside}</g></svg>')
    assert compact(svg) == (f'<svg xmlns="{SVG}"><g id="seed">{inside}</g><g clip-path="url(#c)">{inside}</g>'
                            f'<g id="patch_2" transform="scale(2)">{inside}</g><g id="axes_1">{inside}</g></svg>\n')


@pytest.mark.parametrize(("steps", "short"), [
    ("M 0 0 \nL 1.234567 -2.5 \nL 3 4 \nz \n", "m0 0l1.23-2.5 1.77 6.5z"),
    ("M 1 2 \nC 1 1 2 2 1e-7 3 \nC 4 4 5 5 6 6 \nM 1 1 \nM 2 2 \n", "m1 2c0-1 1 0-1 1 4 1 5 2 6 3m-5-5m1 1"),
    ("M 1 1 \nL 2 2 \nz \nL 1.5 1.004 \n", "m1 1l1 1zl.5 0"), ("M 0 0 \nA 1 1 0 0 1 2 2", "M 0 0 \nA 1 1 0 0 1 2 2"),
])
def test_a_path_is_as_short_as_its_steps_can_be_written(steps, short):
    assert drawing.path(steps) == short == drawing.path(short)


def test_a_path_that_ends_too_soon_is_refused():
    with pytest.raises(ValueError, match="expected 6 numbers after 'C' in a path, got 4"):
        drawing.path("M 0 0 C 1 2 3 4")


def test_neighbours_that_are_painted_alike_say_so_once():
    line, faint = 'style="stroke:red" clip-path="url(#c)"', 'style="opacity:.5"'
    svg = (f'<svg xmlns="{SVG}"><path d="m0 0" {line}/><path d="m1 1" {line}/><path d="m2 2" style="stroke:red"/>'
           f'<path d="m3 3" {faint}/><path d="m4 4" {faint}/><path d="m5 5"/><path d="m6 6"/></svg>')
    assert compact(svg) == (
        f'<svg xmlns="{SVG}"><g clip-path="url(#c)" style="stroke:red"><path d="m0 0" /><path d="m1 1" /></g>'
        '<path d="m2 2" style="stroke:red" /><path d="m3 3" style="opacity:.5" /><path d="m4 4" style="opacity:.5" />'
        '<path d="m5 5" /><path d="m6 6" /></svg>\n')
    assert compact(compact(svg)) == compact(svg)
    defined = ('<defs><path id="a" d="m0 0" style="stroke:red" /><path id="b" d="m1 1" style="stroke:red" /></defs>')
    assert compact(f'<svg xmlns="{SVG}">{defined}</svg>') == f'<svg xmlns="{SVG}">{defined}</svg>\n'


def test_the_white_space_between_parts_of_a_text_stays():
    text = "<text>\n<tspan x=\"1.234567\">a</tspan>\n<tspan>b</tspan>\n</text>"
    assert text in compact(f'<svg xmlns="{SVG}">\n <g>\n  {text}\n </g>\n</svg>')
