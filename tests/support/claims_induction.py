"""What a build might find about the claims on induction heads, with the verdict on it."""

from deref.claims import MIXED, REFUTED, SUPPORTED

NEEDED = {"induction.fixed.accuracy": (0.99, 0.901, 1.0), "induction.two.accuracy": (0.99, 0.901, 1.0),
          "induction.two.gap": (2.0, 1.51, 2.5),
          **{f"induction.{name}.{key}": found for name in ("one", "one-heads") for key, found in
             (("accuracy", (0.3, 0.2, 0.499)), ("gap", (1.0, 0.5, 1.5)), ("score", (0.2, 0.1, 0.499)))}}

MOVES = {"previous.seeds": (0.5, 0.2, 0.8), "previous.score": (0.8, 0.501, 0.9), "previous.keys": (0.8, 0.501, 1.0),
         "previous.off-first": (0.8, 0.501, 1.0), "previous.off-repeat": (0.0, -0.1, 0.099)}

FETCHES = {"cell-after-1": (0.8, 0.31, 1.2), "readout-after-1": (0.1, -0.1, 0.3), "off-everywhere": (0.9, 0.501, 1.0),
           "off-cells": (0.1, 0.0, 0.5), "off-question": (0.9, 0.501, 1.0)}
OTHER_SIDE = {"off-cells": (0.9, 0.501, 1.0), "off-question": (0.1, 0.0, 0.5)}


def kin(pointer=(), induction=()):
    """Results for both models, which fetch alike but where told otherwise."""
    return {f"kinship.{name}.{key}": found for name, changes in (("pointer", pointer), ("induction", induction))
            for key, found in {**FETCHES, **dict(changes)}.items()}


EXAMPLES = {
    "c.induction-needs-two": [
        (NEEDED, SUPPORTED),
        ({**NEEDED, "induction.two.accuracy": (0.95, 0.9, 1.0)}, MIXED),
        ({**NEEDED, "induction.two.gap": (2.0, 1.5, 2.5)}, MIXED),
        ({**NEEDED, "induction.fixed.accuracy": (0.95, 0.9, 1.0)}, MIXED),
        ({**NEEDED, "induction.one.accuracy": (0.4, 0.3, 0.5)}, MIXED),
        ({**NEEDED, "induction.one-heads.score": (0.4, 0.3, 0.5)}, MIXED),
        ({**NEEDED, "induction.one-heads.accuracy": (0.9, 0.8, 1.0)}, MIXED),
        ({**NEEDED, "induction.one-heads.accuracy": (0.91, 0.8, 1.0)}, REFUTED),
    ],
    "c.previous-token-head": [
        (MOVES, SUPPORTED),
        ({**MOVES, "previous.seeds": (0.4, 0.1, 0.7)}, MIXED),
        ({**MOVES, "previous.off-first": (0.8, 0.5, 1.0)}, MIXED),
        ({**MOVES, "previous.off-repeat": (0.0, -0.1, 0.1)}, MIXED),
        ({**MOVES, "previous.keys": (0.8, 0.5, 1.0)}, REFUTED),
        ({**MOVES, "previous.score": (0.8, 0.5, 1.0)}, REFUTED),
        ({**MOVES, "previous.seeds": (0.0, 0.0, 0.3)}, REFUTED),
    ],
    "b.induction-kinship": [
        (kin(), SUPPORTED),
        (kin(OTHER_SIDE, OTHER_SIDE), SUPPORTED),
        (kin(induction=OTHER_SIDE), MIXED),
        (kin(induction={"off-cells": (0.9, 0.501, 1.0)}), MIXED),
        (kin(pointer={"off-question": (0.9, 0.5, 1.0)}), MIXED),
        (kin(pointer={"cell-after-1": (0.8, 0.3, 1.2)}), REFUTED),
        (kin(induction={"off-everywhere": (0.9, 0.5, 1.0)}), REFUTED),
    ],
}
