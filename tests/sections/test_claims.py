"""The ledger: every claim is put to made-up results that make each of its verdicts come out."""

import re
from dataclasses import replace

import claims_lookup
import pytest
from made_up import record

from deref.experiment import load_all
from deref.ledger import ledger
from evidence.claims import (
    MIXED,
    NOT_RUN,
    REFUTED,
    SETTLED,
    SUPPORTED,
    UNSETTLED,
    VERDICTS,
    ByHand,
    Claim,
    Criterion,
    Verdict,
    contradicts,
    judge,
)
from evidence.claims.criterion import above, below
from evidence.claims.examples import examples
from evidence.results import registry

LEDGER = {claim.id: claim for claim in ledger()}
DECLARED = [claim.id for claim in LEDGER.values() if isinstance(claim.criterion, Criterion)]
BY_HAND = [claim.id for claim in LEDGER.values() if isinstance(claim.criterion, ByHand)]


# What a build might find, beside the verdict on it: a number, or a number with the ends of its interval. Each claim
# stands here on both sides of each of its thresholds, as near to them as the numbers that pages show.
EXAMPLES = {
    **claims_lookup.EXAMPLES,
}


def made_up(numbers):
    given = {rid: x if isinstance(x, tuple) else (x,) for rid, x in numbers.items()}
    return {rid: record(rid, value, ci=tuple(ends) or None) for rid, (value, *ends) in given.items()}


@pytest.mark.parametrize(("id", "numbers", "verdict"), [
    (id, numbers, verdict) for id, cases in EXAMPLES.items() for numbers, verdict in cases])
def test_a_claim_is_judged_by_its_numbers(id, numbers, verdict):
    found = judge(LEDGER[id], made_up(numbers))
    assert found.verdict == verdict
    assert bool(found.conditions) >= (verdict == MIXED)


@pytest.mark.parametrize("id", BY_HAND)
def test_a_criterion_by_hand_has_examples_of_each_verdict_that_it_can_reach(id):
    verdicts = {verdict for _, verdict in EXAMPLES.get(id, ())}
    assert {SUPPORTED, REFUTED} <= verdicts, f"expected made-up results for and against {id}, got {verdicts or 'none'}"
    names = names_of(LEDGER[id].criterion.function)
    for verdict, name in ((MIXED, "MIXED"), (UNSETTLED, "UNSETTLED")):
        assert (verdict in verdicts) == (name in names)


@pytest.mark.parametrize("id", DECLARED)
def test_a_declared_criterion_comes_out_as_its_comparisons_do(id):
    claim = LEDGER[id]
    (numbers, _), *others = examples(claim.criterion)
    assert judge(claim, made_up(numbers)).verdict == SUPPORTED
    found = {judge(claim, made_up(changed)).verdict for changed, _ in others}
    assert found - {SUPPORTED}, f"expected {id} to depend on its results"
    for changed, wanted in others:
        if None in wanted.values():  # what is open may matter or not, but it never makes a claim mixed or refuted
            assert judge(claim, made_up(changed)).verdict in (SUPPORTED, UNSETTLED)


def names_of(criterion):
    """The names that a criterion's code uses, and those of the functions of its module that it calls."""
    used = set(criterion.__code__.co_names)
    for name in criterion.__code__.co_names:
        called = criterion.__globals__.get(name)
        if getattr(called, "__module__", None) == criterion.__module__ and hasattr(called, "__code__"):
            used |= names_of(called)
    return used


@pytest.mark.parametrize("id", BY_HAND)
def test_a_claim_uses_all_results_that_it_needs_and_no_other(id):
    claim = LEDGER[id]
    (numbers, verdict), *_ = EXAMPLES[id]
    assert set(numbers) == set(claim.needs)
    asked = set()

    class Asked(dict):
        def __getitem__(self, key):
            asked.add(key)
            return super().__getitem__(key)

    assert claim.criterion.verdict(Asked(made_up(numbers))).verdict == verdict
    assert asked == set(claim.needs)


@pytest.mark.parametrize("id", LEDGER)
def test_a_claim_without_its_results_was_not_run(id):
    claim = LEDGER[id]
    numbers = dict.fromkeys(claim.needs, 0.5)
    for lacking in claim.needs:
        found = judge(claim, {rid: one for rid, one in made_up(numbers).items() if rid != lacking})
        assert (found.verdict, found.conditions) == (NOT_RUN, f"this build has no {lacking}")


@pytest.mark.parametrize("id", LEDGER)
def test_a_claim_is_whole(id):
    claim = LEDGER[id]
    letter = id.partition(".")[0]
    assert re.fullmatch(r"(a|b|c|d|e|f|ours)\.[a-z0-9-]+", id)
    assert claim.source == letter
    assert claim.chapter in (6, 7)
    assert claim.expected in (*SETTLED, UNSETTLED, *([NOT_RUN] if letter == "f" else []))
    assert claim.statement.endswith(".")
    assert claim.criterion_text.endswith(".")
    assert 2 <= len(claim.quote.split()) <= 20


def test_the_results_that_claims_need_are_declared():
    load_all()
    assert {rid for claim in LEDGER.values() for rid in claim.needs} - set(registry.ids()) == set()


def test_no_claim_stands_twice_and_none_is_judged_by_an_unrelated_result():
    assert len(LEDGER) == len(ledger())
    assert set(EXAMPLES) == set(BY_HAND)


def test_a_verdict_is_one_of_five_and_says_what_decided():
    with pytest.raises(ValueError, match="one of supported, refuted, mixed, unsettled, not run, got 'true'"):
        Verdict("true")
    for verdict in (MIXED, UNSETTLED):
        with pytest.raises(ValueError, match=f"a verdict that is {verdict} to say under which conditions, got none"):
            Verdict(verdict)


def test_only_two_settled_verdicts_contradict_each_other():
    against = {(a, b) for a in VERDICTS for b in VERDICTS if contradicts(a, b)}
    assert against == {(a, b) for a in SETTLED for b in SETTLED if a != b}


def test_a_claim_that_nothing_could_judge_is_refused():
    one: Claim = next(iter(LEDGER.values()))
    with pytest.raises(ValueError, match="to need results, got none"):
        replace(one, criterion=ByHand(needs=(), text="None.", function=lambda results: Verdict(SUPPORTED), reason=""))
    with pytest.raises(ValueError, match="to expect one of supported, refuted, mixed, unsettled, not run, got 'yes'"):
        replace(one, expected="yes")
    with pytest.raises(ValueError, match="of one kind of finding, exact, got 'sure'"):
        replace(one, kind="sure")


def test_thresholds_hold_for_the_whole_interval():
    wide, bare = record(value=0.5, ci=(0.4, 0.6)), record(value=0.5)

    def holds(make, found, bars):
        return [make("made.up", bar, "it").outcome({"made.up": found}) is True for bar in bars]

    assert holds(above, wide, ("0.39", "0.4", "0.5")) == [True, False, False]
    assert holds(below, wide, ("0.61", "0.6", "0.5")) == [True, False, False]
    assert holds(above, bare, ("0.49", "0.5")) == [True, False]
    assert holds(below, bare, ("0.51", "0.5")) == [True, False]
