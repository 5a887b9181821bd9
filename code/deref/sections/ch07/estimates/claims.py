"""The claim of the section "Two more questions for the language model"."""

from evidence.claims.claim import SUPPORTED, UNSETTLED, Claim
from evidence.claims.criterion import Criterion, above, all_of, below

KINDS = {"repeats": "random tokens that begin to repeat", "names": "names in sentences",
         "ablation": "heads switched off in long repeats"}

CLAIMS = (
    Claim(
        id="ours.estimates-miss-signs", chapter=7, source="ours",
        statement="In a language model attribution patching gets few signs of heads' effects wrong, and those where "
                  "the effect is large.",
        quote="few signs are wrong, and those where the effect is large",
        setting="What a head sends to everything behind it is taken from a corrupted prompt, in eight draws of six "
                "random tokens that begin to repeat and in eight sentences with names; or its mean takes the place of "
                "what it fetches, in five draws of random tokens read twice. The estimate is the derivative of the "
                "margin times the change. Shares of effects are of the gap between the prompts, or of what repetition "
                "adds. An effect counts from 2% on, and is large from 10% on. The head that costs most was found in "
                "the record `lm-heads`, on other sequences. Sizes were chosen on other prompts.",
        criterion=Criterion(parts={
            "few signs are wrong": all_of(*(
                below(f"estimates.{key}.wrong", "10%", f"the share of wrong signs for {what}")
                for key, what in KINDS.items())),
            "more of them are wrong where the effect is large": above(
                "estimates.pairs.wrong-more", "0%", "the share of wrong signs among large effects, less that among "
                "smaller ones, over both kinds of prompts,"),
            "the head that costs most gets the wrong sign": above(
                "estimates.ablation.costliest-wrong", "50%", "the share of sequences in which the head that costs most "
                "when it is switched off is estimated with the wrong sign")}),
        power="Sixteen prompts: on six of either kind that are not reported, large effects had about 7 and 15 wrong "
              "signs in a hundred, smaller ones 1 or 2. Five sequences of five settle the third part.",
        expected=UNSETTLED,
    ),
    Claim(
        id="ours.costliest-head-misjudged", chapter=7, source="ours",
        statement="In repeats attribution patching gets the sign wrong for the head that costs most, and right for "
                  "most other heads that count.",
        quote="the sign is wrong for the head that costs most",
        setting="Heads of a language model are switched off, each by itself, in forty draws of random tokens read "
                "twice, eight draws at a time: the mean of a head over the eight takes the place of what it fetches. "
                "The estimate is the derivative of the margin times the change. Tried are the heads that cost or win "
                "2% or more of what repetition adds in the record `lm-heads`, on other sequences; the costliest is "
                "named there. An effect counts from 2% on, in its sequence. Written after five sequences of the claim "
                "`ours.estimates-miss-signs`, and before any of the forty was run.",
        criterion=Criterion(parts={
            "the head that costs most gets the wrong sign in most repeats": above(
                "estimates.again.costliest-wrong", "50%", "the share of repeats in which the head that costs most is "
                "estimated with the wrong sign"),
            "few of the others do": below(
                "estimates.again.others-wrong", "20%", "the share of wrong signs among the effects of the other "
                "heads that count")}),
        power="Forty repeats settle a share of two thirds in half of all draws, of three quarters in nine of ten. On "
              "the five before, it was four of five, and about twelve in a hundred for the others.",
        expected=SUPPORTED,
    ),
)
