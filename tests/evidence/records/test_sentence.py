"""Numbers inside sentences: as many digits as the interval bears out, and no bound that is not one."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st
from made_up import record

from evidence.records import sentence

NBSP = "\N{NO-BREAK SPACE}"


def written(value, ci, form, first=False):
    return sentence.value_ci(record("a.b", value, ci=ci, format=form), first).replace(NBSP, " ")


@pytest.mark.parametrize(("value", "ci", "form", "text"), [
    (0.8, (0.4902, 0.9433), ".1%", "80% [49, 94]"),
    (0.8, (0.4902, 0.9433), ".0%", "80% [49, 94]"),
    (0.5, (0.4, 0.6), ".1%", "50% [40, 60]"),
    (0.9925, (0.9860, 0.9991), ".2%", "99.25% [98.60, 99.91]"),
    (1.0, (0.9905, 1.0), ".2%", "100% [99.05, 100]"),
    (0.0, (0.0, 0.278), ".1%", "0% [0, 28]"),
    (1.0, None, ".2%", "100%"),
    (0.44917, (0.4447, 0.4523), ".2f", "0.45 [0.44, 0.45]"),
    (0.19, (0.02, 0.39), ".3f", "0.19 [0.02, 0.39]"),
    (1177.5, (572.6, 1782.4), ",.1f", "1,178 [573, 1,782]"),
    (-0.3, (-0.62, 0.02), "+.2f", "−0.30 [−0.62, +0.02]"),
    (-0.0021, (-0.0049, 0.0031), ".0%", "−0.2% [−0.5, 0.3]"),
    (0.99999, (0.99997, 1.0), ".2%", "99.999% [99.997, 100]"),
    (0.0000001, (-0.0049, 0.0031), ".0%", "<0.1% [−0.5, 0.3]"),
])
def test_digits_follow_the_interval(value, ci, form, text):
    assert written(value, ci, form) == text


def test_the_first_interval_of_a_page_says_what_brackets_mean():
    assert written(0.8, (0.4902, 0.9433), ".0%", first=True) == "80% (95% CI [49, 94])"
    assert written(0.8, None, ".0%", first=True) == "80%"


@pytest.mark.parametrize(("value", "form", "text"), [
    (0.00001, ".2%", "<0.01%"), (0.99999, ".2%", ">99.99%"), (0.0002, ".2f", "<0.01"), (-0.0002, ".2f", ">−0.01"),
    (0.996, ".0%", ">99%"), (1.0, ".2f", "1.00")])
def test_what_is_near_a_bound_is_not_written_as_the_bound(value, form, text):
    assert written(value, None, form) == text


@given(st.floats(0, 1), st.floats(0, 1), st.integers(0, 4))
def test_an_interval_of_a_share_is_zero_or_whole_only_at_its_ends(low, high, digits):
    low, high = sorted((low, high))
    ends = sentence.interval(record("a.b", low, ci=(low, high), format=f".{digits}%")).strip("[]").split(f",{NBSP}")
    for number, text in zip((low, high), ends, strict=True):
        assert (text == "0") == (number == 0)
        assert (text == "100") == (number == 1)
        if text[0] not in "<>":
            assert math.isclose(float(text) / 100, number, abs_tol=0.51)


def test_units_and_ends_stand_where_they_are_read():
    steps = record("a.b", 540.0, ci=(224.0, 856.0), format=",.0f", unit="steps")
    assert sentence.value_ci(steps).replace(NBSP, " ") == "540 steps [224, 856]"
    assert sentence.interval(steps).replace(NBSP, " ") == "[224, 856]"
    assert sentence.interval(record("a.b", 2.0, ci=None, format="d")) == "2"
