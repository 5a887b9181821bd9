"""The claims of the section "Do the instruments find the circuit?"."""

from evidence.claims.claim import MIXED, SUPPORTED, UNSETTLED, Claim
from evidence.claims.criterion import Criterion, above, all_of

RERUN = {"flip": "flips", "zero": "zero ablation", "mean": "mean ablation", "resample": "resample ablation",
         "path": "path patching", "pruning": "greedy pruning"}
GRADIENT = {"attribution": "attribution patching", "eap": "EAP", "eap-ig": "EAP-IG"}


def _led_by(leads: str) -> Criterion:
    """Whether every causal probe leads attention weight, by results whose names begin alike."""
    ahead = {key: above(f"{leads}.{key}", "0", f"the lead of {name}") for key, name in (RERUN | GRADIENT).items()}
    return Criterion(parts={
        "every probe that runs the model again leads attention weight": all_of(*(ahead[key] for key in RERUN)),
        "every probe by gradients leads attention weight": all_of(*(ahead[key] for key in GRADIENT))})


CLAIMS = (
    Claim(
        id="ours.weight-ranks-worst", chapter=7, source="ours",
        statement="Averaged over six circuits written by hand, attention weight ranks the true edges worse than every "
                  "causal probe does.",
        quote="worse than every causal probe",
        setting="Eight draws of six circuits whose edges are known: pointer, induction head, adder, one-layer table, "
                "misleading heads, and graded decoys; a draw has a size, sharpness, weights and inputs of its own. A "
                "probe's score of an edge is the mean of its absolute value over the inputs of one question. The lead "
                "of a probe is its area under the ROC curve less that of attention weight, averaged over questions and "
                "over the six circuits, paired by draw. Written before any of these areas was computed.",
        criterion=_led_by("calibration.lead"),
        power="Eight draws settle a lead as large as its standard deviation between draws in two builds of three.",
        expected=MIXED,
    ),
    Claim(
        id="ours.weight-ranks-worst-compiled", chapter=7, source="ours",
        statement="Averaged over three programs that Tracr compiled, attention weight ranks the true edges worse than "
                  "every causal probe does.",
        quote="worse than every causal probe",
        setting="Eight draws of three programs, compiled once: reverse, sort, and a pointer followed twice; a draw has "
                "a length, a place that is read and inputs of its own. Scores and areas are those of the claim on "
                "circuits written by hand. Written before any area of these programs was computed.",
        criterion=_led_by("calibration.compiled-lead"),
        power="Eight draws settle a lead of one and a half times its standard deviation between draws in nineteen "
              "builds of twenty. Written after the areas: the smallest lead found is more than four times that, and "
              "the verdict was the same on draws 100 to 107 and 200 to 207.",
        expected=SUPPORTED,
    ),
    Claim(
        id="ours.weight-ranks-worst-trained", chapter=7, source="ours",
        statement="Averaged over two programs that transformers were trained to follow, attention weight ranks the "
                  "true edges worse than every causal probe does.",
        quote="worse than every causal probe",
        setting="Two programs for the pointer task of four cells, gather-then-fetch and carry-then-select, each "
                "trained with interchange interventions: two layers of four heads, without MLPs. Of each the first "
                "eight seeds count that answer more than 99.9% of fresh interventions as the program does. An edge is "
                "true for an address if the program moves along it a variable that the answer hangs on. Scores and "
                "areas are those of the claim on circuits written by hand, with twelve prompts for each of the four "
                "addresses; a draw is a seed of either program. Written before these seeds were trained; which seeds "
                "count was written after the first eight of each, two and three of which fell short, and before any "
                "area of such a model was computed.",
        criterion=_led_by("calibration.trained-lead"),
        power="Eight seeds settle a lead as large as its standard deviation between seeds in two builds of three.",
        expected=UNSETTLED,
    ),
)
