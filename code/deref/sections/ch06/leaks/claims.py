"""The claims of the section "Where the argument against one layer leaks"."""

from evidence.claims.claim import REFUTED, Claim, Criterion
from evidence.claims.criterion import all_of, at_most

CLAIMS = (
    Claim(
        id="a.one-layer-fails", chapter=6, source="a",
        statement="One layer of attention cannot do the lookup, for a reason of structure and not of capacity.",
        quote="for a reason that is structural rather than about capacity",
        setting="Eight cells, one layer, and three ways to give it more: a final LayerNorm (ten seeds), an MLP "
                "(200) or four heads (twenty). A seed solves the task if it answers more than 99% of questions "
                "rightly. (Until 0.2.0 point values of ten seeds were judged.)",
        power="Of seeds with an MLP about five in eight solve the task: 200 show more than half in at least 19 of 20 "
              "builds. Fifty-six, which there were up to 0.2.0 and its replications, did so in one build of three.",
        criterion=Criterion(parts={
            "one layer solves the task in at most half of the seeds, whatever is added": all_of(
                at_most("layers.one-norm.solved", "50%", "the share of seeds that solve it with a final LayerNorm"),
                at_most("leaks.mlp.solved", "50%", "that with an MLP"),
                at_most("buy.plain.8.solved-4", "50%", "that with four heads")),
        }),
        expected=REFUTED,
    ),
)
