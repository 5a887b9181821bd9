"""Drawings inside pages: SVG that takes the colour of the text around it and clashes with nothing on the page."""

import re
from xml.etree import ElementTree

SVG, XLINK = "http://www.w3.org/2000/svg", "http://www.w3.org/1999/xlink"
_BLACK = re.compile(r"(?<![\w-])(?:#000000|#000(?![0-9a-f])|black)\b", re.IGNORECASE)
_BLUE = re.compile("#0072b2", re.IGNORECASE)  # the palette's, whose thin lines a dark page has to lift
_PAINTED = ("fill", "stroke", "style", "color", "stop-color")
_DROPPED = ("metadata", "style", "title", "desc")
ElementTree.register_namespace("", SVG)
ElementTree.register_namespace("xlink", XLINK)


def inline(text: str, prefix: str, label: str) -> str:
    """Prepare a drawing to stand in a page.

    Ids get a prefix, because those of two drawings would clash; black becomes `currentColor` and the palette's blue
    a variable, for dark pages; style sheets go, because they would apply to the whole page.

    Args:
        text: an SVG file.
        prefix: unique on the page; ids become prefix-id.
        label: the alternative text, which screen readers speak instead of what is inside.

    Returns:
        One `<svg>` element.

    Raises:
        ValueError: the text is not SVG.
    """
    try:
        root = ElementTree.fromstring(text)
    except ElementTree.ParseError as error:
        raise ValueError(f"expected an SVG drawing, got something that is not XML: {error}") from None
    if root.tag != f"{{{SVG}}}svg":
        raise ValueError(f"expected an SVG drawing, got <{root.tag}>")
    for parent in list(root.iter()):
        for child in list(parent):
            if child.tag in {f"{{{SVG}}}{name}" for name in _DROPPED}:
                parent.remove(child)
    ids: set[str] = set()
    for element in root.iter():  # Matplotlib names an image by its content, so two equal ones have one name
        if (own := element.get("id")) in ids:
            del element.attrib["id"]
        elif own is not None:
            ids.add(own)
    for element in root.iter():
        for name, value in element.attrib.items():
            element.set(name, _rename(name, _recolour(name, value), ids, prefix))
    root.attrib = {"fill": "currentColor", "stroke-linejoin": "round", **root.attrib, "class": "exhibit-art",
                   "role": "img", "aria-label": label, "focusable": "false"}
    return ElementTree.tostring(root, "unicode")


def _rename(name: str, value: str, ids: set[str], prefix: str) -> str:
    if name == "id":
        return f"{prefix}-{value}"
    if name in ("href", f"{{{XLINK}}}href") and value[1:] in ids:
        return f"#{prefix}-{value[1:]}"
    if name in ("aria-labelledby", "aria-describedby"):
        return " ".join(f"{prefix}-{part}" if part in ids else part for part in value.split())
    return re.sub(r"url\(#([^)]+)\)", rf"url(#{prefix}-\1)", value)


def _recolour(name: str, value: str) -> str:
    value = _BLACK.sub("currentColor", value) if name in _PAINTED else value
    return _BLUE.sub(r"var(--exhibit-blue, \g<0>)", value) if name == "style" else value
