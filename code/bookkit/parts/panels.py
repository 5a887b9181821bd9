"""A drawing for a screen that is too narrow for it: its panels one below the other, or the only one drawn narrower.

Panels are not drawn twice: each shows its part of the drawing that stands in the page. Where panels share the axis on
the left, each gets its labels. A legend below the panels, or over the only one, follows them entry by entry. A drawing
that has something else beside its panels stays whole.
"""

import re
from dataclasses import dataclass
from itertools import accumulate, pairwise
from xml.etree import ElementTree

from bookkit.parts import squeezed
from bookkit.parts.squeezed_words import LEGEND, NUMBER, SAMPLE, SIZE
from bookkit.parts.svg import SVG

_AXES = re.compile(r"(?:.*-)?axes_\d+")
_FIGURE = re.compile(r"(?:.*-)?figure_1")
_BACKGROUND = re.compile(r"(?:.*-)?(?:patch|axes)_\d+")
_BAR = 0.06
"""The share of a drawing's width below which axes are a bar of colours, which belongs to the panel on its left."""
_TICK = 4.5
"""Points on the left of a panel that belong to it: the mark of a tick, and half of a zero below it."""
_LETTER = 11.0
"""Points that the name of an upright axis takes, from where it is anchored to the left."""
_GLYPH = 0.65
"""Sizes of type that a letter of a legend's words takes at most."""
_ENLARGED = 1.25
"""How much larger than in the drawing a legend's words are, which no panel shrinks with it."""


@dataclass
class _Column:
    """Panels that stand above each other: where they begin and end, and where their own labels do, if they have any."""

    left: float
    right: float
    labels: float | None


@dataclass
class _Entry:
    """An entry of a legend: where it stands in the drawing."""

    x: float
    y: float
    width: float
    height: float

    def part(self, source: str) -> str:
        """The entry by itself."""
        return (f'<svg class="exhibit-art" fill="currentColor" focusable="false" '
                f'style="flex: 0 0 {_ENLARGED * self.width:.0f}px" '
                f'viewBox="{self.x:.1f} {self.y:.1f} {self.width:.1f} {self.height:.1f}">'
                f'<use href="#{source}"/></svg>')


def narrow(drawing: str) -> str:
    """Show the panels of a drawing one below the other; that of one column, squeezed.

    Args:
        drawing: one `<svg>` element, as `svg.inline` gives it.

    Returns:
        HTML to stand behind it; empty for a drawing that can be neither cut nor squeezed.
    """
    root = ElementTree.fromstring(drawing)
    figure = next((child for child in root if _FIGURE.fullmatch(child.get("id", ""))), None)
    size = [float(number) for number in NUMBER.findall(root.get("viewBox", ""))]
    if figure is None or len(size) != 4:
        return ""
    columns = _columns(figure, size[2])
    if len(columns) < 2:
        return _beside([part for one in columns for part in _squeezed(root, figure, one)])
    entries: list[str] = []
    height = size[3]
    if legends := _legends(figure):
        tops = []
        for legend in legends:
            figure.remove(legend)
            found = _entries(legend)
            tops += [entry.y for entry in found]
            # a copy of the legend and not of the drawing, which may have a thousand points
            entries += [entry.part(legend.get("id", "")) for entry in found]
        height = min(tops, default=0.0)
        if any(_anchor(text)[1] > height for text in figure.iter(f"{{{SVG}}}text")):
            return ""
    strip = columns[0].left - _TICK
    cuts = [other.left - _TICK if other.labels is None else max(other.labels, one.right)
            for one, other in pairwise(columns)]
    parts = []
    for column, start, end in zip(columns, [strip, *cuts], [*cuts, size[2]], strict=True):
        shared = strip if column is columns[0] or column.labels is None else 0.0
        parts.append(_part(figure.get("id", ""), shared, start, end, height))
    return _beside([*parts, *entries])


def _beside(parts: list[str]) -> str:
    """What stands below each other where it does not fit side by side; empty where there is nothing."""
    inside = "".join(parts)
    return f'<div class="exhibit-panels" aria-hidden="true" hidden="">{inside}</div>' if inside else ""


def _squeezed(root: ElementTree.Element, figure: ElementTree.Element, column: _Column) -> list[str]:
    """A drawing of one column, drawn again with narrower axes, and the legends below it that were over these."""
    entries = []
    for axes in figure:
        for legend in _legends(axes):
            found, (top, bottom) = _entries(legend), _box(axes, 1) or (0.0, 0.0)
            if any(top < entry.y + entry.height and entry.y < bottom for entry in found):
                entries += [entry.part(legend.get("id", "")) for entry in found]
                axes.remove(legend)
    again = squeezed.drawn(root, column.left, column.right)
    return [again, *entries] if again else []


