"""The claims about attention itself: what it computes, its scale, its heads, and what printed lists say of it."""

from deref.claims.claim import EXACT, MIXED, REFUTED, SUPPORTED, ByHand, Claim, Criterion, Verdict
from deref.claims.criterion import Results, above, all_of, any_of, at_least, at_most, below, exceeds, within

SIZES = (8, 32, 128)
MODELS = {"large-32": "the model of thirty-two cells", "gather": "the small model of four heads"}
SOURCES = {"self": "self-attention", "cross": "cross-attention"}


def _saturates(what: str, share: float, name: str):
    """Without the division a quantity is less than a share of what it is with it."""
    return exceeds(f"scaling.divided.{what}-512", f"scaling.undivided.{what}-512", f"{name} at head size 512 with the "
                   "division", "what it is without", times=1 / share)


def _differ(model: str):
    return all_of(above(f"heads.{model}.distance", "0.25", "the average distance between patterns of a layer (at most "
                                                           "1)"),
                  above(f"heads.{model}.gain", "0", "what training adds to it"))


def _redundant(model: str):
    return all_of(above(f"heads.{model}.redundant", "0", "the share of heads that cost less than one point of accuracy "
                                                         "when they are ablated"),
                  below(f"heads.{model}.redundant", "100%", "that"))


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
        id="a.attention-is-lookup", chapter=6, source="a", kind=EXACT,
        statement="Attention compares a query with keys, and returns the value of the key that matches.",
        quote="An attention head is a learned content-addressable lookup",
        setting="The project's attention against PyTorch's, values and gradients; and a sharp query on eight keys.",
        criterion=Criterion(parts={"attention is a soft lookup": all_of(
            at_most("lookup.sdpa-gap", "1e-12", "the largest difference in double precision"),
            at_most("lookup.sdpa-gap-single", "1e-5", "that in single precision"),
            at_least("lookup.sharpened-weight", "0.999", "the weight that a sharp enough query puts on the one key "
                                                         "that matches"))}),
        expected=SUPPORTED,
    ),
    Claim(
        id="d.sqrt-scaling", chapter=6, source="d",
        statement="Dot products of queries and keys have a variance that grows like the head size; dividing by its "
                  "root keeps softmax from saturating, and a model trainable.",
        quote="Large scores make softmax saturate, which produces tiny gradients and brittle one-hot attention",
        setting="Random queries and keys, ten draws; and models trained on a lookup with the division and without, ten "
                "seeds an arm, at three head sizes.",
        criterion=Criterion(
            needed=all_of(
                within("scaling.variance-exponent", "0.95", "1.05", "the exponent of the variance in the head size"),
                _saturates("entropy", 1 / 4, "the entropy of the weights"),
                _saturates("gradient", 1 / 10, "the median derivative of softmax")),
            parts={f"more seeds learn with the division at head size {size}": above(
                f"scaling.gain-{size}", "0", f"the gain in the share of seeds that solve the lookup at head size {size}"
            ) for size in SIZES}),
        power="Ten seeds an arm: nearly all learn with the division and few without, so the intervals stay clear of 0.",
        expected=SUPPORTED,
    ),
    Claim(
        id="d.heads-differ", chapter=6, source="d",
        statement="The heads of a layer learn different patterns, and some of them are redundant.",
        quote="different heads can carve the same token representation into different subspaces … Some are redundant",
        setting="Two trained models, the seeds that solve their task.",
        criterion=Criterion(parts={
            **{f"training sets the heads of {name} apart": _differ(model) for model, name in MODELS.items()},
            **{f"some but not all heads of {name} are redundant": _redundant(model)
               for model, name in MODELS.items()}}),
        power="Eleven seeds of the large model: with five the interval of its redundant share reached down to nothing "
              "in one build of three. Ten of the small one.",
        expected=SUPPORTED,
    ),
    Claim(
        id="d.listing-audit", chapter=6, source="d", kind=EXACT,
        statement="The listing printed with the source is multi-head attention.",
        quote="Each head learns different attention patterns using separate weight matrices",
        setting="The listing as printed, run and differentiated.",
        criterion=Criterion(
            refuted_by=any_of(
                above("audit.no-gradient", "0", "the number of projections that a backward pass gives no gradient"),
                at_most("audit.head-spread", "1e-12", "the largest difference between two heads that are given the "
                                                      "same content, once projections are applied as declared,")),
            parts={"scores are divided by the root of the head size": within(
                "audit.score-scale", "0.99", "1.01", "the divisor of the scores as a share of that root")}),
        expected=REFUTED,
    ),
    Claim(
        id="e.cross-attention", chapter=6, source="e",
        statement="Self- and cross-attention differ in where keys and values come from, and one layer of either does a "
                  "lookup if a single query token holds the whole address.",
        quote="tokens in one sequence attend to tokens in a different sequence",
        setting="Eight cells, one layer, ten seeds an arm: self- or cross-attention, and an address in one token or "
                "spelled in bits.",
        criterion=Criterion(
            needed=all_of(
                above("crossing.self.spelled.outside", "0", "the largest influence of the other address tokens on the "
                                                            "readout with self-attention"),
                at_most("crossing.cross.spelled.outside", "0", "that with cross-attention")),
            parts={
                **{f"{name} learns it when one token holds the address": above(
                    f"crossing.{source}.whole.solved", "50%", f"the share of seeds that solve it with {name} and the "
                                                              "whole address") for source, name in SOURCES.items()},
                **{f"{name} does not when the address is spelled": below(
                    f"crossing.{source}.spelled.solved", "50%", f"that with {name} and a spelled address")
                   for source, name in SOURCES.items()}}),
        power="Ten seeds an arm: where all or none of them solve it, the interval stays clear of one half.",
        expected=SUPPORTED,
    ),
    Claim(
        id="e.head-counts", chapter=6, source="e", kind=EXACT,
        statement="Models of GPT-4's class have 96 heads a layer, and models of seven billion parameters have 32.",
        quote="GPT-4 class models use 96 attention heads per layer. Smaller 7B models use 32",
        criterion=ByHand(
            needs=("counts.seven", "counts.seven-with-32", "counts.gpt-3", "counts.gpt-4"),
            text="By published configurations: supported if GPT-4's number of heads is public and 96 and every model "
                 "of the 7B class in the table has 32; refuted if GPT-4's is public and another, or fewer than half of "
                 "the 7B class have 32; mixed otherwise.",
            function=_head_counts,
            reason="A number that nobody published is neither above nor below anything.",
        ),
        expected=MIXED,
    ),
)
