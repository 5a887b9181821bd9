"""The claims of the section "Do the instruments find the circuit?"."""

from evidence.claims.claim import MIXED, SUPPORTED, Claim
from evidence.claims.criterion import Criterion, above, all_of

RERUN = {"flip": "flips", "zero": "zero ablation", "mean": "mean ablation", "resample": "resample ablation",
         "path": "path patching", "pruning": "greedy pruning"}
GRADIENT = {"attribution": "attribution patching", "eap": "EAP", "eap-ig": "EAP-IG"}

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
        criterion=Criterion(parts={
            "every probe that runs the model again leads attention weight": all_of(*(
                above(f"calibration.lead.{key}", "0", f"the lead of {name}") for key, name in RERUN.items())),
            "every probe by gradients leads attention weight": all_of(*(
                above(f"calibration.lead.{key}", "0", f"the lead of {name}") for key, name in GRADIENT.items()))}),
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
        criterion=Criterion(parts={
            "every probe that runs the model again leads attention weight": all_of(*(
                above(f"calibration.compiled-lead.{key}", "0", f"the lead of {name}") for key, name in RERUN.items())),
            "every probe by gradients leads attention weight": all_of(*(
                above(f"calibration.compiled-lead.{key}", "0", f"the lead of {name}")
                for key, name in GRADIENT.items()))}),
        power="Eight draws settle a lead as large as its standard deviation between draws in two builds of three.",
        expected=SUPPORTED,
    ),
)
