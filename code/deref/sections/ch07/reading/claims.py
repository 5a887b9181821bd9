"""The claims of the section "Reading attention"."""

from evidence.claims.claim import MIXED, UNSETTLED, Claim
from evidence.claims.criterion import Criterion, above, all_of, below

LARGE = ("noise-16", "depth-24", "large-32")

CLAIMS = (
    Claim(
        id="b.legible-small", chapter=7, source="b",
        statement="At small memory the circuit can be read off the maps: one layer gathers the address, the next "
                  "spikes on the addressed cell.",
        quote="you could read the dereference straight off the maps",
        setting="Eight cells, two layers; three recipes with sinusoidal and three with learned positions, seeds that "
                "solve the task. A seed counts as legible if at least six of eight addresses are covered and some head "
                "of layer 1 puts more than half of the readout's weight on address bits. What lies between the two "
                "parts, most seeds of the first kind and some of the second, differs from recipe to recipe and is not "
                "judged. The criterion was changed once, after the first results: it compared shares of five recipes "
                "with a half and left out their intervals.",
        criterion=Criterion(parts={
            "with sinusoidal positions some seeds can be read": above(
                "reading.small.sinusoidal", "10%", "the share of legible seeds with sinusoidal positions"),
            "with learned positions most seeds can be read": above(
                "reading.small.learned", "50%", "the share of legible seeds with learned positions")}),
        power="On seeds 100 to 144 of gather-sinusoidal 9 of 45 were legible, on the reported seeds of the two other "
              "recipes with sinusoids 6 of 12: the fifty-five seeds of the first make the share clear its bar in 19 "
              "draws of 20.",
        expected=MIXED,
    ),
    Claim(
        id="b.illegible-large", chapter=7, source="b",
        statement="At large memory the readout barely concentrates on the right cell for most addresses, though the "
                  "model passes the flip test.",
        quote="the final query barely concentrates on the correct cell for most addresses",
        setting="Three ensembles of 16, 24 and 32 cells, seeds that solve the task, means over seeds.",
        criterion=Criterion(
            parts={f"most addresses are hidden in {name}": below(
                f"reading.{name}.covered", "50%", f"the share of addresses that {name} covers") for name in LARGE},
            needed=all_of(*(test for name in LARGE for test in (
                above(f"reading.{name}.addressed", "98.5%", f"the share of answers of {name} that follow the addressed "
                                                            "cell"),
                below(f"reading.{name}.other", "1.5%", "the share that changes with another cell"))))),
        power="The middle one of them lies so near to a half that no number of seeds within reach would settle it.",
        expected=UNSETTLED,
    ),
)
