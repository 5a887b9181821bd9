"""Claims in the text: `{claim} id` is a box with the verdict of this build, `{claims}` the ledger of all claims.

The role {verdict}`id` is the verdict as a word of a sentence, for prose that would otherwise type it.
"""

from typing import Any

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.transforms.post_transforms import SphinxPostTransform
from sphinx.util.docutils import SphinxDirective, SphinxRole

from bookkit.authoring import passages
from bookkit.authoring.passages import Passage
from bookkit.kinds import replication
from bookkit.parts import table
from bookkit.parts.fold import SHOWN, shortened
from bookkit.parts.nodes import ClaimBox, ClaimLedger, ResultMark, VerdictMark
from bookkit.results.catalogue import Catalogue, catalogue
from bookkit.results.domain import WEB, claim_anchor
from bookkit.results.verdicts import Judged, judged, mismatch, remark
from evidence.claims import EXACT, FINDING, NOT_RUN

_GROUPS = {FINDING: "Findings", EXACT: "What holds exactly"}
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


class LedgerDirective(SphinxDirective):
    """The tables of all claims: findings, and what holds exactly."""

    def run(self) -> list[nodes.Node]:
        return [ClaimLedger()]


class VerdictRole(SphinxRole):
    """The verdict on a claim, as a link to its box."""

    def run(self) -> tuple[list[nodes.Node], list[nodes.system_message]]:
        cid = self.text.strip()
        return [VerdictMark(self.rawtext, cid, cid=cid)], []


class FillClaims(SphinxPostTransform):
    """Write the verdicts of this build; it runs before the numbers of the evidence are filled in."""

    default_priority = 4

    def run(self, **kwargs: Any) -> None:
        places = list(self.document.findall(lambda node: isinstance(node, (ClaimBox, ClaimLedger, VerdictMark))))
        if not places:
            return
        found = catalogue(self.env)
        claims, tested = judged(self.env, found), passages.of_claims(self.env, found)
        for node in places:
            if isinstance(node, VerdictMark):
                word = claims[node["cid"]].verdict.verdict
                node.replace_self(self._link(found, node["cid"], word))
            elif isinstance(node, ClaimBox):
                node.replace_self(self._box(node, claims[node["cid"]], tested[node["cid"]], found))
            else:
                node.replace_self(self._ledger(found, claims, tested))

    def _box(self, node: ClaimBox, one: Judged, tested: list[Passage], found: Catalogue) -> nodes.Element:
        kind = one.verdict.verdict.replace(" ", "-")
        box = nodes.admonition(ids=node["ids"], classes=["claim", f"claim-{kind}"])
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
                 ("Criterion", [nodes.paragraph("", one.standing.sentence())]),
                 ("Seeds", [nodes.paragraph("", one.claim.power)] if one.claim.power else []),
                 ("Lacking" if one.verdict.verdict == NOT_RUN else "Found",
                  [nodes.paragraph("", said)] if (said := _conditions(one)) else []),
                 ("Replications", replication.of_claim(one, found)),
                 ("Evidence", evidence(one)),
                 ("In the text", self._passages(tested, passages.OPEN) if tested else []),
                 ("Source", [self._source(one)])]
        box += nodes.definition_list("", *(
            nodes.definition_list_item("", nodes.term("", name), nodes.definition("", *body))
            for name, body in facts if body))
        ledgers = [name for name, page in sorted(found.domain.pages.items()) if page.ledger]
        if ledgers:
            uri = f"{self._uri(ledgers[0])}#row-{claim_anchor(one.claim.id)}"
            box += nodes.paragraph("", "", nodes.reference("", "All claims", internal=True, refuri=uri))
        return box

    def _ledger(self, found: Catalogue, claims: dict[str, Judged], tested: dict[str, list[Passage]],
                ) -> list[nodes.Element]:
        """A table of findings and, where there are any, one of what holds exactly."""
        groups = {kind: {cid: one for cid, one in claims.items() if one.claim.kind == kind} for kind in _GROUPS}
        if not groups[EXACT]:
            return [self._table(found, claims, tested)]
        return [block for kind, some in groups.items() if some
                for block in (nodes.rubric("", _GROUPS[kind]), self._table(found, some, tested))]

    def _table(self, found: Catalogue, claims: dict[str, Judged], tested: dict[str, list[Passage]]) -> nodes.Element:
        rows = []
        for cid, one in claims.items():
            name = nodes.paragraph("", "", self._link(found, cid, cid), ids=[f"row-{claim_anchor(cid)}"])
            statement = nodes.paragraph("", one.claim.statement)
            word = nodes.paragraph("", "", nodes.inline("", one.verdict.verdict, classes=[
                "verdict", f"verdict-{one.verdict.verdict.replace(' ', '-')}"]))
            verdict = [word]
            if said := _conditions(one):
                verdict.append(nodes.paragraph("", said))
            if one.stale:
                verdict.append(nodes.paragraph("", mismatch(one), classes=["claim-mismatch"]))
            elif said := remark(one):
                verdict.append(nodes.paragraph("", said, classes=["claim-remark"]))
            if said := one.tally.sentence():
                verdict.append(nodes.paragraph("", said, classes=["claim-tally"]))
            said_where = self._passages(tested[cid], 0)
            rows.append([[name, statement, *said_where], verdict, evidence(one), [self._source(one)]])
        return table.build(("Claim", "Verdict", "Evidence", "Source"), rows, (32, 18, 30, 20),
                           classes=["claims-ledger", "bookkit-table"])

    def _passages(self, tested: list[Passage], shown: int) -> list[nodes.Element]:
        uri = self._uri if self.app.builder.name in WEB else None
        return passages.listed(tested, self.env.docname, uri, shown)

    def _link(self, found: Catalogue, cid: str, text: str) -> nodes.Node:
        box = found.domain.boxes.get(cid)
        if box is None:
            return nodes.inline("", text)
        return nodes.reference("", text, internal=True, refuri=f"{self._uri(box.place.docname)}#{box.place.anchor}")

    def _source(self, one: Judged) -> nodes.Element:
        name, target = self.env.config.bookkit_sources.get(one.claim.source, (f"source {one.claim.source}", ""))
        shown: nodes.Node = nodes.Text(name)
        if target:
            docname, _, anchor = target.partition("#")
            uri = target if "://" in target else self._uri(docname) + (f"#{anchor}" if anchor else "")
            shown = nodes.reference("", name, internal="://" not in target, refuri=uri)
        quote = nodes.inline("", f"“{one.claim.quote}”", classes=["quoted"])
        return nodes.paragraph("", "", quote, nodes.Text(" ("), shown, nodes.Text(")"))

    def _uri(self, docname: str) -> str:
        """A page's address; on the page itself nothing, so that links stay within it in every format."""
        return "" if docname == self.env.docname else self.app.builder.get_relative_uri(self.env.docname, docname)


def _conditions(one: Judged) -> str:
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
    app.add_config_value("bookkit_sources", {"ours": ("this book", "")}, "env")
    app.add_directive("claim", ClaimDirective)
    app.add_directive("claims", LedgerDirective)
    app.add_role("verdict", VerdictRole())
    app.add_post_transform(FillClaims)
