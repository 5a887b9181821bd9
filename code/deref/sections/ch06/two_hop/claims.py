"""The claim of the section "Two hops that are one lookup"."""

from evidence.claims.claim import EXACT, REFUTED, Claim
from evidence.claims.criterion import Criterion, above, at_least

CLAIMS = (
    Claim(
        id="f.two-hop", chapter=6, source="f",
        statement="Following a pointer to a second pointer chains two lookups, and so needs one more than a single "
                  "pointer does.",
        quote="two lookups composed in sequence",
        setting="Eight cells; the second address is the fetched bit followed by the last bits of the first address. "
                "Two layers of one head without an MLP are written by hand, as few as a single pointer takes.",
        criterion=Criterion(
            parts={"an answer can depend on more than two cells": above(
                "hop.cells", "2", "the number of cells that an answer can depend on")},
            refuted_by=at_least("hop.written", "100%", "the share of right answers of two layers of one head, written "
                                                       "by hand,")),
        expected=REFUTED, kind=EXACT,
    ),
)
