"""The claims of the section "A lookup made of arithmetic"."""

from evidence.claims.claim import EXACT, SUPPORTED, Claim, Criterion
from evidence.claims.criterion import all_of, at_least, at_most

CLAIMS = (
    Claim(
        id="a.attention-is-lookup", chapter=6, source="a", kind=EXACT,
        statement="Attention compares a query with keys, and returns the value of the key that matches.",
        quote="An attention head is a learned content-addressable lookup",
        setting="The project's attention against PyTorch's, values and gradients; and a sharp query on eight keys.",
        criterion=Criterion(parts={"attention is a soft lookup": all_of(
            at_most("lookup.sdpa-gap", "1e-12", "the largest difference in double precision"),
            at_most("lookup.sdpa-gap-single", "1e-5", "that in single precision"),
            at_least("lookup.sharpened-weight", "0.999", "the weight that a sharp enough query puts on the one key "
                                                         "that matches"))}),
        expected=SUPPORTED,
    ),
)
