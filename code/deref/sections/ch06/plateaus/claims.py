"""The claims of the section "What a stuck model knows"."""

from evidence.claims.claim import MIXED, Claim
from evidence.claims.criterion import Criterion, above

CLAIMS = (
    Claim(
        id="ours.plateau-ladder", chapter=6, source="ours",
        statement="The plateaus of a stuck model are the accuracies of knowing some of the address bits.",
        quote="a plateau can be read",
        setting="Every seed that did not solve its task, of one layer on 8 cells and of two layers on 24, of either "
                "width. Time on a rung is the share of a training, from when the lowest rung was left, that held-out "
                "accuracy is within two points of the best accuracy with some set of address bits. Chance is the "
                "same share for the curve moved up and down by as much as ten points. Of the time that chance would "
                "spend off the rungs, the share spent on them is 1 for a model that stands on rungs alone and 0 for "
                "one that does not know them.",
        criterion=Criterion(parts={
            "models stuck with one layer on 8 cells stand on rungs":
                above("plateaus.one-layer.beyond", "50%", "that share with one layer"),
            "models stuck with two layers on 24 cells stand on rungs":
                above("plateaus.two-layers.beyond", "50%", "that share with two layers"),
        }),
        power="Some forty stuck seeds of two layers: on seventeen the share was within a quarter of 0. The measure "
              "and its bar took the place of one on final accuracies after these seventeen had been seen.",
        expected=MIXED,
    ),
)
