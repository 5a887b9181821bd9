"""The claims of the section "In which order it is learned"."""

from evidence.claims.claim import MIXED, Claim, Criterion
from evidence.claims.criterion import above, all_of

CLAIMS = (
    Claim(
        id="ours.gather-precedes-fetch", chapter=6, source="ours",
        statement="A pointer is learned in the order in which it runs: the address is gathered before anything is "
                  "fetched with it.",
        quote="in the order in which it runs",
        setting="Twenty seeds each of legible-8, whose seeds mostly fetch, and of gather, whose seeds gather and "
                "select; those that solve the task, with the weights of some forty steps. Gathered is the share of "
                "the variance at the readout after layer 1 that is the address bits which its own token does not "
                "hold. Each measure has a time: when it is first halfway from its start to its end, accuracy when it "
                "is halfway from the best guess without the address to one.",
        criterion=Criterion(parts={
            "models that fetch have gathered the address before they look at the cell, and before they answer": all_of(
                above("learning.fetch.first-weight", "67%", "the share of seeds of legible-8 in which the address is "
                                                            "halfway before the weight on the addressed cell"),
                above("learning.fetch.first", "67%", "the share in which it is halfway before accuracy")),
            "models that gather and select have it before they answer": above(
                "learning.gather.first", "67%", "the share of seeds of gather in which the address is halfway before "
                                                "accuracy")}),
        power="On seeds 100 to 109 the address was first in 8 of 8 seeds of legible-8 that solve the task, by either "
              "measure, and in 2 of 10 of gather. Twenty seeds settle both where shares are like these; in a "
              "replication, offset 1000, one of the twelve that solve it by fetching was not so, which left that part "
              "open.",
        expected=MIXED,
    ),
)
