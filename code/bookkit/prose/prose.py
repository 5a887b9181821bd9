"""Blocks, pieces and lines of a page's prose, read from its document tree."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import cast

from docutils import nodes
from sphinx import addnodes

from bookkit.parts import page_text
from bookkit.parts.nodes import CheckedMark, PassageMark, QuotedMark, ResultMark, TypedBlock, TypedMark, VerdictMark

HIDDEN = "\N{OBJECT REPLACEMENT CHARACTER}"  # stands for what the lint must not read, so that its neighbours stay apart
_NOT_PROSE = (nodes.literal_block, nodes.math_block, nodes.comment, nodes.raw, nodes.docinfo, nodes.doctest_block,
              nodes.system_message, nodes.substitution_definition, TypedBlock, addnodes.toctree)
_NOT_WORDS = (nodes.literal, nodes.math, nodes.raw, nodes.footnote_reference, nodes.citation_reference, nodes.image,
              nodes.problematic, QuotedMark, TypedMark, CheckedMark)


@dataclass(frozen=True)
class Piece:
    """A run of text in a block, and the innermost node that it comes from; `words` if a person typed it as prose."""

    text: str
    node: nodes.Node
    words: bool


class Source:
    """The lines of a page's file, to correct lines that parsers only know roughly.

    Cells of tables carry no line, and text between code cells one that ignores blank lines.
    """

    def __init__(self, document: nodes.document):
        self.lines = page_text.read(Path(document["source"])).split("\n")

    def nearest(self, guess: int | None, text: str) -> int | None:
        """The line nearest to a guess on which a text stands; the guess if it stands on none."""
        found = [number for number, line in enumerate(self.lines, 1) if text in line]
        return min(found, key=lambda number: abs(number - (guess or 0)), default=guess)


def blocks(document: nodes.document) -> Iterator[nodes.TextElement]:
    """The blocks of prose of a page: paragraphs, titles, captions, terms; no code, output or quotation."""
    for node in document.findall(nodes.TextElement):
        if isinstance(node, nodes.Inline) or any(_is_not_prose(a) for a in lineage(node)):
            continue
        if not isinstance(node.parent, nodes.TextElement):
            yield node


def pieces(block: nodes.Element) -> Iterator[Piece]:
    """The text of a block from left to right, in pieces."""
    for child in block.children:
        yield from pieces_of(child)


def pieces_of(node: nodes.Node) -> Iterator[Piece]:
    """The text of one node of a block, in pieces."""
    if isinstance(node, nodes.Text):
        yield Piece(node.astext(), node, True)
    elif isinstance(node, (ResultMark, VerdictMark, PassageMark)):
        yield Piece("", node, False)
    elif isinstance(node, _NOT_WORDS) or _is_reference_to_number(node):
        yield Piece(node.astext(), node, False)
    elif isinstance(node, nodes.Element):
        yield from pieces(node)


def lint_text(block: nodes.TextElement) -> str:
    """The words of a block that a person typed, line ends kept, with one stand-in for each thing that is exempt."""
    if any(isinstance(n, TypedMark) and not n.astext() for n in block.findall(TypedMark)):
        return ""
    return "".join(p.text if p.words else HIDDEN + "\n" * p.text.count("\n") for p in pieces(block))


def line_of(node: nodes.Node, offset: int = 0, text: str = "") -> int | None:
    """The source line of a position in a block: the block's line and the line ends before the position."""
    line = next((one.line for one in lineage(node) if one.line is not None), None)
    return None if line is None else line + text.count("\n", 0, offset)


def block_of(mark: nodes.Element) -> nodes.TextElement:
    """The paragraph, title or the like that an inline node stands in, however deep."""
    block = cast(nodes.TextElement, mark.parent)
    while isinstance(block, nodes.Inline) and isinstance(block.parent, nodes.TextElement):
        block = block.parent
    return block


def place_in_block(mark: nodes.Element) -> int | None:
    """The source line of an inline node: that of its block, plus the line ends before it."""
    block = block_of(mark)
    before = 0
    for piece in pieces(block):
        if piece.node is mark:
            break
        before += piece.text.count("\n")
    line = line_of(block)
    return None if line is None else line + before


def lineage(node: nodes.Node) -> Iterator[nodes.Node]:
    """A node, and what it stands in, from the inside out."""
    place: nodes.Node | None = node
    while place is not None:
        yield place
        place = place.parent


def _is_not_prose(node: nodes.Node) -> bool:
    if isinstance(node, nodes.block_quote):
        return "quoted" in node["classes"] or any(isinstance(c, nodes.attribution) for c in node.children)
    return isinstance(node, _NOT_PROSE) or (isinstance(node, nodes.container)
                                            and str(node.get("nb_element", "")).startswith("cell_code"))


def _is_reference_to_number(node: nodes.Node) -> bool:
    """Whether the text is a citation, or the target of a cross-reference, which the build replaces by what it finds.

    A word of the glossary is its own text.
    """
    return isinstance(node, addnodes.pending_xref) and node.get("reftype") != "term" and (
        node.get("refdomain") == "cite" or not node.get("refexplicit"))
