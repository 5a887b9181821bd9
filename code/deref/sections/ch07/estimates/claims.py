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
                "takes the place of what it fetches, in twenty-four draws of random tokens read twice. The estimate is "
                "the derivative of the margin times the change. Shares of effects are of the gap between the prompts, "
                "or of what repetition adds. An effect counts from 2% on, and is large from 10% on. Sizes "
                "were chosen on other prompts. Heads are switched off if they cost or win 2% or more in the record "
                "`lm-heads`, on other sequences, which also names the head that costs most. On these heads the "
                "criterion was written anew after five draws that could not settle it, and before the twenty-four.",
        criterion=Criterion(parts={
            "few signs are wrong where heads are patched": all_of(*(
                below(f"estimates.{key}.wrong", "10%", f"the share of wrong signs for {what}")
                for key, what in (("repeats", "random tokens that begin to repeat"), ("names", "names in sentences")))),
            "more of them are wrong where the effect is large": above(
                "estimates.pairs.wrong-more", "0%", "the share of wrong signs among large effects, less that among "
                "smaller ones, over both kinds of prompts,"),
            "the head that costs most gets the wrong sign": above(
                "estimates.again.costliest-wrong", "50%", "the share of sequences in which the head that costs most "
                "when it is switched off is estimated with the wrong sign"),
            "few of the other heads do that count when they are switched off": below(
                "estimates.again.others-wrong", "20%", "the share of wrong signs among the effects of the others")}),
        power="Sixteen prompts: on six of either kind that are not reported, large effects had about 7 and 15 wrong "
              "signs in a hundred, smaller ones 1 or 2. Twenty-four draws settle a share of four fifths for the "
              "costliest head in nine cases of ten. In the five draws before, it was four of five, and for the others "
              "about twelve in a hundred.",
        expected=SUPPORTED,
    ),
    Claim(
        id="ours.keys-among-keys", chapter=7, source="ours",
        statement="A longer text costs a language model little when it is asked for a key, other keys cost it more, "
                  "and among those a key in the middle is worst off.",
        quote="a longer text costs little, other keys cost more",
        setting="A key of five digits is named once in a text of 128 to 1,024 tokens, at its start, in its middle or "
                "at its end, among sentences about grass or among the keys of other people, and asked for behind it. "
                "How unexpected it is, in nats, is minus the log probability of its digits, each after the right ones "
                "before. Eight draws of names and keys, paired; means are over lengths and places. Written after three "
                "other draws of 128 and 512 tokens, and before these.",
        criterion=Criterion(parts={
            "a longer text costs a key little where nothing resembles it": below(
                "passkey.grass.longer", "0.5", "the nats by which a key among sentences about grass is more unexpected "
                "in the longest text than in the shortest"),
            "other keys cost it more": above(
                "passkey.company", "1", "the nats by which a key is more unexpected among other keys than among "
                "sentences about grass"),
            "among other keys the middle is the worst place": all_of(
                above("passkey.keys.middle-start", "0", "the nats by which a key in the middle of other keys is more "
                      "unexpected than one at their start"),
                above("passkey.keys.middle-end", "0", "the nats by which it is more unexpected than one at their "
                      "end"))}),
        power="Eight draws settle a mean as large as its standard deviation between draws in two cases of three. In "
              "the three others the means were 0.1, 2 and, of the middle, 2 and 1 nats, with deviations below 1.",
        expected=SUPPORTED,
    ),
)
