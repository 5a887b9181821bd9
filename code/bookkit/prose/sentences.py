"""Sentences of a page's prose: marked in its tree, so that links can lead to them, and read with what they cite.

Sentences that show a number or a verdict are marked, and those that their author calls a passage of a claim, by
{passage}`id` before the first word. Which claims test a sentence is asked when pages are written (see `passages`).
"""

import re
from collections.abc import Iterable
from itertools import takewhile

from docutils import nodes
from sphinx import addnodes

from bookkit.parts.entries import Checked, Cited, ClaimUse, Fault, Page, Place, Sentence, Words
from bookkit.parts.nodes import CheckedMark, ClaimBox, PassageMark, ResultMark, SentenceMark, VerdictMark
from bookkit.prose.prose import Piece, Source, block_of, lineage, pieces, pieces_of, place_in_block

_END = re.compile(r"(?<=[.!?])[\"'”’)]*(?:\s*\n|\s+(?=[A-Z\"'“‘(]))|(?<=[.!?])[\"'”’)]*$")
FOLDED = "dropdown"  # the class of what a page shows only on demand, such as solutions
_MISPLACED = ("{{passage}}`{}` marks no sentence; it stands before the first word of one, outside of emphasis, "
              "headings, tables, boxes of claims and folded text")


def mark(into: Page, docname: str, document: nodes.document, source: Source) -> None:
    """Mark the sentences of a page that show a number or a verdict, or that their author calls a passage.

    Args:
        into: the page's entry, which learns of those in running text.
        docname: the page.
        document: its tree; a marked sentence becomes a node around its words, and the author's marks go.
        source: the page's lines.
    """
    for block in dict.fromkeys(block_of(node) for node in document.findall(_matters)):
        heading, marked = _heading(block), []
        for run in split(block):
            opening = list(takewhile(_opens, run))
            body = run[len(opening):]
            names = _signs(into, docname, source, run, opening if body and heading is not None else [])
            marked += [node for node in opening if isinstance(node, nodes.Text)]
            shows = [found for node in body for found in node.findall(_matters)]
            if isinstance(block, nodes.title) or not (shows or names):
                marked += body
                continue
            sentence = SentenceMark("", "", *body, number=None)
            marked.append(sentence)
            if heading is not None:
                sentence["number"] = len(into.sentences)
                into.sentences.append(_sentence(sentence, heading, names, shows))
        block.clear()
        block.extend(marked)


def split(block: nodes.TextElement) -> list[list[nodes.Node]]:
    """Cut a block into its sentences; one that ends inside of emphasis ends with it, and an author's mark begins one.

    Args:
        block: is left as it is.

    Returns:
        The nodes of each sentence, in turn the block's children, with its texts cut where a sentence ends.
    """
    runs: list[list[nodes.Node]] = [[]]
    for child in block.children:
        if isinstance(child, PassageMark) and not all(map(_opens, runs[-1])):
            runs.append([])
        text, start = child.astext() if isinstance(child, nodes.Text) else "", 0
        for end in _END.finditer(text):
            runs[-1].append(nodes.Text(text[start:end.end()]))
            runs.append([])
            start = end.end()
        if text[start:]:
            runs[-1].append(nodes.Text(text[start:]))
        if not isinstance(child, nodes.Text):
            runs[-1].append(child)
            *_, last = (None, *pieces_of(child))
            if last and last.words and any(end.end() == len(last.text) for end in _END.finditer(last.text)):
                runs.append([])
    return [run for run in runs if run]


def around(mark: ResultMark | CheckedMark) -> Words:
    """The words of the sentence that a mark stands in, on a page whose sentences are marked."""
    return words(next(node for node in lineage(mark) if isinstance(node, SentenceMark)))


def words(element: nodes.TextElement) -> Words:
    """What a sentence or a caption says.

    Args:
        element: what holds it.

    Returns:
        Text, cited numbers and checked words in turn, white space evened out; "…" for what a reference or a verdict
        will show.
    """
    return _even(map(_piece, pieces(element)))


def _piece(piece: Piece) -> "str | Cited | Checked":
    node = piece.node
    if isinstance(node, ResultMark):
        return Cited(id=node["rid"], part=node["part"])
    if isinstance(node, CheckedMark) and node["checked"]:
        return node["checked"]
    return "…" if isinstance(node, VerdictMark) or _unresolved(node, piece.words) else piece.text


def _signs(into: Page, docname: str, source: Source, run: list[nodes.Node], right: list[nodes.Node]) -> set[str]:
    """Note the author's marks in a sentence, and return the claims that those name that stand where they may."""
    names = set()
    for sign in (found for node in run for found in node.findall(PassageMark)):
        place = Place(docname=docname, line=source.nearest(place_in_block(sign), f"`{sign['cid']}`"))
        into.claims.append(ClaimUse(id=sign["cid"], place=place, kind="passage"))
        if sign in right:
            names.add(sign["cid"])
        else:
            into.faults.append(Fault(docname=docname, line=place.line, text=_MISPLACED.format(sign["cid"])))
    return names


def _sentence(mark: SentenceMark, heading: str, names: set[str], shows: list[nodes.Node]) -> Sentence:
    cites = {rid for node in shows for rid in cited(node)}
    verdicts = {node["cid"] for node in shows if isinstance(node, VerdictMark)}
    return Sentence(heading=heading, words=words(mark), cites=tuple(sorted(cites)),
                    names=tuple(sorted(names | verdicts)))


def cited(mark: nodes.Node) -> tuple[str, ...]:
    """The results that a mark in the text uses."""
    if isinstance(mark, ResultMark):
        return (mark["rid"],)
    return mark["checked"].cites if isinstance(mark, CheckedMark) and mark["checked"] else ()


def _matters(node: nodes.Node) -> bool:
    if isinstance(node, ResultMark):
        return not node["cell"]
    return isinstance(node, (VerdictMark, PassageMark, CheckedMark))


def _unresolved(node: nodes.Node, typed: bool) -> bool:
    return isinstance(node, addnodes.pending_xref) and not typed


def _opens(node: nodes.Node) -> bool:
    """Whether a node may stand before the first word of a sentence."""
    return isinstance(node, PassageMark) or (isinstance(node, nodes.Text) and not node.strip())


def _heading(block: nodes.TextElement) -> str | None:
    """The heading that a block stands under; None if it is not running text."""
    around_it = list(lineage(block))
    if any(isinstance(node, (nodes.title, nodes.table, ClaimBox))
           or (isinstance(node, nodes.Element) and FOLDED in node.get("classes", ())) for node in around_it):
        return None
    titles = (node[0] for node in around_it if isinstance(node, nodes.section))
    return next((title.astext() for title in titles if isinstance(title, nodes.title)), "")


def _even(sentence: Iterable["str | Cited | Checked"]) -> Words:
    merged: list[str | Cited | Checked] = []
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
