"""The claims of the section "What can be done without a lookup"."""

from evidence.claims.claim import MIXED, REFUTED, Claim, Criterion
from evidence.claims.criterion import above, all_of, at_most, below, exceeds

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
    Claim(
        id="ours.pointer-generalises", chapter=6, source="ours",
        statement="A pointer answers at addresses that it was never asked for in training, and a table does not.",
        quote="a pointer extrapolates",
        setting="Sixteen cells, four of whose addresses are never asked in training; five seeds each of the "
                "transformer of this section with the number of every cell in binary, and of the MLP of the whole "
                "input. An answer that does not depend on the addressed cell is right in half of cases. "
                "(The condition that the other addresses are learned first asked for a mean accuracy above 95%, which "
                "has no interval where all seeds answer all questions; the two parts are as they were.)",
        criterion=Criterion(parts={
            "the transformer answers at addresses that were never asked": above(
                "held-out.binary.16.never", "75%", "the transformer's accuracy at never-asked addresses"),
            "the MLP does not": below("held-out.mlp.16.never", "75%", "that of the MLP")},
            needed=all_of(
                above("held-out.binary.16.solved", "50%", "the share of seeds of the transformer that solve the other "
                                                          "addresses"),
                above("held-out.mlp.16.solved", "50%", "that of the MLP"))),
        power="On seeds 100 to 104 the transformer had from 51% to 66%, on 32 cells 54% to 55%, and on eight cells the "
              "MLP 50% to 51%: all far from the bar, which is halfway between a coin and a lookup. The prediction "
              "before these pilots was that the transformer would extrapolate. With other seeds once more, offset "
              "1000, the transformer's part was left open: its seeds differ more than the pilots' did.",
        expected=MIXED,
    ),
)
