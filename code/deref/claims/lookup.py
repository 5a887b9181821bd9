"""The claims about attention itself: what it computes, its scale, its heads, and where it looks."""

from collections.abc import Mapping

from deref.claims.claim import MIXED, REFUTED, SUPPORTED, ByHand, Claim, Verdict, above, below
from deref.records import Record

Results = Mapping[str, Record]
SIZES = (8, 32, 128)
MODELS = ("large-32", "gather")
QUARTERS = [(source, address) for address in ("whole", "spelled") for source in ("self", "cross")]


def _attention_is_lookup(results: Results) -> Verdict:
    same = results["lookup.sdpa-gap"].value <= 1e-12
    same_single = results["lookup.sdpa-gap-single"].value <= 1e-5
    exact = results["lookup.sharpened-weight"].value >= 0.999
    return Verdict(SUPPORTED if same and same_single and exact else REFUTED)


def _sqrt_scaling(results: Results) -> Verdict:
    exponent = results["scaling.variance-exponent"]
    grows = above(exponent, 0.95) and below(exponent, 1.05)
    saturates = all(
        below(results[f"scaling.undivided.{what}-512"], share * results[f"scaling.divided.{what}-512"].value)
        for what, share in (("entropy", 1 / 4), ("gradient", 1 / 10)))
    gained = [size for size in SIZES if above(results[f"scaling.gain-{size}"], 0)]
    if not (grows and saturates):
        return Verdict(REFUTED)
    if len(gained) == len(SIZES):
        return Verdict(SUPPORTED)
    where = f"training gains at head sizes {', '.join(map(str, gained))} alone" if gained else "training gains nothing"
    return Verdict(MIXED, f"scores grow and softmax saturates as said, but {where}")


def _heads_differ(results: Results) -> Verdict:
    found = {name: (above(results[f"heads.{name}.distance"], 0.25) and above(results[f"heads.{name}.gain"], 0),
                    above(results[f"heads.{name}.redundant"], 0) and below(results[f"heads.{name}.redundant"], 1))
             for name in MODELS}
    differ, spare = ([name for name in MODELS if found[name][i]] for i in range(2))
    if len(differ) == len(spare) == len(MODELS):
        return Verdict(SUPPORTED)
    if not differ and not spare:
        return Verdict(REFUTED)
    return Verdict(MIXED, f"training sets heads apart in {_names(differ)}; some but not all heads are redundant in "
                          f"{_names(spare)}")


def _names(found: list[str]) -> str:
    return " and ".join(found) or "neither model"


def _listing_audit(results: Results) -> Verdict:
    faults = [
        *["its projections are never applied"] * (results["audit.no-gradient"].value > 0),
        *["all heads would share them"] * (results["audit.head-spread"].value <= 1e-12),
        *["scores are not divided by the root of the head size"] * (abs(results["audit.score-scale"].value - 1) > 0.01),
    ]
    return Verdict(REFUTED, "; ".join(faults)) if faults else Verdict(SUPPORTED)


def _cross_attention(results: Results) -> Verdict:
    solved = {quarter: results["crossing.{}.{}.solved".format(*quarter)] for quarter in QUARTERS}
    inside, outside = results["crossing.self.spelled.outside"], results["crossing.cross.spelled.outside"]
    whole = [source for source, address in QUARTERS if address == "whole" and above(solved[source, address], 0.5)]
    spelled = [source for source, address in QUARTERS if address == "spelled" and solved[source, address].value > 0]
    if outside.value > 0 or inside.value == 0 or not whole:
        return Verdict(REFUTED)
    if len(whole) == 2 and not spelled:
        return Verdict(SUPPORTED)
    conditions = [*[f"with the whole address only {whole[0]}-attention solves it reliably"] * (len(whole) == 1),
                  *[f"with the address spelled {' and '.join(spelled)}-attention solves it too"] * bool(spelled)]
    return Verdict(MIXED, "; ".join(conditions))


def _head_counts(results: Results) -> Verdict:
    models, alike = results["counts.seven"].value, results["counts.seven-with-32"].value
    large, gpt_3 = results["counts.gpt-4"].value, results["counts.gpt-3"].value
    if 2 * alike < models or large not in (0, 96):
        return Verdict(REFUTED)
    if alike == models and large == 96:
        return Verdict(SUPPORTED)
    told = "96 heads are published for GPT-4" if large else (
        f"for GPT-4 no number of heads is published, so that half cannot be verified (GPT-3 175B has {gpt_3})")
    return Verdict(MIXED, f"{alike} of {models} models of the 7B class have 32 heads; {told}")


