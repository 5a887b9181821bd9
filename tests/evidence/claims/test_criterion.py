"""Criteria: thresholds are read with whole intervals, sentences say them, and equal evidence counts alike."""

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st
from made_up import record
from scipy import stats

from evidence.claims import MIXED, REFUTED, SUPPORTED, UNSETTLED, Criterion
from evidence.claims.criterion import above, all_of, any_of, at_least, at_least_of, at_most, below, exceeds, within
from evidence.claims.evidence import ALPHA, beyond, difference
from evidence.claims.examples import examples, leaves
from evidence.results.stats import wilson

RESULT = "made.up"
NUMBER = st.floats(-4, 4, allow_nan=False)


def outcome(test, **results):
    return test.outcome({rid.replace("_", "."): one for rid, one in results.items()})


def spread(value, low, high):
    return record(value=value, ci=(low, high))


@pytest.mark.parametrize(("make", "low", "high", "expected"), [
    (above, 0.51, 0.6, True), (above, 0.5, 0.6, None), (above, 0.4, 0.5, False), (above, 0.4, 0.51, None),
    (at_least, 0.5, 0.6, True), (at_least, 0.4, 0.5, None), (at_least, 0.4, 0.49, False),
    (below, 0.4, 0.49, True), (below, 0.4, 0.5, None), (below, 0.5, 0.6, False),
    (at_most, 0.4, 0.5, True), (at_most, 0.5, 0.6, None), (at_most, 0.51, 0.6, False)])
def test_a_threshold_is_read_with_the_whole_interval(make, low, high, expected):
    test = make(RESULT, "50%", "the share")
    results = {RESULT: spread((low + high) / 2, low, high)}
    assert test.outcome(results) is expected
    assert (~test).outcome(results) is (None if expected is None else not expected)


def test_a_threshold_is_the_text_that_readers_see():
    assert above(RESULT, "98.5%", "the share").phrase() == "the share is above 98.5%"
    assert above(RESULT, "98.5%", "the share").bar.number == pytest.approx(0.985, rel=1e-15)
    assert below(RESULT, "1e-6", "the gap").bar.number == 1e-6
    assert at_least(RESULT, "\N{MINUS SIGN}2", "the change").bar.number == -2
    assert at_least(RESULT, "1,024", "the size").bar.number == 1024


@pytest.mark.parametrize(("n", "expected"), [(5, None), (6, True)])
def test_equal_units_decide_when_a_coin_would_hardly_fall_so(n, expected):
    equal = record(value=4, n=n)
    assert above(RESULT, "3", "the median").outcome({RESULT: equal}) is expected
    assert above(RESULT, "4", "the median").outcome({RESULT: equal}) is (None if expected is None else False)
    assert 0.5**5 > ALPHA >= 0.5**6


def test_what_was_worked_out_is_exact():
    assert at_least(RESULT, "1", "the share").outcome({RESULT: record(value=1, n=None)}) is True
    assert above(RESULT, "1", "the share").outcome({RESULT: record(value=1, n=None)}) is False


def test_eight_of_ten_counts_alike_wherever_it_is_read():
    found = wilson(8, 10)
    share = record(value=found.value, ci=found.ci, n=found.n)
    assert above(RESULT, "50%", "the share").outcome({RESULT: share}) is None  # 49% to 94%
    assert below(RESULT, "50%", "the share").outcome({RESULT: share}) is None


def test_a_difference_has_the_interval_that_two_intervals_give():
    one, other = spread(0.6, 0.5, 0.8), spread(0.3, 0.2, 0.35)
    found = difference(one, other)
    assert (found.low, found.high) == pytest.approx((0.3 - (0.1**2 + 0.05**2)**0.5, 0.3 + (0.2**2 + 0.1**2)**0.5))
    assert exceeds("a.a", "b.b", "one", "another").outcome({"a.a": one, "b.b": other}) is True
    assert exceeds("a.a", "b.b", "one", "another", by="0.2").outcome({"a.a": one, "b.b": other}) is None
    assert exceeds("a.a", "b.b", "one", "another", times=3).outcome({"a.a": one, "b.b": other}) is None
    assert exceeds("b.b", "a.a", "one", "another").outcome({"a.a": one, "b.b": other}) is False


@given(NUMBER, st.floats(0.01, 2), st.floats(0.01, 2), NUMBER)
def test_probability_and_interval_say_the_same(value, left, right, threshold):
    found = beyond(spread(value, value - left, value + right), ">", threshold)
    assert (found.against_failing <= ALPHA) == (value - left > threshold)
    assert (found.against_holding <= ALPHA) == (value + right <= threshold)


def test_the_probability_is_that_of_a_normal_estimate():
    half = stats.norm.ppf(0.975) * 0.3
    for distance in (-1.0, -0.2, 0.1, 0.9):
        found = beyond(spread(2 + distance, 2 + distance - half, 2 + distance + half), ">", 2)
        if abs(distance) < half:  # beyond the interval's end it is rounded to agree with it
            assert found.against_failing == pytest.approx(max(stats.norm.sf(distance / 0.3), ALPHA))


