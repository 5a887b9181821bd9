"""Drawings as Matplotlib writes them, in less than half of the room: the same picture for every reader.

A drawing stands in a page, in a notebook, beside the page and in every release that changes it.
"""

import re
from collections import Counter
from collections.abc import Iterator
from xml.etree import ElementTree
from xml.etree.ElementTree import Element

SVG, XLINK = "http://www.w3.org/2000/svg", "http://www.w3.org/1999/xlink"
DECIMALS = 2
"""Of coordinates in points: a tenth of the smallest step that a screen shows, at twice the usual size."""

_OWN = re.compile(r"(?!(?:figure|axes|matplotlib\.axis|legend)_\d+$|patch_1$)[\w.]+_\d+")
"""The names that Matplotlib gives groups, but those of panels, their axes and what stands beside them: a narrow page
shows a drawing panel by panel."""
_STEP = re.compile(r"[A-Za-z]|-?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?")
_PAIRS = {"M": 1, "L": 1, "Q": 2, "C": 3, "Z": 0}
"""Commands of a path, with the points that each takes."""
_UNIT = 10 ** DECIMALS
_PAINTS = {f"{{{SVG}}}path", f"{{{SVG}}}use"}
_PLACED = {"use": ("x", "y"), "rect": ("x", "y", "width", "height"), "text": ("x", "y")}
ElementTree.register_namespace("", SVG)
ElementTree.register_namespace("xlink", XLINK)


def compact(svg: str) -> str:
    """Leave out what no reader sees: metadata, groups that only have a name and are no panel, white space, and digits
    beyond DECIMALS.

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
    _share_family(root)
    _gather(root)
    return ElementTree.tostring(root, "unicode") + "\n"


def path(steps: str) -> str:
    """The steps of a path, each from where the one before it ended, as short as they can be written with DECIMALS.

    Args:
        steps: with the commands M, L, C, Q and Z, which are all that Matplotlib writes; others stay as they are.

    Raises:
        ValueError: a step that lacks a number.
    """
    found = _STEP.findall(steps)
    if any(step.upper() not in _PAIRS for step in found if step.isalpha()):
        return steps
    out, command, last = "", "", ""
    here = start = (0, 0)  # in the last decimal, so that no rounding adds up
    at = 0
    while at < len(found):
        if found[at].isalpha():
            command, at = found[at], at + 1
            if command in "Zz":
                out, here, last = f"{out}z", start, "z"
                continue
        count = 2 * _PAIRS[command.upper()]
        numbers = [round(float(one) * _UNIT) for one in found[at:at + count]]
        if len(numbers) < count:
            raise ValueError(f"expected {count} numbers after {command!r} in a path, got {len(numbers)}")
        moved = numbers if command.islower() else [one - here[axis % 2] for axis, one in enumerate(numbers)]
        here = here[0] + moved[-2], here[1] + moved[-1]
        short = command.lower()
        out += ("" if short == last and short != "m" else short) + _joined(moved, after=short == last != "m")
        last, at = short, at + count
        if short == "m":
            start, command = here, "l" if command.islower() else "L"
    return out


def _joined(numbers: list[int], after: bool) -> str:
    """Numbers in the last decimal, apart from each other and, where there is one, from the number before them."""
    out = ""
    for number in numbers:
        text = _number(str(number / _UNIT))
        out += f" {text}" if (out or after) and not text.startswith("-") else text
    return out


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


def _gather(parent: Element) -> None:
    """Put neighbours that are painted and clipped alike into a group that says so once.

    What is defined for use elsewhere takes nothing from a group there, and stays.
    """
    if parent.tag == f"{{{SVG}}}defs":
        return
    gathered: list[Element] = []
    alike: dict[str, str] = {}
    for child in parent:
        _gather(child)
        said = {name: child.attrib[name] for name in ("clip-path", "style") if name in child.attrib}
        if child.tag not in _PAINTS or not said or "opacity:" in said.get("style", "").replace("-opacity:", ""):
            said = {}  # a group that lets light through does so as a whole
        elif said == alike:
            if gathered[-1].tag in _PAINTS:
                gathered[-1:] = [_grouped(said, gathered[-1])]
            gathered[-1].append(_without(said, child))
            continue
        alike = said
        gathered.append(child)
    parent[:] = gathered


def _grouped(said: dict[str, str], first: Element) -> Element:
    group = Element(f"{{{SVG}}}g", said)
    group.append(_without(said, first))
    return group


def _without(said: dict[str, str], element: Element) -> Element:
    for name in said:
        del element.attrib[name]
    return element


def _share_family(root: Element) -> None:
    """Let the drawing say once in which type most of its texts are set."""
    texts = [(one, _declarations(one.get("style", ""))) for one in root.iter(f"{{{SVG}}}text")]
    named = Counter(said for _, style in texts for said in style if said.startswith("font-family:"))
    if not named or "style" in root.attrib:
        return
    family = named.most_common(1)[0][0]
    root.set("style", family)
    for element, style in texts:
        if family in style:
            element.set("style", ";".join(one for one in style if one != family))


def _declarations(style: str) -> list[str]:
    return [re.sub(r"\s*:\s*", ":", one.strip()) for one in style.split(";") if one.strip()]


def _number(text: str) -> str:
    try:
        found = f"{float(text):.{DECIMALS}f}".rstrip("0").rstrip(".")
    except ValueError:
        return text  # such as 100%
    found = found.replace("0.", ".", 1) if found.startswith(("0.", "-0.")) else found
    return "0" if found == "-0" else found
