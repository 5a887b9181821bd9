"""The claims that the section "What attention costs" tests."""

from collections.abc import Mapping

from deref.claims.claim import MIXED, REFUTED, SUPPORTED, ByHand, Claim, Verdict, above, below
from deref.records import Record

Results = Mapping[str, Record]
CELLS = ("rnn", "gru", "lstm")
WAYS = ("unseen", "shared")


def _quadratic_cost(results: Results) -> Verdict:
    table, held = results["cost.table.exponent"], results["cost.plain.bytes-exponent"]
    if not all(above(found, 1.9) and below(found, 2.1) for found in (table, held)):
        return Verdict(REFUTED)
    if above(results["cost.block.exponent"], 1.9):
        return Verdict(SUPPORTED)
    return Verdict(MIXED, "quadratic for the comparison of all pairs, in operations and in bytes; a whole block is "
                          "closer to linear until the length is several times the width")


def _efficient_variants(results: Results) -> Verdict:
    same = results["cost.fused.gap-double"].value <= 1e-12 and results["cost.fused.gap-single"].value <= 1e-4
    small = below(results["cost.fused.bytes-exponent"], 1.1) and above(results["cost.fused.saving"], 10)
    cheap = below(results["window.operations-exponent"], 1.1) and results["window.gap"].value <= 1e-12
    reach = results["window.reach.exact"].value == 1
    if same and small and cheap and reach:
        return Verdict(SUPPORTED, "fused attention saves bytes and no operations; a window saves both, and gives up "
                                  "what lies beyond its reach")
    if (same and small) or (cheap and reach):
        return Verdict(MIXED, "holds for fused attention alone" if same and small else "holds for windows alone")
    return Verdict(REFUTED)


def _parallel_training(results: Results) -> Verdict:
    if results["chain.transformer.per-token"].value != 0:
        return Verdict(REFUTED)
    waiting = [cell for cell in CELLS if results[f"chain.{cell}.per-token"].value >= 1]
    if len(waiting) == len(CELLS):
        return Verdict(SUPPORTED)
    return Verdict(MIXED, f"of the recurrences, {', '.join(waiting)} alone must wait for every token") if waiting \
        else Verdict(REFUTED)


def _attention_dilutes(results: Results) -> Verdict:
    formula = results["dilution.theory-gap"].value <= 1e-6
    if not (formula and below(results["dilution.weight-change"], 0) and below(results["dilution.recall-change"], 0)):
        return Verdict(REFUTED)
    if all(below(results[f"dilution.early-weight.{way}"], 0) for way in WAYS):
        return Verdict(SUPPORTED)
    return Verdict(MIXED, "weight and recall do get thin with length, but not at the start of the context in "
                          "particular")


def _window_separable(results: Results) -> Verdict:
    kept = {}
    for way in WAYS:
        for factor in (2, 4):
            place = f"longer.{way}.x{factor}"
            kept[way, factor] = above(results[f"{place}.facts"], 0.99), above(results[f"{place}.lookups"], 0.95)
    if any(all(kept[way, 2]) and all(kept[way, 4]) for way in WAYS):
        return Verdict(SUPPORTED)
    twice = [way for way in WAYS if all(kept[way, 2])]
    if twice:
        return Verdict(MIXED, f"with {' and '.join(twice)} positions both survive at twice the length, but not at four "
                              "times")
    if any(kept[way, 4][0] for way in WAYS):
        return Verdict(MIXED, "facts survive a longer window, lookups not reliably")
    return Verdict(REFUTED)


def _mlp_share(results: Results) -> Verdict:
    share = results["share.opt-175b"]
    eighty, grows = above(share, 0.77) and below(share, 0.83), above(results["share.least-rise"], 0)
    if eighty and grows:
        return Verdict(SUPPORTED)
    if grows:
        return Verdict(MIXED, "the share grows with scale, but is not 80% at 175B")
    return Verdict(MIXED, "the share is about 80% at 175B, but does not grow with every step") if eighty \
        else Verdict(REFUTED)