CLAIMS = (
    Claim(
        id="a.attention-is-lookup", chapter=6, source="a",
        statement="Attention compares a query with keys, and returns the value of the key that matches.",
        quote="An attention head is a learned content-addressable lookup",
        criterion=ByHand(
            needs=("lookup.sdpa-gap", "lookup.sdpa-gap-single", "lookup.sharpened-weight"),
            text="The project's attention equals PyTorch's to 1e-12 in double and to 1e-5 in single precision, "
                 "values and gradients; and a sharp enough query puts at least 0.999 of the weight on the one "
                 "key that matches.",
            function=_attention_is_lookup,
            reason="to be declared",
        ),
        expected=SUPPORTED,
    ),
    Claim(
        id="d.sqrt-scaling", chapter=6, source="d",
        statement="Dot products of queries and keys have a variance that grows like the head size; dividing by its "
                  "root keeps softmax from saturating, and a model trainable.",
        quote="Large scores make softmax saturate, which produces tiny gradients and brittle one-hot attention",
        criterion=ByHand(
            needs=("scaling.variance-exponent",
                   *(f"scaling.{way}.{what}-512" for way in ("divided", "undivided")
                     for what in ("entropy", "gradient")),
                   *(f"scaling.gain-{size}" for size in SIZES)),
            text="The variance grows with a power of the head size between 0.95 and 1.05. At head size 512, "
                 "without the division, the entropy of the weights is less than a quarter and the median "
                 "derivative of softmax less than a tenth of what they are with it. Ten seeds an arm: at each of "
                 "the head sizes 8, 32 and 128 the share that solves a lookup is larger with the division. All "
                 "with their whole intervals. Mixed if only the training fails to show it.",
            function=_sqrt_scaling,
            reason="to be declared",
        ),
        expected=SUPPORTED,
    ),
    Claim(
        id="d.heads-differ", chapter=6, source="d",
        statement="The heads of a layer learn different patterns, and some of them are redundant.",
        quote="different heads can carve the same token representation into different subspaces … Some are redundant",
        criterion=ByHand(
            needs=tuple(f"heads.{name}.{key}" for name in MODELS for key in ("distance", "gain", "redundant")),
            text="In both of two trained models: the patterns of two heads of a layer are on average further "
                 "apart than 0.25 (of at most 1) and further than before training; and some heads, but not all, "
                 "cost less than one point of accuracy when they are ablated. All with their whole intervals "
                 "over seeds. Refuted if neither holds in either model.",
            function=_heads_differ,
            reason="to be declared",
        ),
        expected=SUPPORTED,
    ),
    Claim(
        id="d.listing-audit", chapter=6, source="d",
        statement="The listing printed with the source is multi-head attention.",
        quote="Each head learns different attention patterns using separate weight matrices",
        criterion=ByHand(
            needs=("audit.no-gradient", "audit.head-spread", "audit.score-scale"),
            text="Supported if a backward pass gives all three projections a gradient, heads that are given the "
                 "same content can map it differently once the projections are applied as declared, and scores "
                 "are divided by the root of the head size, to one part in a hundred. Refuted if one of these "
                 "fails.",
            function=_listing_audit,
            reason="to be declared",
        ),
        expected=REFUTED,
    ),
    Claim(
        id="e.cross-attention", chapter=6, source="e",
        statement="Self- and cross-attention differ in where keys and values come from, and one layer of either does a "
                  "lookup if a single query token holds the whole address.",
        quote="tokens in one sequence attend to tokens in a different sequence",
        criterion=ByHand(
            needs=(*("crossing.{}.{}.solved".format(*quarter) for quarter in QUARTERS),
                   "crossing.self.spelled.outside", "crossing.cross.spelled.outside"),
            text="Eight cells, one layer, ten seeds an arm. With the whole address in one token, the interval of "
                 "the share of seeds that solve the task lies above one half for self- and for cross-attention; "
                 "with the address spelled in bits no seed of either solves it; and the other address tokens "
                 "have an influence on the readout with self-attention and none at all with cross-attention. "
                 "Refuted if the influence is otherwise or no kind solves the whole address reliably, mixed "
                 "where only part of the solving is as said.",
            function=_cross_attention,
            reason="to be declared",
        ),
        expected=SUPPORTED,
    ),
    Claim(
        id="e.head-counts", chapter=6, source="e",
        statement="Models of GPT-4's class have 96 heads a layer, and models of seven billion parameters have 32.",
        quote="GPT-4 class models use 96 attention heads per layer. Smaller 7B models use 32",
        criterion=ByHand(
            needs=("counts.seven", "counts.seven-with-32", "counts.gpt-3", "counts.gpt-4"),
            text="By published configurations: supported if GPT-4's number of heads is public and 96 and every "
                 "model of the 7B class in the table has 32; refuted if GPT-4's is public and another, or fewer "
                 "than half of the 7B class have 32; mixed otherwise.",
            function=_head_counts,
            reason="to be declared",
        ),
        expected=MIXED,
    ),
)
