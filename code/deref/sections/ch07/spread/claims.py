"""The claims of the section "How the work spreads"."""

from evidence.claims.claim import UNSETTLED, Claim
from evidence.claims.criterion import Criterion, above, below

CLAIMS = (
    Claim(
        id="b.work-distributes", chapter=7, source="b",
        statement="The work of a lookup spreads over heads and layers as the memory grows, and maps become less "
                  "legible.",
        quote="the computation spreads across heads and layers",
        setting="One recipe at 8, 16 and 32 cells, seeds that solve the task. The effective number of heads is the "
                "participation ratio of what the margin of the right answer loses without each of the 16 heads, its "
                "outputs resampled from other sequences. Rank correlations are over seeds.",
        criterion=Criterion(parts={
            "more heads share the work of a larger memory": above(
                "spread.heads-rank", "0", "the rank correlation of the number of heads with that of cells"),
            "more than two share it at thirty-two cells": above(
                "spread.large-32.heads", "2", "the number of heads at thirty-two cells"),
            "maps of a larger memory are less legible": below(
                "spread.covered-rank", "0", "the rank correlation of the share of covered addresses with the number "
                                            "of cells")}),
        power="Fifteen seeds at 8 and at 16 cells, eleven at 32: drawn anew from the first five of each size, the rise "
              "clears zero in 299 of 300 draws, the fall of coverage in 7 of 10, so that it may stay open.",
        expected=UNSETTLED,
    ),
)
