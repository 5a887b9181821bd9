"""Words of quantity that nothing ties to results: "every seed", "none of the ensembles", "by the narrowest margin".

Such words are right in the build that they were written for, and another machine draws other seeds. The lint reads what
a person typed and reports words that count seeds, or that say how close a result came. Sentences that state a test
("stands if no seed of any arm does") or ask for a guess are about no result and pass, and so does "a line for each
seed" in the text of a figure. What is right to type is marked as numbers are, {typed}`every seed <reason>`.
"""

import re
from collections.abc import Iterator

from docutils import nodes

from bookkit.parts.nodes import Described
from bookkit.prose import alt
from bookkit.prose.lint import NUMBER_WORD, Found
from bookkit.prose.prose import Source, blocks, line_of, lint_text

_NUMBER = rf"(?:\d+|{NUMBER_WORD})"
_UNIT, _UNITS = r"(?:seed|ensemble)\b", r"(?:seeds|ensembles)\b"
_SAMPLES = r"(?:seeds|ensembles|models|networks|runs)\b"
_THESE = rf"(?:(?:of|all|its|the|them|these|those|reported|stuck|solving|{_NUMBER})\s+)*"
_KINDS = {
    "each": rf"\b(?:every|each)\s+(?:[\w-]+\s+)?{_UNIT}(?!\s+that\b)",
    "none": r"\b(?:no|neither|any)\s+(?:(?:other|single|trained|reported|solving|stuck)\s+)?"
            rf"(?:{_UNIT}|trained\s+model\b)",
    "all": rf"(?<!\bover )(?<!\bof )\ball\s+{_THESE}{_UNITS}(?!\s+that\b)",
    "share": r"(?<!\bhow )(?<!\bso )\b(?:none|half|most|many|few|some|thirds?|quarters?|majority|all\s+but\s+\w+)\s+"
             rf"{_THESE}{_UNITS}",
    "count": rf"\b(?:none|{_NUMBER})\s+(?:of|in|out\s+of)\s+{_THESE}{_NUMBER}\s+(?:[\w-]+\s+)?{_SAMPLES}",
    "margin": r"\bnarrowest\b|\bby\s+a\s+hair\b|\bhalf\s+of\s+the\s+time\b|\bnot\s+one\b(?!\s+(?:but|more)\b)"
              r"|\b(?:nearly|almost)\s+(?:all|none|every|no)\b",
}
_LOOSE = re.compile("|".join(f"(?P<{kind}>{pattern})" for kind, pattern in _KINDS.items()), re.IGNORECASE)
_TEST = re.compile(r"\?|\b(?:if|whether|criterion|threshold|counts? as|must|may)\b", re.IGNORECASE)
_SENTENCE = re.compile(r"[^.!?]*(?:[.!?](?!\s|$)[^.!?]*)*[.!?]?")


def loose_words(text: str, *, pictures: bool = False) -> Iterator[Found]:
    """Find the words of quantity in a text.

    Args:
        text: as a person typed it.
        pictures: it belongs to a figure, which has a line or a point "for each seed".
    """
    for sentence in _SENTENCE.finditer(text):
        if _TEST.search(sentence[0]):
            continue
        for match in _LOOSE.finditer(sentence[0]):
            before = sentence[0][:match.start()].split()[-1:]
            if match.lastgroup != "each" or not (pictures or before in (["for"], ["of"])):
                yield Found(match.lastgroup or "", match[0], sentence.start() + match.start())


def check(document: nodes.document) -> Iterator[tuple[int | None, str]]:
    """Source line and message for each word of quantity of a page that nothing ties to a result."""
    source = Source(document)
    for block in blocks(document):
        text = lint_text(block)
        for found in loose_words(text, pictures=isinstance(block, (nodes.caption, nodes.legend))):
            yield source.nearest(line_of(block, found.start, text), found.text), _message(found)
    for art in document.findall(Described):
        for found in loose_words(alt.lint_text(art["alt"]), pictures=True):
            yield source.nearest(line_of(art), found.text), f"{_message(found)} (in the alt text)"


def _message(found: Found) -> str:
    return (f"{' '.join(found.text.split())!r} may be wrong in another build; say {{seeds}}`id` or "
            "{checked}`words|condition`, or with {typed}`text <reason>` why it cannot")
