"""The claims of the section "What attention costs"."""

from evidence.claims.claim import EXACT, MIXED, SUPPORTED, UNSETTLED, Claim, Criterion
from evidence.claims.criterion import above, all_of, any_of, at_least, at_most, below, within

CELLS = {"rnn": "an RNN", "gru": "a GRU", "lstm": "an LSTM"}
WAYS = {"unseen": "positions that training never gave out", "shared": "positions shared by two tokens or more"}
TIMES = {2: "twice", 4: "four times"}


def _early(way: str):
    return below(f"dilution.early-weight.{way}", "0",
                 f"the weight of notes in the first quarter minus that of notes in the last, with {WAYS[way]},")


def _kept(way: str, factor: int):
    place = f"longer.{way}.x{factor}"
    return all_of(
        above(f"{place}.facts", "99%", f"the share of facts that are kept at {TIMES[factor]} the length, with "
                                       f"{WAYS[way]},"),
        above(f"{place}.lookups", "95%", "that of lookups"))

CLAIMS = (
    Claim(
        id="d.quadratic-cost", chapter=6, source="d", kind=EXACT,
        statement="The cost of attention grows with the square of the length.",
        quote="every token compares with every other token",
        setting="Counted over 64 to 2,048 tokens; exponents by regression of the logarithms.",
        criterion=Criterion(parts={
            "comparing and mixing all pairs costs the square of the length, in operations and in bytes": all_of(
                within("cost.table.exponent", "1.9", "2.1", "the exponent of the operations of comparing and mixing"),
                within("cost.plain.bytes-exponent", "1.9", "2.1",
                       "that of the peak bytes of plain attention in training")),
            "a whole block of width 64 does": above(
                "cost.block.exponent", "1.9", "the exponent of the operations of a whole block of width 64")}),
        expected=MIXED,
    ),
    Claim(
        id="e.efficient-variants", chapter=6, source="e", kind=EXACT,
        statement="Fused (flash) attention and sliding windows manage the cost of attention.",
        quote="efficient attention variants (Flash Attention, Sliding Window Attention) exist to manage the cost",
        setting="Fused attention and attention in windows, each against plain attention, at up to 2,048 tokens.",
        criterion=Criterion(parts={
            "fused attention gives the same numbers and saves bytes": all_of(
                at_most("cost.fused.gap-double", "1e-12", "the difference of fused from plain attention, outputs and "
                                                          "gradients, in double precision"),
                at_most("cost.fused.gap-single", "1e-4", "that in single precision"),
                below("cost.fused.bytes-exponent", "1.1", "the exponent of its peak bytes"),
                above("cost.fused.saving", "10", "the number of times that it saves bytes at 2,048 tokens")),
            "a window saves operations, and reaches layers times (window minus one) tokens": all_of(
                at_most("window.gap", "1e-12", "the difference of windowed attention from a windowed mask"),
                below("window.operations-exponent", "1.1", "the exponent of its operations"),
                at_least("window.reach.exact", "1", "the share of models in which information reaches exactly layers "
                                                    "times (window minus one) tokens"))}),
        expected=SUPPORTED,
    ),
    Claim(
        id="d.parallel-training", chapter=6, source="d", kind=EXACT,
        statement="A layer of attention computes all positions at once, where a recurrence must go step by step.",
        quote="all token interactions in a layer can be computed with matrix multiplication",
        setting="The longest chain of dependent operations, counted between 8 and 256 tokens.",
        criterion=Criterion(
            needed=at_most("chain.transformer.per-token", "0", "what a further token adds to the chain of a "
                                                               "transformer"),
            parts={f"{name} must wait for every token": at_least(
                f"chain.{cell}.per-token", "1", f"what it adds to that of {name}") for cell, name in CELLS.items()}),
        expected=SUPPORTED,
    ),
    Claim(
        id="e.attention-dilutes", chapter=6, source="e",
        statement="In a long context attention weight is spread thin, and what stands at its start gets little of it.",
        quote="the attention weights are spread thin across too many tokens",
        setting="Models asked in contexts up to eight times as long as those they learned in; the weights of notes are "
                "compared at four times the length.",
        criterion=Criterion(
            needed=at_most("dilution.theory-gap", "1e-6", "the difference of weights at a fixed gap from the formula"),
            parts={"weight and recall get thin with length": all_of(
                       below("dilution.weight-change", "0", "the change of the weight on the right note"),
                       below("dilution.recall-change", "0", "that of recall")),
                   "what stands at the start gets less than what stands at the end, however positions are lengthened":
                       all_of(*map(_early, WAYS))}),
        power="Fifteen models: with five the change with length was clear and the difference between start and end was "
              "not. It varies more between models than it is large.",
        expected=UNSETTLED,
    ),
    Claim(
        id="e.window-separable", chapter=6, source="e",
        statement="The context window of a trained model can be lengthened without teaching it anything.",
        quote="increase a model's context window without adding any knowledge",
        setting="Contexts two and four times as long as in training, no further training, two ways of giving out "
                "positions.",
        criterion=Criterion(parts={
            f"facts and lookups both survive at {TIMES[factor]} the length": any_of(
                *(_kept(way, factor) for way in WAYS)) for factor in TIMES}),
        power="Fifteen models: with five, the interval of lookups at twice the length reached below the threshold.",
        expected=MIXED,
    ),
    Claim(
        id="c.mlp-flops-share", chapter=6, source="c", kind=EXACT,
        statement="MLPs take 80% of the operations of OPT-175B, and their share grows with scale.",
        quote="80% of the FLOPs in OPT-175B",
        setting="Counted from the published shapes, 2,048 tokens.",
        criterion=Criterion(parts={
            "the share at 175B is about 80%": within("share.opt-175b", "77%", "83%", "the share of MLPs at 175B"),
            "it grows with every step in scale": above("share.least-rise", "0", "the least rise of the share in a step "
                                                                                "from 125M to 175B")}),
        expected=MIXED,
    ),
)
