"""The claims of the section "A stream that points back"."""

from evidence.claims.claim import UNSETTLED, Claim
from evidence.claims.criterion import Criterion, above, any_of

CLAIMS = (
    Claim(
        id="f.open-stream", chapter=6, source="f",
        statement="Small transformers do not learn the recursive bit stream in 5,000 steps: they predict its bits no "
                  "better than their frequency does.",
        quote="the models barely beat the marginal-prediction baseline",
        setting="A stream of literals and pointers back into it, 20% pointers with offsets of four instructions on "
                "average; two layers, width 64 and 128. Pointed bits are those that a pointer repeats, the only ones "
                "that need a lookup.",
        criterion=Criterion(parts={
            "no model predicts better than frequencies do": ~any_of(*(above(
                f"stream.{name}.gained", "0.02", f"what the model of {what} gains on the entropy of a bit, in nats,")
                for name, what in (("small", "width 64"), ("wide", "width 128")))),
            "pointed bits stay at what the prefix code allows": ~any_of(*(above(
                f"stream.{name}.pointed", "0.02", f"what the model of {what} gains on pointed bits, in nats,")
                for name, what in (("small", "width 64"), ("wide", "width 128")))),
        }),
        expected=UNSETTLED,
    ),
)
