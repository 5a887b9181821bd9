"""The claims of the section "A real language model"."""

from collections.abc import Callable

from evidence.claims.claim import MIXED, REFUTED, SUPPORTED, Claim
from evidence.claims.criterion import Criterion, Test, above, all_of, at_least, below, within

KINDS = {"random": "random tokens", "text": "passages"}
FUNCTIONS = {"agreement": "syntax, subjects of verbs", "quotes": "quotations to close", "names": "names said once"}


def _on_both(test: Callable[[str, str, str], Test], key: str, bar: str, what: str) -> Test:
    return all_of(*(test(f"lm.{kind}.margin.{key}", bar, f"{what} on {on}") for kind, on in KINDS.items()))


def _works(name: str) -> Test:
    return all_of(
        above(f"lm.{name}.excess", "0.2", f"the weight of the head chosen for {FUNCTIONS[name]}, beyond that on other "
                                          "words,"),
        above(f"lm.{name}.lost", "10%", "the share of the margin that is lost without it"))

CLAIMS = (
    Claim(
        id="b.heads-cover", chapter=7, source="b",
        statement="Switching off any single head barely moves a language model, because the others cover for it.",
        quote="ablating any single one barely moves the behavior because the others cover for it",
        setting="Behaviour is what repetition gains: how much higher the right token's logit lies above those of the "
                "other tokens on a repeat than on the first reading. The eight strongest induction heads, ten "
                "sequences of random tokens and ten passages; shares are of the gain. The head that costs most is "
                "chosen on other sequences. What a head contributes is what it writes itself, at the readout. Up to "
                "version 0.2.0 the gain was measured in loss, which is convex: two losses together cost more than one "
                "by one even where neither head covers for the other. The bar for what the others contribute was set "
                "on sequences that are not reported. The median head, which counted too, is shown and not judged: "
                "on random tokens it lies at the bar.",
        criterion=Criterion(parts={
            "even the head that costs most barely matters": _on_both(
                below, "costliest", "5%", "the share lost without the head that costs most"),
            "together they are worth more than one by one": _on_both(
                above, "surplus", "0%", "what losing all eight costs beyond the sum"),
            "the others contribute more when one is lost": _on_both(
                above, "made-up", "5%", "what the other seven then contribute in addition, summed over the eight,")}),
        power="Ten sequences and ten passages of one published model, which is the same on every machine.",
        expected=MIXED,
    ),
    Claim(
        id="d.heads-context", chapter=7, source="d",
        statement="A head can be crucial in one context and irrelevant in another.",
        quote="Some are crucial in one context and irrelevant in another",
        setting="The strongest induction head, chosen on other sequences, is switched off. It has to be crucial where "
                "passages are read again.",
        criterion=Criterion(
            parts={"it is irrelevant for passages read for the first time": within(
                       "lm.context.first", "\N{MINUS SIGN}0.05", "0.05",
                       "the rise of the loss on passages read for the first time, in nats,"),
                   "it is irrelevant for the agreement of verbs": within(
                       "lm.agreement.unrelated", "\N{MINUS SIGN}5%", "5%",
                       "the share of the right verb form's margin that is lost")},
            needed=above("lm.context.again", "0.2", "the rise of the loss on passages read again, in nats,")),
        power="Ten passages and six groups of sentences: the intervals end far from the thresholds.",
        expected=SUPPORTED,
    ),
    Claim(
        id="d.attention-audit", chapter=7, source="d",
        statement='To understand a sentence, the word "it" has to look at what it refers to.',
        quote='identify the query token that must resolve "it" and the source token it should attend to',
        setting='Forty sentences in two wordings that differ behind "it", and a question that asks which of two things '
                '"it" means. What a reader can see is cut in all heads; sentences are the units.',
        criterion=Criterion(parts={
            'the weights from "it" differ between the wordings': above(
                "lm.it.same", "1e-5", 'the largest difference between the weights from "it" on the two things in the '
                "two wordings, over all heads,"),
            'the answer hangs on what "it" can see': above(
                "lm.it.beyond-tenth", "0", 'how far cutting the looks of "it" moves the logit difference, less a tenth '
                "of how far cutting those of the word before the answer does,")}),
        power="Forty sentences: with sixteen the interval reached across the threshold.",
        expected=REFUTED,
    ),
    Claim(
        id="e.heads-specialise", chapter=7, source="e",
        statement="Heads specialise: one in syntax, another in quotations, another in names.",
        quote="each with different learned weights, letting different heads specialize",
        setting="For each of four kinds of work the head that looks most at what decides is chosen on half of the "
                "groups of sentences and judged on the others. It looks if it has enough weight there, and works if "
                "the right answer needs it. Three of the four are those that the source names; the fourth, closing "
                "brackets, shows whether the head for quotations does these alone. Up to version 0.2.0 brackets "
                "counted like the three; what they need of their head is too close to the bar to be settled.",
        criterion=Criterion(parts={
            **{f"a head looks and works for {what}": _works(name) for name, what in FUNCTIONS.items()},
            "the four kinds of work have heads of their own": at_least(
                "lm.specialists", "4", "the number of different heads chosen")}),
        power="Six groups of sentences are left to judge by, and a margin is an average over them.",
        expected=MIXED,
    ),
)
