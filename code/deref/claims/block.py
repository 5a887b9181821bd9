"""The claims about the rest of the block: MLPs, LayerNorms, features, and knowledge."""

from collections.abc import Mapping

from deref.claims.claim import MIXED, REFUTED, SUPPORTED, ByHand, Claim, Verdict, above, below
from deref.records import Record

Results = Mapping[str, Record]
MODELS = ("legible-8", "large-32")
OV = ("block.legible-8.gain.2", "block.large-32.gain.1", "block.large-32.gain.2")
SAME = 1e-5  # two computations of the same thing, in double precision
CONTROL = 0.01  # what a derivative has to reach for the test to be able to see one


def _moves_nothing(results: Results) -> Verdict:
    still = all(results[f"block.across.{part}"].value == 0 for part in ("mlp", "norm"))
    seen = all(above(results[f"block.across.{part}"], CONTROL) for part in ("attention", "mixing"))
    return Verdict(SUPPORTED if still and seen else REFUTED)


def _key_value(results: Results) -> Verdict:
    gap, left = results["block.key-values.gap"], results["block.read.2.left"]
    if gap.value > SAME or not below(left, 1):
        return Verdict(REFUTED)
    if not below(left, 0.5):
        return Verdict(MIXED, "the rewrite is exact, and the non-linearity removes something, but less than half")
    return Verdict(SUPPORTED)


def _folds(results: Results) -> Verdict:
    same = all(results[f"block.{what}"].value <= SAME for what in ("fold.gap", "affine.fixed"))
    return Verdict(SUPPORTED if same and above(results["block.affine.norm"], CONTROL) else REFUTED)


def _passive(results: Results) -> Verdict:
    bounded = results["layers.one-norm.best"].value <= results["leaks.vote"].value
    spared = above(results["block.fixed.all"], 0.95)
    if bounded and spared:
        return Verdict(SUPPORTED)
    if not bounded and not spared:
        return Verdict(REFUTED)
    if spared:
        return Verdict(MIXED, "two layers can do with constants in its place, but one layer passes with it the bound "
                              "that holds without it")
    return Verdict(MIXED, "one layer gains nothing by it, but two layers cannot do with constants in its place")


def _directions(results: Results) -> Verdict:
    told = [name for name in MODELS if above(results[f"block.{name}.probe"], 0.9)]
    # Both numbers are looked at in any case, so that neither can go missing unnoticed.
    broken = [name for name in MODELS if below(results[f"block.{name}.decided"], 0.6)]
    spared = [name for name in MODELS if above(results[f"block.{name}.spared"], 0.95)]
    removed = [name for name in broken if name in spared]
    if len(told) == len(removed) == len(MODELS):
        return Verdict(SUPPORTED)
    if not told and not removed:
        return Verdict(REFUTED)
    return Verdict(MIXED, f"read off held-out addresses in {_names(told)}; removed by erasing, with the lookups that "
                          f"need the bit and no others, in {_names(removed)}")


def _names(models: list[str]) -> str:
    return " and ".join(models) or "neither model"


def _moves_features(results: Results) -> Verdict:
    chosen = [rid for rid in OV if above(results[rid], 2)]
    more = [rid for rid in OV if above(results[rid], 1)]
    if len(chosen) == len(OV):
        return Verdict(SUPPORTED)
    if not more:
        return Verdict(REFUTED)
    named = " and ".join(f"layer {rid[-1]} of {rid.split('.')[1]}" for rid in more)
    return Verdict(MIXED, f"the bit is preferred to the position in {named} alone" if len(more) < len(OV) else
                   f"the bit is preferred in {named}, but not everywhere by a factor of two")


def _in_mlps(results: Results) -> Verdict:
    added = all(above(results[f"knowledge.mlp-mixed.{what}"], 0.95) for what in ("new", "notes"))
    still = [layer for layer in (1, 2) if below(results[f"knowledge.mlp-mixed.moved.{layer}"], 0.1)]
    elsewhere = not below(results["knowledge.attention-mixed.new"], 0.625)
    if not added:
        return Verdict(REFUTED, "new facts and lookups are not both there in the end")
    if len(still) == 2 and not elsewhere:
        return Verdict(SUPPORTED)
    against = [] if len(still) == 2 else ["patterns move although attention is frozen"]
    against += ["attention alone learns new facts too"] if elsewhere else []
    return Verdict(MIXED, f"facts can be added through the MLPs with lookups kept, but {', and '.join(against)}")


