"""A drawing drawn again for a screen that is too narrow for it: its axes are narrower, and its type as large as before.

What stands between the edges of the axes moves together; what stands beside them, such as labels, keeps its distance.
Words and legends move as a whole. A drawing whose words would run into each other is not drawn again.
"""

import re
from copy import deepcopy
from dataclasses import dataclass
from xml.etree import ElementTree
from xml.etree.ElementTree import Element

from bookkit.parts import squeezed_words
from bookkit.parts.squeezed_words import NUMBER
from bookkit.parts.svg import SVG, XLINK
from evidence.results.drawing import path

WIDTHS = (340.0, 370.0)
"""Points that are tried, about as many as a phone has pixels for a figure, so that type has its size in pixels."""
_LEAST = 0.4
"""The share of their width that axes keep; those with much beside them would become slits."""
_LARGEST = 1.6
"""Pixels that a point takes at most; the drawing has the row to itself all the same, and a legend stands below it."""

_STEPS = re.compile(r"([mlcqz])([^a-z]*)", re.IGNORECASE)
_POINTS = {"m": 1, "l": 1, "q": 2, "c": 3, "z": 1}
"""Points that a step of a path takes."""
_CLIP = re.compile(r"url\(#([^)]+)\)")
_AGAIN = "-narrow"
"""What ids end in that both drawings have."""


@dataclass(frozen=True)
class _Across:
    """Where what stands at an x of the drawing stands in the narrow one, in points."""

    left: float
    right: float
    scale: float

    def __call__(self, x: float) -> float:
        return x - (1 - self.scale) * (min(max(x, self.left), self.right) - self.left)


def fits(drawing: str) -> bool:
    """Whether a drawing, an `<svg>` element, is narrow enough for a phone as it is."""
    box = NUMBER.findall(ElementTree.fromstring(drawing).get("viewBox", ""))
    return len(box) == 4 and float(box[2]) <= WIDTHS[-1]


def drawn(root: Element, left: float, right: float) -> str:
    """Draw a drawing again, as narrow as WIDTHS allow.

    Args:
        root: one `<svg>` element, as `svg.inline` gives it.
        left: where its axes begin, in points.
        right: where they end.

    Returns:
        Another `<svg>` element, which uses the marks of the first and has to stand in the same page. Empty for a
        drawing that is not wider, and where words would run into each other or out of it.
    """
    return next((again for width in WIDTHS if (again := _drawn(deepcopy(root), left, right, width))), "")


def _drawn(root: Element, left: float, right: float, width: float) -> str:
    before, height = (float(one) for one in NUMBER.findall(root.get("viewBox", ""))[2:])
    across = _Across(left, right, 1 - (before - width) / (right - left))
    if not _LEAST < across.scale < 1 or not squeezed_words.move(root, across, (left, right), before):
        return ""
    _squeeze(root, across, _fixed(root))
    root.attrib = {"class": "exhibit-art", "fill": "currentColor", "stroke-linejoin": "round", "focusable": "false",
                   "style": f"flex: 1 1 100%; max-height: {_LARGEST * height:.0f}px;{root.get('style', '')}",
                   "viewBox": f"0 0 {width:g} {height:g}", "preserveAspectRatio": "xMinYMin"}
    return ElementTree.tostring(root, "unicode")


def _fixed(root: Element) -> set[str]:
    """The ids of paths that are used where they are drawn, as areas are, and not as marks at places of their own."""
    uses = [(one.get(f"{{{XLINK}}}href", "")[1:], float(one.get("x", 0))) for one in root.iter(f"{{{SVG}}}use")]
    return {name for name, _ in uses} - {name for name, x in uses if x}


def _squeeze(parent: Element, across: _Across, fixed: set[str]) -> None:
    """Move all that is below an element, but words, and leave out the marks, which the first drawing has."""
    for child in list(parent):
        kind = child.tag.removeprefix(f"{{{SVG}}}")
        name, own = child.attrib.pop("id", ""), parent.tag == f"{{{SVG}}}defs"
        if own and kind == "path" and name not in fixed:
            parent.remove(child)
            continue
        if own:
            child.set("id", name + _AGAIN)
        if clip := _CLIP.fullmatch(child.get("clip-path", "")):
            child.set("clip-path", f"url(#{clip[1]}{_AGAIN})")
        if kind == "path":
            child.set("d", path(_steps(child.get("d", ""), across)))
        elif kind == "use" and (used := child.get(f"{{{XLINK}}}href", "")[1:]) in fixed:
            child.set(f"{{{XLINK}}}href", f"#{used}{_AGAIN}")
        elif kind in ("use", "rect", "image"):
            x = float(child.get("x", 0))
            child.set("x", f"{across(x):.2f}")
            if "width" in child.attrib:
                child.set("width", f"{across(x + float(child.get('width', 0))) - across(x):.2f}")
            if kind == "image":
                child.set("preserveAspectRatio", "none")
        if "transform" in child.attrib:
            _borrow(child)
        elif kind != "text":
            _squeeze(child, across, fixed)


def _borrow(moved: Element) -> None:
    """Have what moves as a whole, as a legend does, use the marks of the first drawing: a page has an id once."""
    for parent in list(moved.iter()):
        parent.attrib.pop("id", None)
        for child in list(parent):
            if child.tag == f"{{{SVG}}}defs":
                parent.remove(child)


def _steps(steps: str, across: _Across) -> str:
    """The steps of a path, each from the drawing's corner, squeezed."""
    out, x, y = [], 0.0, 0.0
    start = x, y
    for command, given in _STEPS.findall(steps):
        numbers = [float(one) for one in NUMBER.findall(given)]
        points, count = list(zip(numbers[::2], numbers[1::2], strict=True)), _POINTS[command.lower()]
        if command in "zZ":
            out, (x, y) = [*out, "Z"], start
        for at in range(0, len(points), count):
            step = [(x + dx, y + dy) if command.islower() else (dx, dy) for dx, dy in points[at:at + count]]
            x, y = step[-1]
            if command in "mM" and not at:
                start = x, y
            out.append(("L" if at and command in "mM" else command.upper())
                       + " ".join(f"{across(px):.3f} {py:.3f}" for px, py in step))
    return "".join(out)
