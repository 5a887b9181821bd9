"""Claims in the text: `{claim} id` is a box with the verdict of this build; `ledger` has the list of all of them.

The role {verdict}`id` is the verdict as a word of a sentence, for prose that would otherwise type it.
"""

import functools
from collections.abc import Iterable, Sequence
from typing import Any

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.transforms.post_transforms import SphinxPostTransform
from sphinx.util.docutils import SphinxDirective, SphinxRole

from bookkit.authoring import passages
from bookkit.authoring.passages import Passage
from bookkit.kinds import replication
from bookkit.parts.fold import SHOWN, Fold, shortened
from bookkit.parts.nodes import ClaimBox, ResultMark, VerdictMark
from bookkit.results.catalogue import Catalogue, catalogue
from bookkit.results.domain import WEB, claim_anchor
from bookkit.results.verdicts import Judged, judged, mismatch, remark
from evidence.claims import EXACT, NOT_RUN

OURS = "ours"
"""The source of what a book itself asserts."""
IN_PART = "run in part"
"""What a sentence says of a claim that cannot be judged yet, though some of its results are there."""
_EXACT = "exact: an identity, or what follows from the construction; no draw of seeds could change it"


class ClaimDirective(SphinxDirective):
    """A claim's box; the content, if any, is the author's remark."""

    required_arguments = 1
    has_content = True

    def run(self) -> list[nodes.Node]:
        cid = self.arguments[0].strip()
        box = ClaimBox(cid=cid, ids=[claim_anchor(cid)])
        self.set_source_info(box)
        self.state.nested_parse(self.content, self.content_offset, box)
        return [box]


class VerdictRole(SphinxRole):
    """The verdict on a claim, as a link to its box."""

    def run(self) -> tuple[list[nodes.Node], list[nodes.system_message]]:
        cid = self.text.strip()
        return [VerdictMark(self.rawtext, cid, cid=cid)], []


class FillClaims(SphinxPostTransform):
    """Write the verdicts of this build; it runs before the numbers of the evidence are filled in."""

    default_priority = 4

    def run(self, **kwargs: Any) -> None:
        places = list(self.document.findall(lambda node: isinstance(node, (ClaimBox, VerdictMark))))
        if not places:
            return
        found = catalogue(self.env)
        claims, tested = judged(self.env, found), passages.of_claims(self.env, found)
        for node in places:
            if isinstance(node, VerdictMark):
                node.replace_self(link(self.app, found, node["cid"], word(claims[node["cid"]])))
            else:
                node.replace_self(self._box(node, claims[node["cid"]], tested[node["cid"]], found))

    def _box(self, node: ClaimBox, one: Judged, tested: list[Passage], found: Catalogue) -> nodes.Element:
        box = nodes.admonition(ids=node["ids"], classes=["claim", coloured(one.verdict.verdict)])
        box += nodes.title("", "", nodes.Text("Claim "), nodes.literal("", one.claim.id),
                           nodes.Text(f": {one.verdict.verdict}"))
        box += nodes.paragraph("", one.claim.statement)
        if one.stale:
            box += nodes.paragraph("", "", nodes.strong("", mismatch(one)), classes=["claim-mismatch"])
        elif said := remark(one):
            box += nodes.paragraph("", said, classes=["claim-remark"])
        box += node.children
        facts = [("Kind", [nodes.paragraph("", _EXACT)] if one.claim.kind == EXACT else []),
                 ("Test", [nodes.paragraph("", one.claim.criterion_text)]),
                 ("Lacking" if one.verdict.verdict == NOT_RUN else "Found",
                  [nodes.paragraph("", said)] if (said := conditions(one)) else []),
                 ("Evidence", evidence(one)),
                 ("Source", [quoted(self.app, one)])]
        more: list[nodes.Node] = [_facts(facts), *within(self.app, tested), _proof(one, found)]
        ledgers = [name for name, page in sorted(found.domain.pages.items()) if page.ledger]
        if ledgers:
            row = f"{uri(self.app, ledgers[0])}#row-{claim_anchor(one.claim.id)}"
            more.append(nodes.paragraph("", "", nodes.reference("", "All claims", internal=True, refuri=row)))
        # folded on a phone alone, by style: elsewhere a claim's test stands below it
        box += Fold("", *more, summary="Test, evidence, source", classes=["claim-details"])
        return box


