"""The claim of the section "Two more questions for the language model"."""

from evidence.claims.claim import SUPPORTED, Claim
from evidence.claims.criterion import Criterion, above, all_of, below

CLAIMS = (
    Claim(
        id="ours.estimates-miss-signs", chapter=7, source="ours",
        statement="In a language model attribution patching gets few signs of heads' effects wrong, and those where "
                  "the effect is large.",
        quote="few signs are wrong, and those where the effect is large",
        setting="What a head sends to everything behind it is taken from a corrupted prompt, in eight draws of six "
                "random tokens that begin to repeat and in eight sentences with names; or its mean over eight draws "
                "takes the place of what it fetches, in thirty-two draws of random tokens read twice. The estimate is "
                "the derivative of the margin times the change. Shares of effects are of the gap between the prompts, "
                "or of what repetition adds. An effect counts from 2% on, and is large from 10% on. The head that "
                "costs most was found in the record `lm-heads`, on other sequences. Sizes were chosen on other "
                "prompts. On what concerns heads that are switched off, written anew after five draws that could not "
                "settle it, and before the thirty-two.",
        criterion=Criterion(parts={
            "few signs are wrong where heads are patched": all_of(*(
                below(f"estimates.{key}.wrong", "10%", f"the share of wrong signs for {what}")
                for key, what in (("repeats", "random tokens that begin to repeat"), ("names", "names in sentences")))),
            "few are wrong where heads are switched off": below(
                "estimates.ablation.wrong", "15%", "the share of wrong signs for heads switched off in long repeats"),
            "more of them are wrong where the effect is large": above(
                "estimates.pairs.wrong-more", "0%", "the share of wrong signs among large effects, less that among "
                "smaller ones, over both kinds of prompts,"),
            "the head that costs most gets the wrong sign": above(
                "estimates.ablation.costliest-wrong", "50%", "the share of sequences in which the head that costs most "
                "when it is switched off is estimated with the wrong sign")}),
        power="Sixteen prompts: on six of either kind that are not reported, large effects had about 7 and 15 wrong "
              "signs in a hundred, smaller ones 1 or 2. Thirty-two draws settle a share of three quarters for the "
              "costliest head in more than four builds of five; in the five draws before, it was four of five, and "
              "about nine signs in a hundred were wrong.",
        expected=SUPPORTED,
    ),
)
