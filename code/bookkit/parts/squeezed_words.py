"""The words of a drawing while its axes are squeezed: how far each moves, as a whole and in its own size."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import combinations
from xml.etree.ElementTree import Element

from bookkit.parts.svg import SVG

SMALLEST = 9.0
"""Size of the smallest type, in points."""

LEGEND = re.compile(r"(?:.*-)?legend_\d+")
NUMBER = re.compile(r"-?(?:\d+\.?\d*|\.\d+)")
SIZE = re.compile(r"font-size: *([\d.]+)px")
SAMPLE = 2.9
"""Sizes of type that the sample on the left of a legend's words takes."""

_ANCHOR = re.compile(r"text-anchor: *(middle|end)")
_BEFORE = {None: 0.0, "middle": 0.5, "end": 1.0}
"""The share of a text that stands before the place that it is given."""
_BREAK = re.compile(r"\s*\n\s*")
"""What stands between the parts of a formula, and is not seen."""
_USUAL = 10.0
_GLYPH, _LINE, _GAP = 0.6, 1.2, 0.3
"""Sizes of type that a letter takes, a line, and the room between words."""


@dataclass
class _Words:
    """A line of words: the box that it takes, in points, and how far the box moves to the right."""

    element: Element
    x: float
    y: float
    width: float
    height: float
    by: float
    """What it moves with: the place that it is given, or its middle where a transform says only where it begins."""
    placed: bool
    moved: float = 0.0

    def meets(self, other: "_Words", *, after: bool) -> bool:
        """Whether it runs into another one, once both have moved or before."""
        here, there = self.x + self.moved * after, other.x + other.moved * after
        gap = _GAP * self.height
        return (here < there + other.width + gap and there < here + self.width + gap
                and self.y < other.y + other.height and other.y < self.y + self.height)

    def below(self, other: "_Words") -> bool:
        """Whether both are lines of one text, this one the later."""
        return self.placed and other.placed and 0.8 < (self.y - other.y) / (_LINE * self.height) < 1.25


def move(drawing: Element, across: Callable[[float], float], axes: tuple[float, float], width: float) -> bool:
    """Move the words of a drawing, and its legends, to where there is room for them.

    Args:
        drawing: an `<svg>` element, which is changed; smaller type than SMALLEST becomes as large.
        across: where what stands at an x in points comes to stand.
        axes: where its axes begin and end.
        width: of the drawing, in points.

    Returns:
        Whether the words neither run into each other, where they did not before, nor out of the drawing.
    """
    for element in drawing.iter():
        if (size := SIZE.search(style := element.get("style", ""))) and float(size[1]) < SMALLEST:
            element.set("style", style.replace(size[0], f"font-size:{SMALLEST:g}px"))
    words: list[_Words] = []
    for parent in list(drawing.iter(f"{{{SVG}}}g")):
        if LEGEND.fullmatch(parent.get("id", "")):
            lines = [line for block in _blocks(parent) for line in block]
            _move_legend(parent, lines, across, axes, width)
            words += lines
    legends = {id(line.element) for line in words}
    for block in _blocks(drawing):
        if id(block[0].element) not in legends:
            _move_block(block, across, width)
            words += block
    end = across(width)
    inside = all(min(line.x, 0) <= line.x + line.moved and line.x + line.width + line.moved <= end + _over(line, width)
                 for line in words)
    return inside and not any(one.meets(other, after=True) and not one.meets(other, after=False)
                              for one, other in combinations(words, 2))


def _over(line: _Words, width: float) -> float:
    """How far a line seems to leave the drawing already, as its width is a guess."""
    return max(line.x + line.width - width, 0) + 0.01


def _move_block(block: list[_Words], across: Callable[[float], float], width: float) -> None:
    first, last = min(line.x for line in block), max(line.x + line.width for line in block)
    by = (first + last) / 2 if block[0].placed else block[0].by
    room = across(width) - last + max(last - width, 0)
    moved = max(min(across(by) - by, room), min(-first, 0))
    for line in block:
        line.moved = moved
        _shift(line.element, moved)


def _move_legend(legend: Element, lines: list[_Words], across: Callable[[float], float], axes: tuple[float, float],
                 width: float) -> None:
    """Keep a legend as near to the sides as it was, for the room there is: of the axes if it fits there, or of all."""
    first = min(line.x - SAMPLE * line.height for line in lines)
    wide = max(line.x + line.width for line in lines) - first
    start, end = axes if wide < across(axes[1]) - axes[0] else (0.0, width)
    share = min(max((first - start) / (end - start - wide), 0), 1) if end - start > wide else 0
    moved = start + share * (across(end) - start - wide) - first
    _shift(legend, moved)
    for line in lines:
        line.moved = moved


def _shift(element: Element, moved: float) -> None:
    if moved:
        element.set("transform", f"translate({moved:.2f} 0) {element.get('transform', '')}".rstrip())


def _blocks(parent: Element) -> Iterator[list[_Words]]:
    """The texts below an element, each with its lines."""
    block: list[_Words] = []
    for child in parent:
        line = _read(child)
        if line is not None and block and line.below(block[-1]):
            block.append(line)
            continue
        if block:
            yield block
        block = [] if line is None else [line]
        if line is None:
            yield from _blocks(child)
    if block:
        yield block


def _read(element: Element) -> _Words | None:
    """The line that an element is: a text, or a group of them that a transform places."""
    kind, transform = element.tag.removeprefix(f"{{{SVG}}}"), element.get("transform", "")
    if kind != "text" and not (kind == "g" and transform.startswith("translate")):
        return None
    styles = [one.get("style", "") for one in element.iter()]
    size = max([float(found[1]) for style in styles if (found := SIZE.search(style))], default=_USUAL)
    anchor = _ANCHOR.search(styles[0])
    wide = _GLYPH * size * len(_BREAK.sub("", "".join(element.itertext())))
    before = _BEFORE[anchor[1] if anchor else None]
    placed = transform.startswith("translate")
    place = NUMBER.findall(transform)[:2] if placed else (element.get("x", "0"), element.get("y", "0"))
    x, y = (float(one) for one in place)
    if "rotate(-90" in transform:
        return _Words(element, x - size, y - (1 - before) * wide, size, wide, x, placed=False)
    return _Words(element, x - before * wide, y - size, wide, size, x, placed)
