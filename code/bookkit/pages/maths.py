"""Formulae as MathML, which browsers set themselves: a page fetches no script for them, and a screen reader, a printed
page and an e-reader have the same formula as everybody.

Chosen with `html_math_renderer: mathml`. What cannot be a formula is a warning at its line.
"""

from itertools import pairwise
from xml.etree import ElementTree

from docutils import nodes
from latex2mathml import exceptions
from latex2mathml.converter import convert
from sphinx.application import Sphinx
from sphinx.util import logging
from sphinx.util.math import get_node_equation_number
from sphinx.writers.html5 import HTML5Translator

_log = logging.getLogger(__name__)
_MATHML = "http://www.w3.org/1998/Math/MathML"
_MISTAKES = tuple(one for one in vars(exceptions).values() if isinstance(one, type))  # they share no base
_ARGUMENTS = {"mfrac": 2, "mover": 2, "mroot": 2, "msub": 2, "msubsup": 3, "msup": 2, "munder": 2, "munderover": 3}
_CLASS = "math notranslate nohighlight"
_SCRIPTED = {"msub", "msup", "msubsup"}
_THIN = "0.167em"  # what LaTeX sets between a function, as in ln n, and what it is of


def mathml(latex: str, block: bool = False) -> str:
    """A formula as an element `math`.

    Args:
        latex: without dollar signs.
        block: whether it has a line of its own.

    Raises:
        ValueError: it has a command that is not known, an `&` outside of a table, or a bracket or an argument too few.
    """
    try:
        root = ElementTree.fromstring(convert(latex, display="block" if block else "inline"))
    except (*_MISTAKES, ElementTree.ParseError) as error:
        raise ValueError(f"expected a formula in LaTeX, got {latex!r} ({type(error).__name__})") from error
    if unknown := [text for text in root.itertext() if text.startswith("\\")]:
        raise ValueError(f"expected commands of LaTeX that are known, got {', '.join(unknown)} in {latex!r}")
    for element in root.iter():
        element.tag = element.tag.removeprefix(f"{{{_MATHML}}}")
        if len(element) != _ARGUMENTS.get(element.tag, len(element)):
            raise ValueError(f"expected {_ARGUMENTS[element.tag]} arguments of {element.tag}, got {len(element)} in "
                             f"{latex!r}")
    for element in list(root.iter()):
        _separate(element)
    if not block:
        del root.attrib["display"]  # as it is without
    return ElementTree.tostring(root, "unicode", short_empty_elements=False)


def _separate(parent: ElementTree.Element) -> None:
    """Set a space between the functions among an element's children and what they are of, but before brackets."""
    children = list(parent)
    if parent.tag != "mrow":
        return
    for number, (child, following) in reversed(list(enumerate(pairwise(children), 1))):
        if _is_function(child) and following.tag != "mo":
            parent.insert(number, ElementTree.Element("mspace", width=_THIN))


def _is_function(element: ElementTree.Element) -> bool:
    name = element[0] if element.tag in _SCRIPTED else element
    return name.tag == "mi" and len(name.text or "") > 1


def _set(translator: HTML5Translator, node: nodes.Element, block: bool) -> str:
    try:
        return mathml(node.astext(), block)
    except ValueError as error:
        _log.warning("%s", error, location=node)
        return translator.encode(node.astext())


def _visit_inline(translator: HTML5Translator, node: nodes.math) -> None:
    start = translator.starttag(node, "span", "", CLASS=_CLASS)
    translator.body.append(f"{start}{_set(translator, node, False)}</span>")
    raise nodes.SkipNode


def _visit_block(translator: HTML5Translator, node: nodes.math_block) -> None:
    translator.body.append(translator.starttag(node, "div", CLASS=_CLASS))
    if node["number"]:
        translator.body.append(f'<span class="eqno">({get_node_equation_number(translator, node)})')
        translator.add_permalink_ref(node, "Link to this equation")
        translator.body.append("</span>")
    translator.body.append(f"{_set(translator, node, True)}</div>\n")
    raise nodes.SkipNode


def setup(app: Sphinx) -> None:
    """Offer the renderer."""
    app.add_html_math_renderer("mathml", (_visit_inline, None), (_visit_block, None))
