"""The claims of the section "Weight is not flow"."""

from evidence.claims.claim import MIXED, Claim
from evidence.claims.criterion import Criterion, Test, above, all_of, at_most, below

TRAINED = ("legible-8", "gather", "depth-24", "large-32")


def _loosely(name: str) -> Test:
    return all_of(*(below(f"weight.{name}.by-weight-{kind}", "0.7", f"{name}'s correlation of weight and {effect}")
                    for kind, effect in (("cut", "cuts"), ("flip", "flips"))))

CLAIMS = (
    Claim(
        id="b.weight-is-not-flow", chapter=7, source="b",
        statement="Attention weight is not information flow.",
        quote="attention weight is not information flow",
        setting="One written head that looks hard at a cell and one that hardly looks; and four trained ensembles, the "
                "rank correlation of an edge's weight with what cutting it does, and with what flipping the bit it "
                "tells does, within each question, means over questions and over seeds that solve the task. The first "
                "criterion also called the claim refuted if all correlations were above 0.9.",
        criterion=Criterion(
            parts={
                "heads can be written whose weight does not tell their effect": all_of(
                    above("weight.stare.weight", "0.99", "the staring head's weight"),
                    at_most("weight.stare.effect", "0", "its largest effect"),
                    below("weight.glance.weight", "0.05", "the glancing head's weight"),
                    above("weight.glance.effect", "0.99", "the share of the margin that it carries")),
                **{f"weight is a poor guide in {name}": _loosely(name) for name in TRAINED}}),
        power="Five to ten seeds an ensemble: the correlations lie many standard errors above the bar.",
        expected=MIXED,
    ),
)