def _facts(facts: Iterable[tuple[str, Sequence[nodes.Node]]]) -> nodes.definition_list:
    """Facts under their names; those of which there is nothing to say are left out."""
    return nodes.definition_list("", *(
        nodes.definition_list_item("", nodes.term("", name), nodes.definition("", *body))
        for name, body in facts if body))


def _proof(one: Judged, found: Catalogue) -> Fold:
    """What backs a test, folded: a reader of the verdict needs it only to doubt it."""
    power = [nodes.paragraph("", one.claim.power)] if one.claim.power else []
    others = replication.of_claim(one, found)
    named = ["Age of the criterion", *(["power"] if power else []), *(["replications"] if others else [])]
    facts = [("Criterion", [nodes.paragraph("", one.standing.sentence())]), ("Seeds", power), ("Replications", others)]
    return Fold("", _facts(facts), summary=", ".join(named), classes=["claim-more"])


def link(app: Sphinx, found: Catalogue, cid: str, text: str) -> nodes.TextElement:
    """A text that leads to the box of a claim; the text alone where no page has one."""
    box = found.domain.boxes.get(cid)
    if box is None:
        return nodes.inline("", text)
    return nodes.reference("", text, internal=True, refuri=f"{uri(app, box.place.docname)}#{box.place.anchor}")


def source(app: Sphinx, one: Judged) -> nodes.Node:
    """The name of the source that makes a claim, as a link to where it is."""
    name, target = app.config.bookkit_sources.get(one.claim.source, (f"source {one.claim.source}", ""))
    if not target:
        return nodes.Text(name)
    docname, _, anchor = target.partition("#")
    address = target if "://" in target else uri(app, docname) + (f"#{anchor}" if anchor else "")
    return nodes.reference("", name, internal="://" not in target, refuri=address)


def quoted(app: Sphinx, one: Judged) -> nodes.Element:
    """What the source says, and which it is."""
    quote = nodes.inline("", f"“{one.claim.quote}”", classes=["quoted"])
    return nodes.paragraph("", "", quote, nodes.Text(" ("), source(app, one), nodes.Text(")"))


def uri(app: Sphinx, docname: str) -> str:
    """A page's address as seen from the one that is written; of that page nothing, so that links stay within it in
    every format."""
    here = app.env.docname
    return "" if docname == here else app.builder.get_relative_uri(here, docname)


def within(app: Sphinx, tested: list[Passage]) -> list[nodes.Element]:
    """The passages that a claim tests, folded."""
    to = functools.partial(uri, app) if app.builder.name in WEB else None
    return passages.listed(tested, app.env.docname, to)


def coloured(verdict: str) -> str:
    """The class that gives a verdict its colour."""
    return f"claim-{dashed(verdict)}"


def dashed(verdict: str) -> str:
    """A verdict as the end of a class: "not-run"."""
    return verdict.replace(" ", "-")


def word(one: Judged) -> str:
    """The verdict as a word of a sentence, which does not say "not run" beside a value that is there."""
    some = any(one.evidence.values())
    return IN_PART if one.verdict.verdict == NOT_RUN and some else one.verdict.verdict


def conditions(one: Judged) -> str:
    """What was found beside the verdict; of a claim that was not run, why, where more than its evidence says it."""
    return "; ".join(one.lacking) if one.verdict.verdict == NOT_RUN else one.verdict.conditions


def evidence(one: Judged) -> list[nodes.Element]:
    """The results that a claim rests on, with their values; those that are too many to read, folded."""
    lines = []
    for rid, record in one.evidence.items():
        if record is None:
            lines.append(nodes.paragraph("", "", nodes.literal("", rid), nodes.Text(f": {NOT_RUN}")))
        else:
            mark = ResultMark("", rid, rid=rid, part="rci", cell=True)
            lines.append(nodes.paragraph("", "", nodes.Text(f"{record.title}: "), mark))
    return shortened(lines, SHOWN, "evidence")


def setup(app: Sphinx) -> None:
    """Register the directives and the role."""
    app.add_config_value("bookkit_ledger", "deref.ledger", "env")
    # letter of a source: its name, and a page of the book (with an anchor) or an address; empty where there is none
    app.add_config_value("bookkit_sources", {OURS: ("this book", "")}, "env")
    app.add_directive("claim", ClaimDirective)
    app.add_role("verdict", VerdictRole())
    app.add_post_transform(FillClaims)
