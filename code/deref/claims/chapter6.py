"""The claims that chapter 6 begins with: what two layers can express, and what they learn."""

from deref.claims.claim import EXACT, MIXED, SUPPORTED, Claim, Criterion
from deref.claims.criterion import above, at_least, below

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
                "MLP behind it (fifty-six). A seed solves the task if it answers more than 99% of questions rightly. "
                "(Until 0.2.0 the MLP was left out here, though it counted against another claim.)",
        power="Where four seeds in five solve the task, thirty-two show more than half in at least 19 of 20 builds; "
              "ten do in two of three.",
        criterion=Criterion(parts={
            "two layers learn it from more than half of the seeds": above(
                "layers.two.solved", "50%", "the share of seeds that solve it with two layers"),
            "one layer of one head learns it from fewer than half": below(
                "layers.one.solved", "50%", "that with one layer"),
            "so does one layer with an MLP": below("leaks.mlp.solved", "50%", "that with one layer and an MLP"),
        }),
        expected=MIXED,
    ),
)
