"""Long lists, folded: a page is to be read, and its text cites what it needs.

The results under a cell are, and the passages and the evidence of a claim.
"""

from html import escape

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.writers.html5 import HTML5Translator

LINE = "result-line"
SHOWN = 8  # lines that stand open; more than these are folded together
QUIET = "tag_remove-input"  # of cells that only publish: their results are folded, however few


class Fold(nodes.General, nodes.Element):
    """What web pages fold behind a `summary`, and other builders show as it is."""


def shortened(blocks: list[nodes.Element], shown: int, kind: str, closed: str = "") -> list[nodes.Element]:
    """A bulleted list, whose end is folded where it is long.

    Args:
        blocks: one for each item.
        shown: how many stand open.
        kind: class of the lists.
        closed: the summary where none stands open.
    """
    first, rest = (nodes.bullet_list("", *(nodes.list_item("", block) for block in some), classes=[kind])
                   for some in (blocks[:shown], blocks[shown:]))
    summary = f"{len(rest)} more" if shown else closed
    folded: list[nodes.Element] = [Fold("", rest, summary=summary, classes=["claim-more"])] if len(rest) else []
    return [first, *folded] if shown else folded


def fold(document: nodes.document) -> None:
    """Put the results that one cell publishes behind a summary, where they are many.

    Args:
        document: of a page, with the outputs of its cells.
    """
    for output in list(document.findall(nodes.container)):
        lines = [child for child in output.children if LINE in child.get("classes", ())]
        quiet = QUIET in output.parent.get("classes", ())
        if output.get("nb_element") != "cell_code_output" or len(lines) <= (0 if quiet else SHOWN):
            continue
        place = output.index(lines[0])
        for line in lines:
            output.remove(line)
        output.insert(place, Fold("", *lines, summary=_summary(len(lines), quiet), classes=["result-lines"]))


def _summary(number: int, quiet: bool) -> str:
    results = "1 result" if number == 1 else f"{number} results"
    return f"{results} behind this passage" if quiet else f"{results} of this cell"


def _visit(self: HTML5Translator, node: Fold) -> None:
    self.body.append(f'<details class="{" ".join(node["classes"])}"><summary>{escape(node["summary"])}</summary>\n')


def _depart(self: HTML5Translator, node: Fold) -> None:
    self.body.append("</details>\n")


def _pass(self: object, node: Fold) -> None:
    pass


def setup(app: Sphinx) -> None:
    """Register the node; outputs are lists of lines only once MyST-NB has chosen among their formats."""
    app.connect("doctree-resolved", lambda app, doctree, docname: fold(doctree))
    app.add_node(Fold, html=(_visit, _depart), latex=(_pass, _pass), text=(_pass, _pass), man=(_pass, _pass),
                 texinfo=(_pass, _pass))
