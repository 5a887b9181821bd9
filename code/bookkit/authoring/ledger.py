"""All claims at once: `{claims}` is the ledger, and `{verdicts}` a strip of all verdicts, each a link."""

from typing import Any

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.transforms.post_transforms import SphinxPostTransform
from sphinx.util.docutils import SphinxDirective

from bookkit.authoring import passages
from bookkit.authoring.claims import OURS, coloured, conditions, dashed, evidence, link, quoted, source, within
from bookkit.authoring.passages import Passage
from bookkit.parts import table
from bookkit.parts.fold import Fold
from bookkit.parts.nodes import ClaimLedger, VerdictStrip
from bookkit.results.catalogue import Catalogue, catalogue
from bookkit.results.domain import claim_anchor
from bookkit.results.verdicts import Judged, judged, mismatch, remark
from evidence.claims import EXACT, FINDING, MIXED, NOT_RUN, REFUTED, SUPPORTED, UNSETTLED
from evidence.claims.agreement import Tally

_GROUPS = {FINDING: "Findings", EXACT: "What holds exactly"}
_ORDER = (SUPPORTED, MIXED, REFUTED, UNSETTLED, NOT_RUN)


class LedgerDirective(SphinxDirective):
    """The tables of all claims: findings, and what holds exactly."""

    def run(self) -> list[nodes.Node]:
        return [ClaimLedger()]


class VerdictsDirective(SphinxDirective):
    """How many claims have each verdict, and a square for each, which leads to its box."""

    def run(self) -> list[nodes.Node]:
        return [VerdictStrip()]


class FillLedger(SphinxPostTransform):
    """Write the verdicts of this build; it runs before the numbers of the evidence are filled in."""

    default_priority = 4

    def run(self, **kwargs: Any) -> None:
        places = list(self.document.findall(lambda node: isinstance(node, (ClaimLedger, VerdictStrip))))
        if not places:
            return
        found = catalogue(self.env)
        claims, tested = judged(self.env, found), passages.of_claims(self.env, found)
        for node in places:
            if isinstance(node, VerdictStrip):
                node.replace_self(self._strip(found, claims))
            else:
                node.replace_self(self._ledger(found, claims, tested))

    def _strip(self, found: Catalogue, claims: dict[str, Judged]) -> nodes.Element:
        strip = nodes.bullet_list("", classes=["verdict-strip"])
        both = 0 < sum(one.claim.source == OURS for one in claims.values()) < len(claims)
        for verdict in _ORDER:
            some = [cid for cid, one in claims.items() if one.verdict.verdict == verdict]
            if some:
                theirs = sum(claims[cid].claim.source != OURS for cid in some)
                count = {0: "none", len(some): "all"}.get(theirs, theirs)
                whose = f", {count} from the sources" if both else ""
                line = nodes.paragraph("", "", nodes.inline("", verdict, classes=[coloured(verdict)]),
                                       nodes.Text(f" {len(some)}{whose} "))
                for cid in some:
                    line += [self._square(found, claims[cid]), nodes.Text(" ")]
                strip += nodes.list_item("", line)
        return strip

    def _square(self, found: Catalogue, one: Judged) -> nodes.Element:
        """A link that is drawn as a square; whoever hears the page is told the claim's name."""
        square = link(self.app, found, one.claim.id, "")
        square += nodes.inline("", one.claim.id, classes=["bookkit-offscreen"])
        square["classes"] += ["verdict-square", coloured(one.verdict.verdict)]
        square["reftitle"] = f"{one.claim.id}: {one.claim.statement}"
        return square

    def _ledger(self, found: Catalogue, claims: dict[str, Judged], tested: dict[str, list[Passage]],
                ) -> list[nodes.Element]:
        """A table of findings and, where there are any, one of what holds exactly."""
        groups = {kind: {cid: one for cid, one in claims.items() if one.claim.kind == kind} for kind in _GROUPS}
        if not groups[EXACT]:
            return [self._table(found, claims, tested)]
        return [block for kind, some in groups.items() if some
                for block in (nodes.rubric("", _GROUPS[kind]), self._table(found, some, tested))]

    def _table(self, found: Catalogue, claims: dict[str, Judged], tested: dict[str, list[Passage]]) -> nodes.Element:
        rows = [self._row(found, cid, one, tested[cid]) for cid, one in claims.items()]
        marks = [[f"verdict-{dashed(one.verdict.verdict)}", f"source-{one.claim.source}",
                  f"chapter-{one.claim.chapter}", f"replications-{_agreement(one.tally)}"] for one in claims.values()]
        return table.build(("Claim", "Verdict", "Source"), rows, (66, 19, 15), marks=marks,
                           classes=["claims-ledger", "bookkit-table"])

    def _row(self, found: Catalogue, cid: str, one: Judged, tested: list[Passage]) -> list[list[nodes.Node]]:
        """What is claimed, found and by whom; how, folded: the test itself is spelled out in the claim's box."""
        claim: list[nodes.Node] = [
            nodes.paragraph("", "", link(self.app, found, cid, cid), ids=[f"row-{claim_anchor(cid)}"]),
            nodes.paragraph("", one.claim.statement)]
        if one.stale:
            claim.append(nodes.paragraph("", mismatch(one), classes=["claim-mismatch"]))
        elif said := remark(one):
            claim.append(nodes.paragraph("", said, classes=["claim-remark"]))
        folded = [*([nodes.paragraph("", said)] if (said := conditions(one)) else []), *evidence(one),
                  *within(self.app, tested), quoted(self.app, one)]
        claim.append(Fold("", *folded, summary="Evidence", classes=["claim-more"]))
        verdict = one.verdict.verdict
        word = nodes.paragraph("", "", nodes.inline("", verdict, classes=["verdict", coloured(verdict)]))
        tally = [nodes.paragraph("", said, classes=["claim-tally"])] if (said := one.tally.sentence()) else []
        return [claim, [word, *tally], [nodes.paragraph("", "", source(self.app, one))]]


def _agreement(tally: Tally) -> str:
    """Whether all replications that judged a claim have the build's verdict."""
    return "none" if not tally.others else "differ" if tally.differ else "agree"


def setup(app: Sphinx) -> None:
    """Register the directives."""
    app.add_directive("claims", LedgerDirective)
    app.add_directive("verdicts", VerdictsDirective)
    app.add_post_transform(FillLedger)
