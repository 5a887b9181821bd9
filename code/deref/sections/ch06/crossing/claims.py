"""The claims of the section "What a query may see"."""

from evidence.claims.claim import SUPPORTED, Claim, Criterion
from evidence.claims.criterion import above, all_of, at_most, below

SOURCES = {"self": "self-attention", "cross": "cross-attention"}

CLAIMS = (
    Claim(
        id="e.cross-attention", chapter=6, source="e",
        statement="Self- and cross-attention differ in where keys and values come from, and one layer of either does a "
                  "lookup if a single query token holds the whole address.",
        quote="tokens in one sequence attend to tokens in a different sequence",
        setting="Eight cells, one layer, ten seeds an arm: self- or cross-attention, and an address in one token or "
                "spelled in bits.",
        criterion=Criterion(
            needed=all_of(
                above("crossing.self.spelled.outside", "0", "the largest influence of the other address tokens on the "
                                                            "readout with self-attention"),
                at_most("crossing.cross.spelled.outside", "0", "that with cross-attention")),
            parts={
                **{f"{name} learns it when one token holds the address": above(
                    f"crossing.{source}.whole.solved", "50%", f"the share of seeds that solve it with {name} and the "
                                                              "whole address") for source, name in SOURCES.items()},
                **{f"{name} does not when the address is spelled": below(
                    f"crossing.{source}.spelled.solved", "50%", f"that with {name} and a spelled address")
                   for source, name in SOURCES.items()}}),
        power="Ten seeds an arm: where all or none of them solve it, the interval stays clear of one half.",
        expected=SUPPORTED,
    ),
)
