"""The claims of the section "Heads instead of depth"."""

from evidence.claims.claim import UNSETTLED, Claim, Criterion
from evidence.claims.criterion import above, all_of, at_least

CELLS, WAYS = (4, 8, 16), {"plain": "without a final LayerNorm", "norm": "with one"}

CLAIMS = (
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
)
