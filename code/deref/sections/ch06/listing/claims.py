"""The claims of the section "A listing, read and run"."""

from evidence.claims.claim import EXACT, REFUTED, Claim, Criterion
from evidence.claims.criterion import above, any_of, at_most, within

CLAIMS = (
    Claim(
        id="d.listing-audit", chapter=6, source="d", kind=EXACT,
        statement="The listing printed with the source is multi-head attention.",
        quote="Each head learns different attention patterns using separate weight matrices",
        setting="The listing as printed, run and differentiated.",
        criterion=Criterion(
            refuted_by=any_of(
                above("audit.no-gradient", "0", "the number of projections that a backward pass gives no gradient"),
                at_most("audit.head-spread", "1e-12", "the largest difference between two heads that are given the "
                                                      "same content, once projections are applied as declared,")),
            parts={"scores are divided by the root of the head size": within(
                "audit.score-scale", "0.99", "1.01", "the divisor of the scores as a share of that root")}),
        expected=REFUTED,
    ),
)
