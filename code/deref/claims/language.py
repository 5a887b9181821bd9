"""The claims that a real language model tests."""

from collections.abc import Mapping

from deref.claims.claim import MIXED, REFUTED, SUPPORTED, ByHand, Claim, Verdict, above, below
from deref.records import Record

Results = Mapping[str, Record]
KINDS = {"random": "random tokens", "text": "passages"}
BARELY = 0.05  # of what repetition gains
FUNCTIONS = ("brackets", "quotes", "agreement", "names")


def _heads_cover(results: Results) -> Verdict:
    def holds(part: str) -> list[str]:
        tests = {"any": lambda kind: below(results[f"lm.{kind}.strongest"], BARELY),
                 "most": lambda kind: below(results[f"lm.{kind}.median"], BARELY),
                 "cover": lambda kind: above(results[f"lm.{kind}.surplus"], 0) and not _meet(
                     results[f"lm.{kind}.joint"], results[f"lm.{kind}.chance"])}
        return [what for kind, what in KINDS.items() if tests[part](kind)]

    found = {part: holds(part) for part in ("any", "most", "cover")}
    if not found["most"] or not found["cover"]:
        return Verdict(REFUTED)
    if all(len(kinds) == len(KINDS) for kinds in found.values()):
        return Verdict(SUPPORTED)
    return Verdict(MIXED, f"most single heads barely matter on {_list(found['most'])}, every single head on "
                          f"{_list(found['any'])}; together they cost more than one by one on {_list(found['cover'])}")


def _meet(one: Record, other: Record) -> bool:
    """Whether the first fails to lie above the second, interval against interval."""
    return one.ci[0] <= other.ci[1]


def _list(names: list[str]) -> str:
    return " and ".join([", ".join(names[:-1]), names[-1]] if len(names) > 1 else names) or "neither"


def _heads_context(results: Results) -> Verdict:
    crucial = above(results["lm.context.again"], 0.2)
    first, verb = results["lm.context.first"], results["lm.agreement.unrelated"]
    idle = [what for what, record, most in (("passages read for the first time", first, 0.05),
                                            ("the agreement of verbs", verb, 0.05))
            if above(record, -most) and below(record, most)]
    if not crucial or not idle:
        return Verdict(REFUTED)
    return Verdict(SUPPORTED) if len(idle) == 2 else Verdict(MIXED, f"irrelevant for {idle[0]} alone")


def _audit(results: Results) -> Verdict:
    it, answer = results["lm.it.cut"], results["lm.answer.cut"]
    same, small = results["lm.it.same"].value == 0, it.ci[1] < 0.1 * answer.ci[0]
    if same and small:
        return Verdict(REFUTED)
    if not same and it.ci[0] >= answer.ci[1]:
        return Verdict(SUPPORTED)
    alike = "are the same" if same else "differ"
    return Verdict(MIXED, f'the weights from "it" {alike} in both wordings; cutting them '
                          f"moves the answer by {it.value:.2f}, those from the word before it by {answer.value:.2f}")


def _heads_specialise(results: Results) -> Verdict:
    looks = [name for name in FUNCTIONS if above(results[f"lm.{name}.excess"], 0.2)]
    works = [name for name in looks if above(results[f"lm.{name}.lost"], 0.1)]
    if not looks:
        return Verdict(REFUTED)
    if len(works) == len(FUNCTIONS) == results["lm.specialists"].value:
        return Verdict(SUPPORTED)
    return Verdict(MIXED, f"a head looks at what decides in {_list(looks)}, and the right answer needs it in "
                          f"{_list(works)}; the four kinds of work have {results['lm.specialists'].value} heads")


CLAIMS = (
    Claim(
        id="b.heads-cover", chapter=7, source="b",
        statement="Switching off any single head barely moves a language model, because the others cover for it.",
        quote="ablating any single one barely moves the behavior because the others cover for it",
        criterion=ByHand(
            needs=tuple(f"lm.{kind}.{key}" for kind in KINDS for key in ("strongest", "median", "surplus", "joint",
                                                                         "chance")),
            text="Behaviour is how much lower the loss is on a repeat than on the first reading. A head barely "
                 "matters if less than 5% of that is lost without it, with the whole interval. Heads cover for "
                 "each other if losing eight at once costs more than the sum of losing each, and more than eight "
                 "random heads of the same layers, with whole intervals. Supported if none of the eight "
                 "strongest induction heads matters more than barely, and they cover, on random tokens and on "
                 "passages. Refuted if on neither even their median barely matters, or on neither they cover.",
            function=_heads_cover,
            reason="to be declared",
        ),
        expected=MIXED,
    ),
    Claim(
        id="d.heads-context", chapter=7, source="d",
        statement="A head can be crucial in one context and irrelevant in another.",
        quote="Some are crucial in one context and irrelevant in another",
        criterion=ByHand(
            needs=("lm.context.again", "lm.context.first", "lm.agreement.unrelated"),
            text="The strongest induction head, chosen on other sequences. Crucial: without it the loss on "
                 "passages read again rises by more than 0.2 nats. Irrelevant: the loss on the same passages "
                 "read for the first time moves by less than 0.05 nats, and the margin of the right verb form "
                 "by less than 5%. Each with its whole interval; mixed if irrelevant for one of the two alone.",
            function=_heads_context,
            reason="to be declared",
        ),
        expected=SUPPORTED,
    ),
    Claim(
        id="d.attention-audit", chapter=7, source="d",
        statement='To understand a sentence, the word "it" has to look at what it refers to.',
        quote='identify the query token that must resolve "it" and the source token it should attend to',
        criterion=ByHand(
            needs=("lm.it.same", "lm.it.cut", "lm.answer.cut"),
            text='Sentences in two wordings that differ behind "it". Refuted if the weights from "it" on both '
                 "things are exactly the same in both wordings, in every head, and cutting them in all heads "
                 "moves the logit difference of the answer by less than a tenth of what cutting the weights from "
                 "the word before the answer does, interval against interval. Supported if the weights differ "
                 "and cutting them moves the answer at least as much.",
            function=_audit,
            reason="to be declared",
        ),
        expected=MIXED,
    ),
    Claim(
        id="e.heads-specialise", chapter=7, source="e",
        statement="Heads specialise: one in syntax, another in quotations, another in names.",
        quote="each with different learned weights, letting different heads specialize",
        criterion=ByHand(
            needs=("lm.specialists", *(f"lm.{name}.{key}" for name in FUNCTIONS for key in ("excess", "lost"))),
            text="Four kinds of work: closing brackets, closing quotations, agreeing with a subject, naming the "
                 "other person. For each the head that looks most at what decides is chosen on half of the "
                 "sentences and judged on the others. It looks if its weight there exceeds that on other words "
                 "by 0.2; it works if without it more than 10% of the margin of the right answer is lost; each "
                 "with its whole interval. Supported if four different heads look and work. Refuted if none "
                 "looks.",
            function=_heads_specialise,
            reason="to be declared",
        ),
        expected=MIXED,
    ),
)
