"""The claims about one layer: what it cannot do, what heads do for it, and what the map of two layers shows."""

from collections.abc import Mapping

from deref.claims.claim import MIXED, REFUTED, SUPPORTED, ByHand, Claim, Verdict, above, below
from deref.records import Record

Results = Mapping[str, Record]
POSITIONS = {"sinusoidal": "with sinusoidal positions", "learned": "with learned positions that start large",
             "four-heads": "with four heads and learned positions that start small"}
CELLS, WAYS = (4, 8, 16), {"plain": "without a final LayerNorm", "norm": "with one"}


def _one_layer_fails(results: Results) -> Verdict:
    vote, bare = results["leaks.vote"].value, results["layers.one.best"].value
    if bare > vote + 1e-9:
        return Verdict(REFUTED, "one head alone passed the bound that was proven for it")
    capacity = {"an MLP": results["leaks.mlp.solved"].value, "four heads": results["buy.plain.8.solved-4"].value}
    other = results["layers.one-norm.solved"].value
    often = [name for name, share in capacity.items() if share >= 0.5]
    if often:
        return Verdict(REFUTED, f"one layer solves it with {' or with '.join(often)}; what stands is that one head "
                                f"with nothing behind it cannot be right in more than {vote:.0%} of cases")
    if other or any(capacity.values()):
        return Verdict(MIXED, "one layer solves it in some seeds, in fewer than half")
    return Verdict(SUPPORTED)


def _heads_buy_depth(results: Results) -> Verdict:
    if results["buy.written"].value < 1:
        return Verdict(REFUTED, "the hand-written layer is not exact")
    enough = {(way, cells): 0 < results[f"buy.{way}.{cells}.least"].value <= cells // 2
              for way in WAYS for cells in CELLS}
    if all(enough.values()):
        return Verdict(SUPPORTED)
    if not any(found for (_, cells), found in enough.items() if cells > CELLS[0]):
        return Verdict(REFUTED, "training finds no such lookup above four cells")
    lacking = [f"{cells} cells {WAYS[way]}" for (way, cells), found in enough.items() if not found]
    return Verdict(MIXED, f"weights can be written for every size, but training does not find them for half of the "
                          f"seeds at {' and '.join(lacking)}")


def _pointer_visible(results: Results) -> Verdict:
    weights = {key: results[f"visible.{key}.weight"] for key in POSITIONS}
    visible = [key for key, weight in weights.items() if above(weight, 0.5)]
    hidden = [key for key, weight in weights.items() if below(weight, 0.5)]
    if len(visible) == len(weights):
        return Verdict(SUPPORTED)
    if len(hidden) == len(weights):
        return Verdict(REFUTED)
    parts = [("the cell gets over half of the weight", visible), ("it gets less", hidden),
             ("seeds differ too much to tell", [key for key in weights if key not in visible + hidden])]
    return Verdict(MIXED, "; ".join(f"{what} {' and '.join(POSITIONS[key] for key in keys)}"
                                    for what, keys in parts if keys))


CLAIMS = (
    Claim(
        id="a.one-layer-fails", chapter=6, source="a",
        statement="One layer of attention cannot do the lookup, for a reason of structure and not of capacity.",
        quote="for a reason that is structural rather than about capacity",
        criterion=ByHand(
            needs=("leaks.vote", "layers.one.best", "layers.one-norm.solved", "leaks.mlp.solved",
                   "buy.plain.8.solved-4"),
            text="Eight cells, one layer. Refuted if an MLP (ten seeds) or four heads (eight seeds), which are "
                 "nothing but more capacity, solve the task in at least half of the seeds, or if a seed of one "
                 "head alone passes the best vote; supported if no seed of any arm solves it, a final LayerNorm "
                 "included; mixed otherwise.",
            function=_one_layer_fails,
            reason="to be declared",
        ),
        expected=REFUTED,
    ),
    Claim(
        id="ours.heads-buy-depth", chapter=6, source="ours",
        statement="Heads substitute for depth: one layer looks a cell up if it has half as many heads as there are "
                  "cells.",
        quote="half as many heads as cells are enough for one layer",
        criterion=ByHand(
            needs=("buy.written", *(f"buy.{way}.{cells}.least" for way in WAYS for cells in CELLS)),
            text="The hand-written layer is exact up to 32 cells; and for 4, 8 and 16 cells, with a final "
                 "LayerNorm and without, some number of heads up to half the cells solves the task by training "
                 "in at least half of eight seeds. Refuted if the hand-written layer errs or training succeeds "
                 "at four cells alone, mixed otherwise.",
            function=_heads_buy_depth,
            reason="to be declared",
        ),
        expected=MIXED,
    ),
    Claim(
        id="a.pointer-visible", chapter=6, source="a",
        statement="At small memory the head at the readout puts almost all its weight on the addressed cell.",
        quote="puts almost all its weight on the addressed memory cell",
        criterion=ByHand(
            needs=tuple(f"visible.{key}.weight" for key in POSITIONS),
            text="Eight cells, two layers, ten seeds each of three recipes that differ in positions; only seeds "
                 "that solve the task. Taken kindly: the best head's mean weight on the addressed cell lies "
                 "above one half, with its whole interval, in all three. Refuted if it lies below one half in "
                 "all three, mixed otherwise.",
            function=_pointer_visible,
            reason="to be declared",
        ),
        expected=MIXED,
    ),
)
