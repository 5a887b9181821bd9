"""The claims of the section "Carrying"."""

from evidence.claims.claim import REFUTED, Claim, Criterion
from evidence.claims.criterion import all_of, at_least, at_most

DEPTHS = {1: "one layer", 2: "two layers", 3: "three layers"}
DIGITS, LAYERS = 16, (1, 2, 3)

CLAIMS = (
    Claim(
        id="c.addition", chapter=6, source="c",
        statement="Addition is hard for transformers because carries need more steps than there are layers.",
        quote="you may have to carry over and store intermediate sums way more than 12 times",
        setting="Numbers of 16 binary digits, all digits of the sum read at once, one to three layers of one head, "
                "five seeds an arm, 8,192 fresh pairs; and one layer with weights written by hand, up to 40 digits, "
                "with the longest carries there are. A far carry is decided more columns away than there are layers; "
                "all distances count alike. (Until 0.2.0 the best seed was judged and not the mean.)",
        power="Five seeds: the means lie several widths of their intervals above the bar.",
        criterion=Criterion(parts={
            "no layer adds without error": ~at_least(
                "addition.written.exact", "100%", "the share of sums that the hand-written layer gets wholly right"),
            "far carries are not learned": all_of(*(
                at_most(f"addition.d{DIGITS}.l{layers}.long", "95%",
                        f"the mean share of far carries that {DEPTHS[layers]} get{'s' * (layers == 1)} right")
                for layers in LAYERS)),
        }),
        expected=REFUTED,
    ),
)
