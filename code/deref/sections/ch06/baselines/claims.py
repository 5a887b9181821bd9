"""The claims of the section "What can be done without a lookup"."""

from evidence.claims.claim import REFUTED, Claim, Criterion
from evidence.claims.criterion import all_of, at_most, exceeds

SIZES = (8, 16, 32)
KINDS = {"mlp": "the MLP", "gru": "the GRU", "lstm": "the LSTM"}

CLAIMS = (
    Claim(
        id="a.needs-lookup", chapter=6, source="a",
        statement="A model without a lookup mechanism can only guess on the pointer task.",
        quote="a model with no lookup mechanism cannot do better than guessing",
        setting="Three networks without attention that see the whole input, memories of 8, 16 and 32 cells, ten seeds "
                "of the MLP and five of the others. A seed solves the task if it answers more than 99% of questions "
                "rightly; a guess answers with the majority of the memory. (Until 0.2.0 three networks that see a part "
                "were counted too; what they can score at best follows from their wiring.)",
        power="Ten seeds of the MLP: one result of nine that are read together needs eight to stand out.",
        criterion=Criterion(parts={
            "none of them solves any size": all_of(*(
                at_most(f"baselines.{kind}.{size}.solved", "50%",
                        f"the share of seeds of {name} that solve {size} cells")
                for size in SIZES for kind, name in KINDS.items())),
            "none of them beats a guess": all_of(*(
                ~exceeds(f"baselines.{kind}.{size}.accuracy", f"baselines.guess.{size}",
                         f"the accuracy of {name} on {size} cells", "that of a guess")
                for size in SIZES for kind, name in KINDS.items())),
        }),
        expected=REFUTED,
    ),
)