CLAIMS = (
    Claim(
        id="c.mlp-moves-nothing", chapter=7, source="c",
        statement="MLPs do not move information between positions.",
        quote="MLPs do not move information around",
        criterion=ByHand(
            needs=tuple(f"block.across.{part}" for part in ("mlp", "norm", "attention", "mixing")),
            text="In every layer and seed of the large model the derivative of what the MLP writes at a position "
                 "by the stream at another is exactly zero, and so is that of a LayerNorm; that of attention, "
                 "and of an MLP that mixes tokens, is above 0.01.",
            function=_moves_nothing,
            reason="to be declared",
        ),
        expected=SUPPORTED,
    ),
    Claim(
        id="c.mlp-key-value", chapter=7, source="c",
        statement="An MLP is a lookup by keys and values whose non-linearity removes information.",
        quote="the addition of the ReLU which allows mass removal of information",
        criterion=ByHand(
            needs=("block.key-values.gap", "block.read.2.left"),
            text="In the large model, five seeds, a sum over hidden units, each weighing its value by the match "
                 "of its key, gives what the MLP gives to 1e-5. In the last layer, at the readout, a linear map "
                 "tells less than half as much of the cells that are not asked for behind the non-linearity as "
                 "in front of it, with the whole interval. Mixed if it tells less, but not so much less; refuted "
                 "if the sum differs, or if it does not tell less.",
            function=_key_value,
            reason="to be declared",
        ),
        expected=REFUTED,
    ),
    Claim(
        id="c.layernorm-folds", chapter=7, source="c",
        statement="LayerNorm is linear once mean and variance are fixed, and its gain folds into the next weights.",
        quote="it's just a linear transformation; this is called folding LayerNorm in",
        criterion=ByHand(
            needs=("block.fold.gap", "block.affine.fixed", "block.affine.norm"),
            text="Folding every LayerNorm of the large model leaves all logits the same to 1e-5. With mean and "
                 "variance fixed, a LayerNorm keeps parallelograms of streams to 1e-5, which as it is it misses "
                 "by more than 0.01. Double precision.",
            function=_folds,
            reason="to be declared",
        ),
        expected=SUPPORTED,
    ),
    Claim(
        id="c.layernorm-passive", chapter=7, source="c",
        statement="LayerNorm adds no information by itself; it only rescales.",
        quote="I don't think they add information by themselves",
        criterion=ByHand(
            needs=("layers.one-norm.best", "leaks.vote", "block.fixed.all"),
            text="Two tests. No seed of ten of one layer with a final LayerNorm passes the best vote, the proven "
                 "bound without it. And the large model, five seeds, answers more than 95% rightly, with the "
                 "whole interval, if every LayerNorm divides by constants instead. Supported if both hold, "
                 "refuted if neither, mixed if one does.",
            function=_passive,
            reason="to be declared",
        ),
        expected=MIXED,
    ),
    Claim(
        id="c.features-are-directions", chapter=7, source="c",
        statement="Features are separate directions of the stream, and can be removed linearly.",
        quote="discrete linguistic features are encoded in separable directions in embedding space",
        criterion=ByHand(
            needs=tuple(f"block.{name}.{what}" for name in MODELS for what in ("probe", "decided", "spared")),
            text="The bits of the address that the readout has to gather, between the layers, in the five seeds "
                 "of the large model and in those of the small one that solve the task. A linear probe is right "
                 "on more than 90% of cases at addresses that were held out. With a bit erased, fewer than 60% "
                 "of answers are right where it decides between cells that differ, and more than 95% where the "
                 "cells agree. Whole intervals, means over bits. Supported if both hold in both models, refuted "
                 "if neither holds in either, mixed otherwise.",
            function=_directions,
            reason="to be declared",
        ),
        expected=REFUTED,
    ),
    Claim(
        id="c.ov-moves-features", chapter=7, source="c",
        statement="Attention can copy chosen features rather than whole embeddings.",
        quote="pick specific features to copy over (not just token embeddings in their entirety)",
        criterion=ByHand(
            needs=OV,
            text="The gain of a head's OV map on the direction of a cell's bit, divided by that on the "
                 "directions of cells' positions, geometric mean over heads: above 2 in the last layer of the "
                 "small model and in both layers of the large one, with whole intervals over the seeds that "
                 "solve the task. Refuted if it is above 1 in none of the three; mixed otherwise.",
            function=_moves_features,
            reason="to be declared",
        ),
        expected=MIXED,
    ),
    Claim(
        id="e.knowledge-in-mlp", chapter=7, source="e",
        statement="Knowledge lives in the MLPs and can be added without changing attention.",
        quote="You can add knowledge via fine-tuning without changing the attention mechanism",
        criterion=ByHand(
            needs=("knowledge.mlp-mixed.new", "knowledge.mlp-mixed.notes", "knowledge.mlp-mixed.moved.1",
                   "knowledge.mlp-mixed.moved.2", "knowledge.attention-mixed.new"),
            text="Five seeds; MLPs alone are trained on new facts mixed with old ones and notes. More than 95% "
                 "of the new facts are known and of the notes found, or the claim is refuted. Supported if also "
                 "less than a tenth of the weight of questions about notes moves, in either layer, and "
                 "attention alone, trained likewise, ends below 62.5% of the new facts, half of the way from "
                 "guessing to all. Mixed otherwise. Whole intervals.",
            function=_in_mlps,
            reason="to be declared",
        ),
        expected=REFUTED,
    ),
)