CLAIMS = (
    Claim(
        id="d.quadratic-cost", chapter=6, source="d",
        statement="The cost of attention grows with the square of the length.",
        quote="every token compares with every other token",
        criterion=ByHand(
            needs=("cost.table.exponent", "cost.plain.bytes-exponent", "cost.block.exponent"),
            text="Counted over 64 to 2,048 tokens: the exponents of the operations of comparing and mixing, and "
                 "of the peak bytes of plain attention in training, lie between 1.9 and 2.1 with their intervals "
                 "(otherwise refuted), and that of a whole block of width 64 lies above 1.9 (otherwise mixed).",
            function=_quadratic_cost,
            reason="to be declared",
        ),
        expected=MIXED,
    ),
    Claim(
        id="e.efficient-variants", chapter=6, source="e",
        statement="Fused (flash) attention and sliding windows manage the cost of attention.",
        quote="efficient attention variants (Flash Attention, Sliding Window Attention) exist to manage the cost",
        criterion=ByHand(
            needs=("cost.fused.gap-double", "cost.fused.gap-single", "cost.fused.bytes-exponent", "cost.fused.saving",
                   "window.gap", "window.operations-exponent", "window.reach.exact"),
            text="Fused attention gives the same outputs and gradients as plain (to 1e-12 in double, 1e-4 in "
                 "single precision), its peak bytes grow with an exponent below 1.1 and are less than a tenth at "
                 "2,048 tokens. Windowed attention equals a windowed mask to 1e-12, its operations grow with an "
                 "exponent below 1.1, and information reaches exactly layers times (window minus one) tokens in "
                 "every model tested. Mixed if one of the two holds.",
            function=_efficient_variants,
            reason="to be declared",
        ),
        expected=SUPPORTED,
    ),
    Claim(
        id="d.parallel-training", chapter=6, source="d",
        statement="A layer of attention computes all positions at once, where a recurrence must go step by step.",
        quote="all token interactions in a layer can be computed with matrix multiplication",
        criterion=ByHand(
            needs=("chain.transformer.per-token", *(f"chain.{cell}.per-token" for cell in CELLS)),
            text="Between 8 and 256 tokens a further token adds nothing to the longest chain of dependent "
                 "operations of a transformer, and at least one operation to that of an RNN, a GRU and an LSTM.",
            function=_parallel_training,
            reason="to be declared",
        ),
        expected=SUPPORTED,
    ),
    Claim(
        id="e.attention-dilutes", chapter=6, source="e",
        statement="In a long context attention weight is spread thin, and what stands at its start gets little of it.",
        quote="the attention weights are spread thin across too many tokens",
        criterion=ByHand(
            needs=("dilution.theory-gap", "dilution.weight-change", "dilution.recall-change",
                   *(f"dilution.early-weight.{way}" for way in WAYS)),
            text="Five models, asked in contexts up to eight times as long as those they learned in: the change "
                 "of the weight on the right note and of recall lies below zero with its interval, and weights "
                 "at a fixed gap follow the formula to 1e-6 (otherwise refuted). At four times the length notes "
                 "in the first quarter get less weight than notes in the last, with the whole interval, however "
                 "positions are lengthened (otherwise mixed).",
            function=_attention_dilutes,
            reason="to be declared",
        ),
        expected=MIXED,
    ),
    Claim(
        id="e.window-separable", chapter=6, source="e",
        statement="The context window of a trained model can be lengthened without teaching it anything.",
        quote="increase a model's context window without adding any knowledge",
        criterion=ByHand(
            needs=tuple(f"longer.{way}.x{factor}.{what}" for way in WAYS for factor in (2, 4)
                        for what in ("facts", "lookups")),
            text="Five models, contexts two and four times as long as in training, no further training. "
                 "Supported if one way of giving out positions keeps facts above 99% and lookups above 95% at "
                 "both lengths, with the whole intervals; mixed if it keeps both at twice the length alone, or "
                 "facts alone at four times.",
            function=_window_separable,
            reason="to be declared",
        ),
        expected=MIXED,
    ),
    Claim(
        id="c.mlp-flops-share", chapter=6, source="c",
        statement="MLPs take 80% of the operations of OPT-175B, and their share grows with scale.",
        quote="80% of the FLOPs in OPT-175B",
        criterion=ByHand(
            needs=("share.opt-175b", "share.least-rise"),
            text="Counted from the published shapes, 2,048 tokens: the share at 175B lies between 77% and 83%; "
                 "and it grows with every step from 125M to 175B. Mixed if one of the two holds.",
            function=_mlp_share,
            reason="to be declared",
        ),
        expected=MIXED,
    ),
)
