"""The claims of the section "Positions outside the stream"."""

from evidence.claims.claim import SUPPORTED, Claim
from evidence.claims.criterion import Criterion, above, below

CLAIMS = (
    Claim(
        id="ours.rotary-gathers", chapter=7, source="ours",
        statement="Rotary positions, which attention can tell apart from the first step, do not make models fetch.",
        quote="do not make models fetch",
        setting="Eight cells and the recipes of legible-8, one head, and gather-sinusoidal, four heads, with rotary "
                "positions in place of sinusoids in the stream: sixteen and thirty-two seeds, those that solve the "
                "task, against all seeds of the recipes themselves that do.",
        criterion=Criterion(parts={
            "with one head the cell keeps less than with sinusoids": above(
                "positions.one-head.gap", "0.3", "what sinusoids leave in the cell after layer 1 beyond rotary "
                                                 "positions, at the median"),
            "with four heads few seeds fetch": below(
                "positions.four-heads.fetching", "33%", "the share of seeds with rotary positions that keep over two "
                                                        "thirds of the bit in their cell"),
            "the bit is gone from the cell with one head": below(
                "positions.one-head.waiting", "0.33", "the mean of what is left in the cell with rotary positions and "
                                                      "one head")}),
        power="On seeds 100 to 109 four of ten solved the task with one head, none of them with more than 0.01 in the "
              "cell, and nine of ten with four heads, none above 0.56. Of the first sixteen with four heads one "
              "fetched; a second would have left the verdict open, so there are thirty-two.",
        expected=SUPPORTED,
    ),
)