def test_one_of_many_has_to_stand_out_more_than_one_alone():
    ids = [f"made.up-{i}" for i in range(20)]
    tests = [above(rid, "0", "the gain") for rid in ids]
    chance = {rid: spread(0, -1, 1) for rid in ids}
    just = {**chance, ids[3]: spread(1.02, 0.01, 2.03)}
    clear = {**chance, ids[3]: spread(1.02, 0.4, 1.64)}
    assert tests[3].outcome(just) is True
    assert any_of(*tests).outcome(just) is None
    assert any_of(*tests).outcome(clear) is True
    assert any_of(*tests).outcome({rid: spread(-1, -1.1, -0.9) for rid in ids}) is False
    assert all_of(*tests).outcome({rid: spread(1.01, 0.01, 2.01) for rid in ids}) is True


@given(st.lists(st.tuples(NUMBER, st.floats(0.01, 2)), min_size=1, max_size=6), st.data())
def test_at_least_so_many_and_its_opposite(samples, data):
    results = {f"made.up-{i}": spread(value, value - half, value + half) for i, (value, half) in enumerate(samples)}
    test = at_least_of(data.draw(st.integers(1, len(samples))), *(above(rid, "0", "it") for rid in results))
    found, opposite = test.outcome(results), (~test).outcome(results)
    assert opposite is (None if found is None else not found)
    if found:
        assert sum(value > 0 for value, _ in samples) >= test.least


@pytest.mark.parametrize("least", range(1, 6))
def test_chance_alone_seldom_settles_a_family(least):
    """Twenty true nulls: at most one family in forty may come out, whatever k is asked for."""
    draws = stats.norm.rvs(size=(2000, 20), random_state=least)
    tests = [above(f"made.up-{i}", "0", "it") for i in range(20)]
    family = at_least_of(least, *tests)
    wrong = sum(family.outcome({f"made.up-{i}": spread(x, x - 1.96, x + 1.96) for i, x in enumerate(row)}) is True
                for row in draws)
    assert wrong <= stats.binom.ppf(1 - 1e-6, len(draws), ALPHA)


PARTS = Criterion(parts={"the first is large": above("a.a", "50%", "the first"),
                         "the second is small": below("b.b", "20%", "the second")},
                  needed=within("c.c", "0.9", "1.1", "the third"))
HIGH, LOW, OPEN, ONE, TWO = (spread(*x) for x in ((0.8, 0.6, 0.9), (0.1, 0.05, 0.15), (0.35, 0.1, 0.6),
                                                  (1.0, 0.95, 1.05), (2.0, 1.9, 2.1)))


@pytest.mark.parametrize(("first", "second", "third", "verdict"), [
    (HIGH, LOW, ONE, SUPPORTED), (LOW, HIGH, ONE, REFUTED), (HIGH, HIGH, ONE, MIXED), (HIGH, OPEN, ONE, UNSETTLED),
    (OPEN, HIGH, ONE, UNSETTLED), (HIGH, LOW, TWO, REFUTED), (HIGH, LOW, OPEN, REFUTED),
    (HIGH, LOW, spread(1.1, 1.0, 1.2), UNSETTLED)])
def test_parts_that_are_settled_and_differ_are_mixed_and_open_ones_unsettled(first, second, third, verdict):
    assert PARTS.verdict({"a.a": first, "b.b": second, "c.c": third}).verdict == verdict


def test_a_verdict_names_the_parts_that_decided():
    found = PARTS.verdict({"a.a": HIGH, "b.b": HIGH, "c.c": ONE})
    assert found.conditions == "it holds that the first is large; it does not hold that the second is small"
    found = PARTS.verdict({"a.a": HIGH, "b.b": OPEN, "c.c": ONE})
    assert found.conditions == ("it holds that the first is large; the runs do not decide whether the second is small")
    found = PARTS.verdict({"a.a": OPEN, "b.b": OPEN, "c.c": ONE})
    assert found.conditions == ("the runs do not decide whether the first is large, nor whether the second is small")


def test_a_criterion_writes_its_sentence():
    assert PARTS.needs == ("c.c", "a.a", "b.b")
    assert PARTS.sentence() == (
        "Refuted unless the third is between 0.9 and 1.1. Otherwise supported if the first is above 50%; and if the "
        "second is below 20%; refuted if none of this holds, mixed where some of it holds and the rest fails.")
    alone = Criterion(parts={"it is large": above("a.a", "50%", "the share")})
    assert alone.sentence() == "Supported if the share is above 50%, refuted if not."


def test_a_criterion_makes_numbers_on_both_sides_of_each_threshold():
    made = list(examples(PARTS))
    assert len(leaves(PARTS)) == 4
    outcomes = [tuple(wanted.values()) for _, wanted in made]
    assert outcomes[0] == (True,) * 4
    for i, changed in itertools.product(range(4), (False, None)):
        assert tuple(changed if j == i else True for j in range(4)) in outcomes
    assert (None,) * 4 in outcomes
    assert (False,) * 4 not in outcomes  # nothing is below 0.9 and above 1.1


def test_numbers_that_cannot_be_are_left_out():
    both = Criterion(parts={"a": exceeds("a.a", "b.b", "one", "another"), "b": below("a.a", "0", "one")})
    for numbers, wanted in examples(both):
        found = both.parts["a"].outcome({rid: spread(value, low, high) for rid, (value, low, high) in numbers.items()})
        assert found is wanted[0]


def test_a_criterion_without_parts_is_refused():
    with pytest.raises(ValueError, match="expected a criterion with parts, got none"):
        Criterion(parts={})
    with pytest.raises(ValueError, match="expected between 1 and 1 tests to have to hold, got 2"):
        at_least_of(2, above("a.a", "0", "it"))
