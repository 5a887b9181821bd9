"""The claims of the section "Several lookups at once"."""

from evidence.claims.claim import EXACT, MIXED, REFUTED, SUPPORTED, ByHand, Claim, Criterion, Verdict
from evidence.claims.criterion import Results, above, all_of, below

MODELS = {"large-32": "the model of thirty-two cells", "gather": "the small model of four heads"}


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
    half = "96 heads are published for GPT-4" if large else (
        f"for GPT-4 no number of heads is published, so that half cannot be verified (GPT-3 175B has {gpt_3})")
    return Verdict(MIXED, f"{alike} of {models} models of the 7B class have 32 heads; {half}")

CLAIMS = (
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
