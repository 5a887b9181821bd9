"""Drawings as Matplotlib writes them, in less than half of the room: the same picture for every reader.

A drawing stands in a page, in a notebook, beside the page and in every release that changes it.
"""

import re
from collections.abc import Iterator
from xml.etree import ElementTree
from xml.etree.ElementTree import Element

SVG, XLINK = "http://www.w3.org/2000/svg", "http://www.w3.org/1999/xlink"
DECIMALS = 2
"""Of coordinates in points: a tenth of the smallest step that a screen shows, at twice the usual size."""

_OWN = re.compile(r"[\w.]+_\d+")
"""The names that Matplotlib gives groups."""
_STEP = re.compile(r"[A-Za-z]|-?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?")
_AGAIN = frozenset("LCQlcq")
"""Commands that need not be repeated for the next point."""
_PLACED = {"use": ("x", "y"), "rect": ("x", "y", "width", "height"), "text": ("x", "y")}
ElementTree.register_namespace("", SVG)
ElementTree.register_namespace("xlink", XLINK)


def compact(svg: str) -> str:
    """Leave out what no reader sees: metadata, groups that only have a name, white space, and digits beyond DECIMALS.

    Args:
        svg: a drawing that Matplotlib wrote, with its text as text.

    Returns:
        A drawing with the same elements, texts, styles and names that anything refers to.
    """
    root = ElementTree.fromstring(svg)
    for child in root.findall(f"{{{SVG}}}metadata"):
        root.remove(child)
    _unwrap(root)
    styles = {f"#{element.get('id')}": _declarations(element.get("style", ""))
              for element in root.iter(f"{{{SVG}}}path") if "id" in element.attrib}
    for element in _outside_text(root):
        kind = element.tag.removeprefix(f"{{{SVG}}}")
        if kind != "text":
            element.text = (element.text or "").strip() or None
        for child in element if kind != "text" else ():
            child.tail = (child.tail or "").strip() or None
        if "d" in element.attrib:
            element.set("d", path(element.attrib["d"]))
        for name in _PLACED.get(kind, ()):
            if name in element.attrib:
                element.set(name, _number(element.attrib[name]))
        if element.get("transform", "").startswith("rotate(-0 "):
            del element.attrib["transform"]
    for element in root.iter():
        if "style" in element.attrib:
            # what a drawing that is used again says itself, its use need not say
            said = styles.get(element.get(f"{{{XLINK}}}href", ""), [])
            kept = [one for one in _declarations(element.attrib.pop("style")) if one not in said]
            if kept:
                element.set("style", ";".join(kept))
    return ElementTree.tostring(root, "unicode") + "\n"


def path(steps: str) -> str:
    """The steps of a path, as short as they can be written with DECIMALS."""
    out, last = [], ""
    for step in _STEP.findall(steps):
        if step.isalpha():
            if step != last or step not in _AGAIN:
                out.append(step)
            last = step
        else:
            number = _number(step)
            out.append(f" {number}" if out and out[-1][-1].isdigit() and not number.startswith("-") else number)
    return "".join(out)


def _unwrap(parent: Element) -> None:
    """Put what is in a group that only has one of Matplotlib's names in the group's place."""
    inside: list[Element] = []
    for child in parent:
        _unwrap(child)
        bare = child.tag == f"{{{SVG}}}g" and child.attrib.keys() <= {"id"} and _OWN.fullmatch(child.get("id", "a_0"))
        inside += list(child) if bare else [child]
    parent[:] = inside


def _outside_text(element: Element) -> Iterator[Element]:
    """An element and all that is below it, without the parts of texts, in which white space is seen."""
    yield element
    if element.tag != f"{{{SVG}}}text":
        for child in element:
            yield from _outside_text(child)


def _declarations(style: str) -> list[str]:
    return [re.sub(r"\s*:\s*", ":", one.strip()) for one in style.split(";") if one.strip()]


def _number(text: str) -> str:
    try:
        found = f"{float(text):.{DECIMALS}f}".rstrip("0").rstrip(".")
    except ValueError:
        return text  # such as 100%
    return "0" if found == "-0" else found
