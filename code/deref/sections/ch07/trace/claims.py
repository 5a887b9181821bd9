"""The claims of the section "The causal trace"."""

from evidence.claims.claim import SUPPORTED, Claim
from evidence.claims.criterion import Criterion, above, all_of, below, exceeds

CLAIMS = (
    Claim(
        id="b.trace-transports", chapter=7, source="b",
        statement="Patching shows the bit carried from its cell to the readout, across the layers.",
        quote="the bit's value is transported from the addressed cell toward the readout position",
        setting="Clean residuals into corrupted runs, seeds that solve the task: thirty-two cells in two layers, and "
                "eight cells in three layers of four heads. That all of the bit is in its cell behind the embedding, "
                "all of it at the readout behind the last layer, and none of it at earlier cells, holds by "
                "construction and is not judged. The criterion was changed once, with five of the seeds of two layers "
                "known: it judged these identities, and one seed.",
        criterion=Criterion(parts={
            "the bit leaves its cell before the last of two layers": all_of(
                below("trace.large-32.seeds-cell-after-1", "0.9", "recovery at the cell after the first of two "
                                                                  "layers"),
                above("trace.large-32.seeds-readout-after-1", "0.05", "recovery at the readout")),
            "it does not leave it for other cells": below(
                "trace.large-32.seeds-later-after-1", "0.1", "recovery at all later cells together"),
            "three layers carry it in steps": all_of(
                exceeds("trace.gather-three.seeds-cell-after-1", "trace.gather-three.seeds-cell-after-2",
                        "recovery at the cell after the first of three layers", "that after the second", by="0.1"),
                above("trace.gather-three.readout-step", "0.1",
                      "what the second adds at the readout"))}),
        power="Eleven seeds of two layers and thirty-two of three: on seeds 100 to 123 all of three layers solved the "
              "task, and each gap was over five standard errors beyond its bar.",
        expected=SUPPORTED,
    ),
)
