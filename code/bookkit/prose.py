"""Sentences and lines of a page's prose, read from its document tree."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from docutils import nodes
from sphinx import addnodes

from bookkit.entries import Cited
from bookkit.marks import QuotedMark, ResultMark, TypedBlock, TypedMark, VerdictMark

HIDDEN = "\N{OBJECT REPLACEMENT CHARACTER}"  # stands for what the lint must not read, so that its neighbours stay apart
_SENTENCE_END = re.compile(r"(?<=[.!?])[\"'”’)]*(?:\s*\n|\s+(?=[A-Z\"'“‘(]))|(?<=[.!?])[\"'”’)]*$")
_NOT_PROSE = (nodes.literal_block, nodes.math_block, nodes.comment, nodes.raw, nodes.docinfo, nodes.doctest_block,
              nodes.system_message, nodes.substitution_definition, TypedBlock, addnodes.toctree)
_NOT_WORDS = (nodes.literal, nodes.math, nodes.raw, nodes.footnote_reference, nodes.citation_reference, nodes.image,
              nodes.problematic, QuotedMark, TypedMark)


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
        self.lines = Path(document["source"]).read_text("utf-8").split("\n")

    def nearest(self, guess: int | None, text: str) -> int | None:
        """The line nearest to a guess on which a text stands; the guess if it stands on none."""
        found = [number for number, line in enumerate(self.lines, 1) if text in line]
        return min(found, key=lambda number: abs(number - (guess or 0)), default=guess)


def blocks(document: nodes.document) -> Iterator[nodes.TextElement]:
    """The blocks of prose of a page: paragraphs, titles, captions, terms; no code, output or quotation."""
    for node in document.findall(nodes.TextElement):
        if isinstance(node, nodes.Inline) or any(_is_not_prose(a) for a in _lineage(node)):
            continue
        if not isinstance(node.parent, nodes.TextElement):
            yield node


def pieces(block: nodes.TextElement) -> Iterator[Piece]:
    """The text of a block from left to right, in pieces."""
    for child in block.children:
        if isinstance(child, nodes.Text):
            yield Piece(child.astext(), child, True)
        elif isinstance(child, (ResultMark, VerdictMark)):
            yield Piece("", child, False)
        elif isinstance(child, _NOT_WORDS) or _is_reference_to_number(child):
            yield Piece(child.astext(), child, False)
        elif isinstance(child, nodes.Element):
            yield from pieces(child)


def lint_text(block: nodes.TextElement) -> str:
    """The words of a block that a person typed, line ends kept, with one stand-in for each thing that is exempt."""
    if any(isinstance(n, TypedMark) and not n.astext() for n in block.findall(TypedMark)):
        return ""
    return "".join(p.text if p.words else HIDDEN + "\n" * p.text.count("\n") for p in pieces(block))


def line_of(node: nodes.Node, offset: int = 0, text: str = "") -> int | None:
    """The source line of a position in a block: the block's line and the line ends before the position."""
    while node is not None and node.line is None:
        node = node.parent
    return None if node is None else node.line + text.count("\n", 0, offset)


def sentence_around(mark: ResultMark) -> tuple["str | Cited", ...]:
    """The sentence that a cited number stands in, as text with the numbers that it cites.

    Args:
        mark: the place of the number.

    Returns:
        Text and numbers in turn, white space evened out.
    """
    block = mark.parent
    while isinstance(block, nodes.Inline) and isinstance(block.parent, nodes.TextElement):
        block = block.parent
    sentence: list[str | Cited] = []
    here = False
    for piece in pieces(block):
        if isinstance(piece.node, addnodes.pending_xref) and not piece.words:
            sentence.append("…")  # what it refers to has no number yet
            continue
        if isinstance(piece.node, ResultMark):
            here = here or piece.node is mark
            sentence.append(Cited(id=piece.node["rid"], part=piece.node["part"]))
            continue
        start = 0
        for end in _SENTENCE_END.finditer(piece.text) if piece.words else ():
            sentence.append(piece.text[start:end.end()])
            start = end.end()
            if here:
                return _even(sentence)
            sentence = []
        sentence.append(piece.text[start:])
    return _even(sentence)


def caption_pieces(caption: nodes.TextElement) -> tuple["str | Cited", ...]:
    """A whole caption, as text with the numbers that it cites."""
    return _even([Cited(id=p.node["rid"], part=p.node["part"]) if isinstance(p.node, ResultMark) else p.text
                  for p in pieces(caption)])


def place_in_block(mark: nodes.Element) -> int | None:
    """The source line of an inline node: that of its block, plus the line ends before it."""
    block = mark.parent
    while isinstance(block, nodes.Inline) and isinstance(block.parent, nodes.TextElement):
        block = block.parent
    before = 0
    for piece in pieces(block):
        if piece.node is mark:
            break
        before += piece.text.count("\n")
    line = line_of(block)
    return None if line is None else line + before


def _even(sentence: list["str | Cited"]) -> tuple["str | Cited", ...]:
    merged: list[str | Cited] = []
    for part in sentence:
        if isinstance(part, str) and merged and isinstance(merged[-1], str):
            merged[-1] += part
        else:
            merged.append(part)
    merged = [re.sub(r"\s+", " ", p) if isinstance(p, str) else p for p in merged]
    if merged and isinstance(merged[0], str):
        merged[0] = merged[0].lstrip()
    if merged and isinstance(merged[-1], str):
        merged[-1] = merged[-1].rstrip()
    return tuple(p for p in merged if p)


def _lineage(node: nodes.Node) -> Iterator[nodes.Node]:
    while node is not None:
        yield node
        node = node.parent


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