def _legends(parent: ElementTree.Element) -> list[ElementTree.Element]:
    return [child for child in parent if LEGEND.fullmatch(child.get("id", ""))]


def _columns(figure: ElementTree.Element, width: float) -> list[_Column]:
    """The columns of panels from left to right; none where something else stands in the drawing."""
    found: list[_Column] = []
    boxes = []
    for child in figure:
        name = child.get("id", "")
        if _AXES.fullmatch(name):
            if (box := _box(child)) is None:
                return []
            boxes.append((*box, _labels(child, box[0])))
        elif not _BACKGROUND.fullmatch(name) and not LEGEND.fullmatch(name):
            return []
    for left, right, labels in sorted(boxes, key=lambda box: box[:2]):
        if found and right - left < _BAR * width:
            found[-1].right = max(found[-1].right, right)
        elif found and left < found[-1].right:
            found[-1].right = max(found[-1].right, right)
            found[-1].labels = min((one for one in (found[-1].labels, labels) if one is not None), default=None)
        else:
            found.append(_Column(left, right, labels))
    return found


def _entries(legend: ElementTree.Element) -> list[_Entry]:
    """The entries of a legend, each as wide as its words ask for, and no wider than up to the next in its row.

    There are none where a drawing does not say how large its words are, as no drawing of ours.
    """
    found = []
    for text in legend.iter(f"{{{SVG}}}text"):
        style = SIZE.search(text.get("style", ""))
        if style is None:
            return []
        size, (x, y) = float(style[1]), _anchor(text)
        width = SAMPLE + 0.5 + _GLYPH * len("".join(text.itertext()))
        found.append(_Entry(x - SAMPLE * size, y - 1.1 * size, width * size, 1.5 * size))
    for one in found:
        row = [other for other in found if abs(other.y - one.y) < one.height / 2]
        one.width = min([one.width, *(other.x - one.x - 0.2 * one.height for other in row if other.x > one.x)])
    return found


def _anchor(text: ElementTree.Element) -> tuple[float, float]:
    """Where in the drawing a text stands: by its place, or by the last numbers of what moves or turns it."""
    x, y = text.get("x"), text.get("y")
    if x is None or y is None:
        x, y = NUMBER.findall(text.get("transform", "0 0"))[-2:]
    return float(x), float(y)


def _labels(axes: ElementTree.Element, left: float) -> float | None:
    """Where the labels of the upright axis begin: its name, which is turned, or else a guess from its longest label."""
    upright = [one for one in axes if "matplotlib.axis_" in one.get("id", "")][1:2]
    texts = [text for axis in upright for text in axis.iter(f"{{{SVG}}}text")]
    if not texts:
        return None
    turned = [NUMBER.findall(given)[1] for text in texts if "rotate(-90" in (given := text.get("transform", ""))]
    longest = max(len("".join(text.itertext())) for text in texts)
    return min(float(x) for x in turned) - _LETTER if turned else left - _LETTER * (1 + longest / 2)


def _box(axes: ElementTree.Element, way: int = 0) -> tuple[float, float] | None:
    """Where axes begin and end, from the left or, the other way, from the top: by the background, which comes first."""
    path = next(axes.iter(f"{{{SVG}}}path"), None)
    steps = path.get("d", "") if path is not None else ""
    along = [float(one) for one in NUMBER.findall(steps)[way::2]]
    if steps.startswith("m"):  # each from where the one before it ended
        along = list(accumulate(along))
    return (min(along), max(along)) if along else None


def _part(source: str, strip: float, start: float, end: float, height: float) -> str:
    """One panel behind the labels that it shares."""
    width = strip + end - start
    shown = [(0.0, 0.0, strip), (strip, start, end - start)] if strip else [(0.0, start, end - start)]
    inside = "".join(f'<svg x="{x:.1f}" width="{w:.1f}" height="{height:.1f}" '
                     f'viewBox="{at:.1f} 0 {w:.1f} {height:.1f}"><use href="#{source}"/></svg>' for x, at, w in shown)
    return (f'<svg class="exhibit-art" fill="currentColor" stroke-linejoin="round" focusable="false" '
            f'style="flex: 1 1 {width:.0f}px; max-width: {1.6 * width:.0f}px" viewBox="0 0 {width:.1f} {height:.1f}">'
            f"{inside}</svg>")
