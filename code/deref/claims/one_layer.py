"""The claims about one layer: what it cannot do, what heads do for it, and what the map of two layers shows."""

from deref.claims.claim import REFUTED, UNSETTLED, Claim, Criterion
from deref.claims.criterion import above, all_of, at_least, at_most

CELLS, WAYS = (4, 8, 16), {"plain": "without a final LayerNorm", "norm": "with one"}
POSITIONS = {"sinusoidal": "with sinusoidal positions", "learned": "with learned positions that start large",
             "four-heads": "with four heads and learned positions that start small"}

CLAIMS = (
    Claim(
        id="a.one-layer-fails", chapter=6, source="a",
        statement="One layer of attention cannot do the lookup, for a reason of structure and not of capacity.",
        quote="for a reason that is structural rather than about capacity",
        setting="Eight cells, one layer, and three ways to give it more: a final LayerNorm (ten seeds), an MLP "
                "(fifty-six) or four heads (twenty). A seed solves the task if it answers more than 99% of questions "
                "rightly. (Until 0.2.0 point values of ten seeds were judged.)",
        power="Of seeds with an MLP about three in four solve the task; fifty-six show more than half in at least 19 "
              "of 20 builds, thirty-two in three of four.",
        criterion=Criterion(parts={
            "one layer solves the task in at most half of the seeds, whatever is added": all_of(
                at_most("layers.one-norm.solved", "50%", "the share of seeds that solve it with a final LayerNorm"),
                at_most("leaks.mlp.solved", "50%", "that with an MLP"),
                at_most("buy.plain.8.solved-4", "50%", "that with four heads")),
        }),
        expected=REFUTED,
    ),
    Claim(
        id="ours.heads-buy-depth", chapter=6, source="ours",
        statement="Heads substitute for depth: one layer looks a cell up if it has half as many heads as there are "
                  "cells.",
        quote="half as many heads as cells are enough for one layer",
        setting="One layer of half as many heads as cells, attention only: written by hand for up to 32 cells, and "
                "trained on 4, 8 and 16 cells (sixteen, twenty and eight seeds), with a final LayerNorm and without. "
                "(Until 0.2.0 the smallest number of heads that solved in half of eight seeds was judged, a point "
                "value.)",
        power="Sixteen seeds settle four cells and twenty mostly eight; at sixteen cells eight seeds settle little, "
              "and more did not fit the training time of a build.",
        criterion=Criterion(
            needed=at_least("buy.written", "100%", "the accuracy of the hand-written layer"),
            parts={f"training finds such a layer for {cells} cells": all_of(*(
                above(f"buy.{way}.{cells}.solved-{cells // 2}", "50%",
                      f"the share of seeds that solve {cells} cells with {cells // 2} heads, {named},")
                for way, named in WAYS.items())) for cells in CELLS},
        ),
        expected=UNSETTLED,
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
        expected=UNSETTLED,
    ),
)
