"""The claims of the section "One layer, two layers"."""

from evidence.claims.claim import EXACT, MIXED, SUPPORTED, Claim, Criterion
from evidence.claims.criterion import above, at_least, below

POSITIONS = {"sinusoidal": "with sinusoidal positions", "learned": "with learned positions that start large",
             "four-heads": "with four heads and learned positions that start small"}

CLAIMS = (
    Claim(
        id="ours.two-layers-express-all", chapter=6, source="ours",
        statement="Two layers of attention can express the lookup for every memory size, with weights written by hand.",
        quote="exact for every size up to 1,024 cells",
        setting="A model of two layers whose weights are written by hand, with memories of 2 to 1,024 cells, powers of "
                "two and others: every address is put to the memory in which only the addressed cell differs.",
        criterion=Criterion(parts={
            "the hand-written model is right for every address": at_least(
                "construct.exact", "100%", "its smallest accuracy over all sizes"),
        }),
        expected=SUPPORTED, kind=EXACT,
    ),
    Claim(
        id="a.two-layers-suffice", chapter=6, source="a",
        statement="At small memory, two layers learn the lookup that one layer does not: gather the address, then "
                  "fetch.",
        quote="Two layers fix this",
        setting="Eight cells, one head a layer: two layers (thirty-two seeds), one layer (ten), and one layer with an "
                "MLP behind it (200). A seed solves the task if it answers more than 99% of questions rightly. "
                "(Until 0.2.0 the MLP was left out here, though it counted against another claim.)",
        power="Where four seeds in five solve the task, thirty-two show more than half in at least 19 of 20 builds, "
              "and ten do in two of three; where five in eight do, as with the MLP, it takes 200.",
        criterion=Criterion(parts={
            "two layers learn it from more than half of the seeds": above(
                "layers.two.solved", "50%", "the share of seeds that solve it with two layers"),
            "one layer of one head learns it from fewer than half": below(
                "layers.one.solved", "50%", "that with one layer"),
            "one layer with an MLP stalls too": below("leaks.mlp.solved", "50%", "that with one layer and an MLP"),
        }),
        expected=MIXED,
    ),
    Claim(
        id="a.pointer-visible", chapter=6, source="a",
        statement="At small memory the head at the readout puts almost all its weight on the addressed cell.",
        quote="puts almost all its weight on the addressed memory cell",
        setting="Eight cells, two layers, three recipes that differ in their positions (ten seeds, thirty-two of the "
                "second); only seeds that solve the task, the best head for each address. \"Almost all\" is taken "
                "kindly, as more than half.",
        power="With sinusoidal positions the seeds differ so much that some fifty solving ones would be needed to "
              "tell their mean from one half; that does not fit the training time of a build.",
        criterion=Criterion(parts={
            f"the cell gets most of the weight {where}": above(
                f"visible.{key}.weight", "0.5", f"the mean weight on the addressed cell {where}")
            for key, where in POSITIONS.items()}),
        expected=MIXED,
    ),
)
