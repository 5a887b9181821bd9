"""Passages: the sentences of running text that a claim tests, each with an anchor that the claim's box links to.

A sentence is a passage of a claim if it cites a result that the claim is judged by, names its verdict, or is marked by
its author: {passage}`id` before the first word. A declaration may change after a page was read, so which sentence
belongs to which claim is asked when pages are written.
"""

from collections import Counter, defaultdict
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment
from sphinx.transforms.post_transforms import SphinxPostTransform
from sphinx.util.docutils import SphinxRole

from bookkit.parts.entries import Cited, Fault, Sentence, slug
from bookkit.parts.fold import shortened
from bookkit.parts.nodes import PassageMark, SentenceMark
from bookkit.results import verdicts
from bookkit.results.catalogue import Catalogue, catalogue
from bookkit.results.domain import WEB

WORDS = 8  # of a sentence, for readers to know it by


@dataclass(frozen=True, kw_only=True)
class Passage:
    """A sentence that a claim tests: its page and `number` there, its anchor, and what readers know it by."""

    docname: str
    number: int
    anchor: str
    title: str
    heading: str
    opening: str

    def label(self, here: str) -> str:
        """What a link on the page `here` says."""
        where = dict.fromkeys([self.heading] if self.docname == here else [self.title, self.heading])
        return f"“{self.opening}” ({' – '.join(where)})"


class PassageRole(SphinxRole):
    """The author's mark before a sentence that a claim tests."""

    def run(self) -> tuple[list[nodes.Node], list[nodes.system_message]]:
        return [PassageMark(self.rawtext, cid=self.text.strip())], []


class FillPassages(SphinxPostTransform):
    """Give sentences their anchors; a web page shows the one that a link led to."""

    default_priority = 4

    def run(self, **kwargs: Any) -> None:
        marks = list(self.document.findall(SentenceMark))
        # anchors are unique on a page, not in a book that is written as one page
        web = self.app.builder.name in WEB
        known = anchors(of_claims(self.env, catalogue(self.env)), self.env.docname) if marks and web else {}
        for mark in marks:
            shown = nodes.inline("", "", *mark.children, ids=known.get(mark["number"], []), classes=["passage"])
            mark.replace_self(shown if web else shown.children)


def of_claims(env: BuildEnvironment, found: Catalogue) -> dict[str, list[Passage]]:
    """The passages of all claims, found once for all pages.

    Args:
        env: the build environment, after all pages have been read.
        found: what the build can cite.

    Returns:
        By the claim's id; those on the page of its box first, and of each page in the order of the text.
    """
    return found.domain.once("passages", lambda: _of_claims(env, found))


def _of_claims(env: BuildEnvironment, found: Catalogue) -> dict[str, list[Passage]]:
    pages, boxes = found.domain.pages, found.domain.boxes
    # by the id of a result that a sentence cites or of a claim that it names: where such sentences are
    places: dict[str, set[tuple[str, int]]] = defaultdict(set)
    for docname, page in pages.items():
        for number, sentence in enumerate(page.sentences):
            for name in (*sentence.names, *sentence.cites):
                places[name].add((docname, number))
    tested: dict[str, list[Passage]] = {}
    for claim in verdicts.ledger(env):
        home = boxes[claim.id].place.docname if claim.id in boxes else ""
        met = set().union(*(places.get(name, ()) for name in (claim.id, *claim.needs)))
        counts: Counter[str] = Counter()
        tested[claim.id] = []
        for docname, number in sorted(met, key=lambda place: (place[0] != home, place)):
            counts[docname] += 1
            sentence = pages[docname].sentences[number]
            tested[claim.id].append(Passage(
                docname=docname, number=number, anchor=f"passage-{slug(claim.id)}-{counts[docname]}",
                title=env.titles[docname].astext(), heading=sentence.heading, opening=_opening(found, sentence)))
    return tested


def anchors(tested: dict[str, list[Passage]], docname: str) -> dict[int, list[str]]:
    """The anchors of a page's sentences, by their numbers; a sentence that several claims test has several."""
    found: dict[int, list[str]] = {}
    for passage in (one for some in tested.values() for one in some):
        if passage.docname == docname:
            found.setdefault(passage.number, []).append(passage.anchor)
    return found


def listed(passages: list[Passage], here: str, uri: Callable[[str], str] | None) -> list[nodes.Element]:
    """Links to passages.

    Args:
        passages: of one claim.
        here: the page that lists them.
        uri: the address of a page as seen from there; None where there is nothing for links to lead to.

    Returns:
        A list, folded; nothing where there is none.
    """
    lines = []
    for passage in passages:
        words = nodes.Text(passage.label(here))
        link = words if uri is None else nodes.reference(
            "", "", words, internal=True, refuri=f"{uri(passage.docname)}#{passage.anchor}")
        lines.append(nodes.paragraph("", "", link))
    return shortened(lines, 0, "passages", f"In the text ({len(lines)})")


def faults(env: BuildEnvironment, found: Catalogue) -> list[Fault]:
    """Boxes that have no passage to link to, as reasons to fail a strict build."""
    boxes = found.domain.boxes
    return [Fault(docname=boxes[cid].place.docname, line=boxes[cid].place.line, text=(
                f"claim {cid!r} has no passage: no sentence of the running text cites a result that it is judged by, "
                f"or names its verdict; put {{passage}}`{cid}` before the sentence that it tests"))
            for cid, tested in of_claims(env, found).items() if cid in boxes and not tested]


def _opening(found: Catalogue, sentence: Sentence) -> str:
    """The first words of a sentence; of a value with its interval the value will do."""
    short = (replace(part, part="r") if isinstance(part, Cited) and part.part == "rci" else part
             for part in sentence.words)
    words = found.say(short).split(" ")
    return " ".join(words[:WORDS]) + (" …" if len(words) > WORDS else "")


def setup(app: Sphinx) -> None:
    """Register the role, and what fills the anchors in."""
    app.add_role("passage", PassageRole())
    app.add_post_transform(FillPassages)
