"""Comparisons of groups of seeds: against plain counting, and at the edges."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from lifelines.utils import restricted_mean_survival_time
from scipy import stats

from evidence.results.survival import columns, difference_of_medians, median_time, survival, time_saved

NEVER = float("inf")


def test_the_difference_of_medians_has_an_interval_around_it():
    found = difference_of_medians([0.9, 0.95, 1.0, 0.97], [0.7, 0.72, 0.8, 0.75])
    assert found.value == pytest.approx(0.96 - 0.735)
    assert found.ci[0] > 0.1 and found.ci[1] < 0.3
    assert (found.n, found.n_of) == (8, "seeds")


def test_groups_without_spread_give_no_interval():
    found = difference_of_medians([1, 1, 1], [0.5, 0.5])
    assert (found.value, found.ci) == (0.5, None)
    assert "no spread" in found.method


@pytest.mark.parametrize(("first", "second"), [([1.0], [1.0, 2.0]), ([1.0, 2.0], []), ([1.0, NEVER], [1.0, 2.0])])
def test_groups_that_cannot_be_compared_are_refused(first, second):
    with pytest.raises(ValueError, match="expected two or more finite values in each group"):
        difference_of_medians(first, second)


@given(st.lists(st.one_of(st.integers(1, 50).map(lambda x: 100.0 * x), st.just(NEVER)), min_size=1, max_size=20))
def test_with_one_common_budget_the_survival_curve_is_plain_counting(steps):
    curve, times = survival(steps, 5_000), np.array(steps)
    for step in range(0, 5_000, 100):
        assert curve.predict(step) == pytest.approx((times > step).mean(), abs=1e-9)


def test_the_median_time_is_where_half_have_solved_it():
    found = median_time([100, 200, 300, 400, 500], 4_000)
    assert found.value == 300
    assert found.ci[0] <= 300 <= found.ci[1]


def test_where_half_never_solve_it_the_budget_is_a_lower_bound():
    found = median_time([100, NEVER, NEVER], 4_000)
    assert (found.value, found.ci) == (4_000, None)
    assert "lower bound" in found.method


@pytest.mark.parametrize("steps", [[], [5_001.0]])
def test_times_that_cannot_be_are_refused(steps):
    with pytest.raises(ValueError, match="expected times to solve within 5000 steps"):
        survival(steps, 5_000)


def test_a_seed_that_never_solved_it_has_no_time_in_the_table():
    assert columns({"two": ([0, 1], [300.0, NEVER])}) == {"arm": ["two", "two"], "seed": [0, 1], "solved_at": [300, ""]}


@given(st.lists(st.one_of(st.integers(1, 50).map(lambda x: 100.0 * x), st.just(NEVER)), min_size=2, max_size=20),
       st.lists(st.one_of(st.integers(1, 50).map(lambda x: 100.0 * x), st.just(NEVER)), min_size=2, max_size=20))
def test_time_saved_is_the_area_between_survival_curves(steps, others):
    found, opposite = time_saved(steps, others, 5_000), time_saved(others, steps, 5_000)
    areas = [restricted_mean_survival_time(survival(group, 5_000), t=5_000) for group in (steps, others)]
    assert found.value == pytest.approx(areas[1] - areas[0], abs=1e-6 * 5_000)
    assert opposite.value == pytest.approx(-found.value)
    if found.ci is None:
        assert "no spread" in found.method
    else:
        assert found.ci[0] <= found.value <= found.ci[1]
        assert opposite.ci == pytest.approx((-found.ci[1], -found.ci[0]))


def test_a_group_that_always_fails_still_gives_an_interval():
    found = time_saved([1_000, 2_000, NEVER, 3_000], [NEVER] * 6, 4_000)
    half = stats.t.ppf(0.975, 3) * np.std([1_000, 2_000, 4_000, 3_000], ddof=1) / 2
    assert found.value == 1_500
    assert found.ci == pytest.approx((1_500 - half, 1_500 + half))
    with pytest.raises(ValueError, match="expected times to solve within 4000 steps"):
        time_saved([5_000, NEVER], [NEVER, NEVER], 4_000)
