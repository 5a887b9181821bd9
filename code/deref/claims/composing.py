"""The claims about composing lookups: hops along pointers, and the carries of an addition."""

from deref.claims.claim import MIXED, REFUTED, Claim, Criterion
from deref.claims.criterion import above, all_of, at_least, at_most

DEPTHS = {1: "one layer", 2: "two layers", 3: "three layers"}
DIGITS, LAYERS = 16, (1, 2, 3)

CLAIMS = (
    Claim(
        id="a.depth-composes-lookups", chapter=6, source="a",
        statement="The depth of a transformer is the number of lookups that it can chain.",
        quote="Transformer depth is, quite literally, how many lookups you can chain",
        setting="Eight cells that point at one another, questions of one to four hops, four heads a layer, the causal "
                "mask, eight seeds an arm, 4,000 steps with a learning rate that falls to zero: a released record. A "
                "seed chains k lookups if it answers more than 99% of the questions of each number of hops up to k. "
                "(Until 0.2.0 one head, 800 steps and the best seed were judged. The new test was written after three "
                "trial seeds and before these ran. While they ran it was cut from four layers to two, and afterwards "
                "each depth was made a part of its own.)",
        power="Arms are near none or all: seven of eight seeds that agree settle a part, six do not.",
        criterion=Criterion(parts={
            **{f"{layers} chain{'s' * (depth == 1)} {named}": above(
                f"converged.l{depth}.h{depth}", "50%", f"the share of seeds that chain {named} with {layers}")
               for depth, named, layers in ((1, "one lookup", "one layer"), (2, "two lookups", "two layers"))},
            **{f"{layers} chain{'s' * (depth == 1)} no more": at_most(
                f"converged.l{depth}.h{depth + 1}", "50%", f"the share of seeds that chain {named} with {layers}")
               for depth, named, layers in ((1, "two lookups", "one layer"), (2, "three lookups", "two layers"))},
        }),
        expected=MIXED,
    ),
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
