"""The nodes that stand in a page's tree between reading and writing."""

from docutils import nodes


class ResultMark(nodes.Inline, nodes.TextElement):
    """A number to be filled in when all pages have been read; `rid`, `part`, and `cell` if a cell's output shows it."""


class CheckedMark(nodes.Inline, nodes.TextElement):
    """Words, its child, that are right while a condition holds: `checked`, or None and what is `wrong` with it."""


class VerdictMark(nodes.Inline, nodes.TextElement):
    """The verdict of the claim `cid`, to be filled in."""


class PassageMark(nodes.Inline, nodes.TextElement):
    """The author's word that the sentence after it is a passage of the claim `cid`; gone once its page is read."""


class SentenceMark(nodes.Inline, nodes.TextElement):
    """A sentence that cites or names something; `number` among those of its page that claims may test, or None."""


class TypedMark(nodes.Inline, nodes.TextElement):
    """Text that the lint leaves alone, for the `reason` given; if it is empty, the whole paragraph."""


class TypedBlock(nodes.container):
    """Paragraphs and tables that the lint leaves alone."""


class QuotedMark(nodes.Inline, nodes.TextElement):
    """Words of a source, numbers included."""


class Described(nodes.General, nodes.Element):
    """Something to look at, with its alternative text in `alt`, which is read and checked as prose is."""


class ClaimBox(nodes.General, nodes.Element):
    """The box of the claim `cid`; the author's remarks are its children."""


class ClaimLedger(nodes.General, nodes.Element):
    """The table of all claims."""


class VerdictStrip(nodes.General, nodes.Element):
    """The verdicts on all claims, each a link."""


class ChangesList(nodes.General, nodes.Element):
    """What changed in the results between releases."""


class ResultTable(nodes.General, nodes.Element):
    """The table of all results."""
