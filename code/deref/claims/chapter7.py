"""The claims that chapter 7 begins with: what flips show that a model reads, and where a trace finds the bit."""

from deref.claims.claim import SUPPORTED, Claim
from deref.claims.criterion import Criterion, above, all_of, below, exceeds

MODELS = {"legible-8": "the small model", "large-32": "the large model"}
_SOLVING = ("Every seed of both models that solves the task, every address and every cell of thirty-two memories, "
            "means over seeds. At first one shown seed of each was judged. ")
_POWER = ("Eleven seeds of the large model and ten of the small one, so that at least six are left should some not "
          "solve the task: as few as six that agree in full decide.")

CLAIMS = (
    Claim(
        id="b.flip-addressed", chapter=7, source="b",
        statement="Flipping the addressed bit flips the model's answer.",
        quote="it tracks the new value about 99.5% of the time",
        setting=_SOLVING + "A seed that is wrong on almost 1 question of 100 solves the task, and can be wrong on "
                           "almost 2 of 100 flips: enough to fail.",
        criterion=Criterion(parts={
            f"answers of {model} follow": above(f"flip.{name}.seeds-addressed", "98.5%",
                                                f"the share of answers of {model} that follow the addressed cell")
            for name, model in MODELS.items()}),
        power=_POWER,
        expected=SUPPORTED,
    ),
    Claim(
        id="b.flip-other", chapter=7, source="b",
        statement="Flipping any other bit leaves the answer as it is.",
        quote="Flip any other cell and the output changes about 0.5% of the time",
        setting=_SOLVING.rstrip(),
        criterion=Criterion(parts={
            f"answers of {model} stay": below(f"flip.{name}.seeds-other", "1.5%",
                                              f"the share of answers of {model} that change with another cell")
            for name, model in MODELS.items()}),
        power=_POWER,
        expected=SUPPORTED,
    ),
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
