"""The estimators: against published and hand-worked numbers, and where there is no interval to give."""

import math

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from evidence.results import Estimate, bootstrap, clustered, difference, exact, mean_t, share, spearman, wilson

RNG = np.random.default_rng(7)
SAMPLES = st.lists(st.floats(-100, 100), min_size=2, max_size=12)


def test_students_interval_of_the_sleep_data():
    # Student's own data (1908), second drug: mean 2.33, 95% interval 0.898 to 3.762.
    found = mean_t([1.9, 0.8, 1.1, 0.1, -0.1, 4.4, 5.5, 1.6, 4.6, 3.4], "patients")
    assert found.value == pytest.approx(2.33)
    assert found.ci == pytest.approx((0.8976775, 3.7623225), abs=1e-6)
    assert (found.n, found.n_of) == (10, "patients")
    assert found.method == "mean over patients, t interval"


def test_an_interval_stops_where_the_quantity_does():
    free, cut = mean_t([0.9, 0.99, 1.0]), mean_t([0.9, 0.99, 1.0], bounds=(0, 1))
    assert free.ci[1] > 1
    assert cut.ci == (free.ci[0], 1)
    assert cut.method == "mean over seeds, t interval cut at 0 and 1"
    assert mean_t([0.4, 0.5, 0.6], bounds=(0, 1)) == mean_t([0.4, 0.5, 0.6])


def test_a_share_counts_the_units_for_which_something_holds():
    assert share(np.array([True, False, True])) == wilson(2, 3)
    assert share([False], n_of="memories") == wilson(0, 1, n_of="memories")


@pytest.mark.parametrize("found", [[], [0, 1, 1], [[True], [False]], True])
def test_a_share_of_anything_but_a_row_of_truth_values_is_refused(found):
    with pytest.raises(ValueError, match="expected one or more truth values, one a unit, got an array of"):
        share(found)


@pytest.mark.parametrize("method", [mean_t, bootstrap])
def test_without_spread_there_is_no_interval_and_the_method_says_why(method):
    assert method([0.3]).ci is None
    assert method([0.3]).method.endswith("no interval: one value")
    same = method([0.1, 0.1, 0.1])
    assert (same.value, same.ci) == (0.1, None)
    assert same.method.endswith("no interval: all 3 seeds equal")


@given(SAMPLES)
def test_the_bootstrap_stays_in_the_range_of_the_data_and_repeats_itself(values):
    first = bootstrap(values, np.median)
    assert first == bootstrap(values, np.median)
    assert first.value == np.median(values)
    if first.ci:
        # Percentiles are interpolated, which may cost the last bits of a number.
        slack = 1e-12 * max(map(abs, values))
        assert min(values) - slack <= first.ci[0] <= first.ci[1] <= max(values) + slack


def test_the_bootstrap_of_a_mean_agrees_with_the_normal_interval_of_a_large_sample():
    x = RNG.normal(size=400)
    found = bootstrap(x, np.mean)
    half = 1.959964 * x.std(ddof=1) / 20
    assert found.ci == pytest.approx((x.mean() - half, x.mean() + half), abs=0.02)
    assert found.method == "mean over seeds, percentile bootstrap of 9,999 resamples"


@pytest.mark.parametrize(("k", "n", "ci"), [
    # Newcombe, Statistics in Medicine 17 (1998), table I, method 3
    (81, 263, (0.2553, 0.3662)), (15, 148, (0.0624, 0.1605)), (0, 20, (0.0, 0.1611)), (1, 29, (0.0061, 0.1718)),
])
def test_wilsons_interval_of_published_examples(k, n, ci):
    assert wilson(k, n).ci == pytest.approx(ci, abs=5e-5)


@given(st.integers(1, 40).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))))
def test_wilsons_interval_holds_the_share_and_stays_between_0_and_1(case):
    k, n = case
    found = wilson(k, n)
    assert 0 <= found.ci[0] <= found.value <= found.ci[1] <= 1
    assert found.ci[0] < found.ci[1]


@pytest.mark.parametrize(("groups", "ci"), [
    # Newcombe, Statistics in Medicine 17 (1998), the second of the pair, table II, method 10
    ((56, 70, 48, 80), (0.0524, 0.3339)), ((9, 10, 3, 10), (0.1705, 0.8090)), ((10, 10, 0, 10), (0.6075, 1.0)),
])
def test_newcombes_interval_of_published_examples(groups, ci):
    found = difference(*groups)
    assert found.value == pytest.approx(groups[0] / groups[1] - groups[2] / groups[3])
    assert found.ci == pytest.approx(ci, abs=5e-5)
    assert found.n == groups[1] + groups[3]


@pytest.mark.parametrize("groups", [(3, 2), (-1, 2), (0, 0)])
def test_shares_are_of_something(groups):
    for method, given_ in ((wilson, groups), (difference, (1, 2, *groups)), (difference, (*groups, 1, 2))):
        with pytest.raises(ValueError, match="expected between 0 and n successes of n >= 1"):
            method(*given_)


def test_clusters_of_one_give_the_robust_interval():
    x = RNG.normal(size=50)
    found = clustered(x, np.arange(50))
    # The sandwich with its small-sample factor is the ordinary standard error of a mean.
    assert found.ci == pytest.approx(mean_t(x).ci)


def test_cases_that_repeat_their_group_count_once():
    means = RNG.random(12)
    found = clustered(np.repeat(means, 30), np.repeat(np.arange(12), 30))
    narrow = mean_t(np.repeat(means, 30)).ci
    assert found.n == 12
    assert found.ci[1] - found.ci[0] > 4 * (narrow[1] - narrow[0])
    assert found.ci == pytest.approx(mean_t(means).ci, rel=0.01)
    assert found.method == "mean over 360 cases, t interval clustered by memories"


def test_the_order_and_the_names_of_groups_do_not_matter():
    x, groups = RNG.random(40), np.repeat(np.arange(8), 5)
    order = RNG.permutation(40)
    assert clustered(x[order], 100 - groups[order]).ci == pytest.approx(clustered(x, groups).ci)


@pytest.mark.parametrize("outcome", [0, 1])
def test_unanimous_cases_keep_an_interval_with_each_group_counted_once(outcome):
    found = clustered(np.full(200, outcome), np.repeat(np.arange(20), 10))
    assert found.value == outcome
    assert found.ci == wilson(20 * outcome, 20).ci
    assert "each of the memories counted once" in found.method


def test_clusters_without_spread():
    assert clustered([0.5, 0.5], [0, 1]).ci is None
    single = clustered([0.1, 0.9], [3, 3])
    assert (single.ci, single.n) == (None, 1)
    assert "no interval: a single one of the memories" in single.method
    with pytest.raises(ValueError, match="expected one group for each of 2 values, got 3"):
        clustered([0, 1], [0, 1, 2])


def test_rank_correlation():
    x = RNG.random(60)
    rising = spearman(x, np.exp(x), "heads")
    assert rising.value == pytest.approx(1)
    assert rising.ci == pytest.approx((1, 1))
    y = x + RNG.normal(scale=0.5, size=60)
    noisy = spearman(x, y, "heads")
    assert noisy.ci[0] < noisy.value < noisy.ci[1]
    assert spearman(x, -np.exp(y), "heads").value == pytest.approx(-noisy.value)
    assert spearman(x, y, "heads") == noisy
    unrelated = spearman(np.arange(60), np.tile([0, 1], 30), "heads")
    assert unrelated.ci[0] < 0 < unrelated.ci[1]


def test_rank_correlation_of_too_few():
    assert spearman([1, 2], [2, 4], "heads").ci is None
    assert "too few distinct heads" in spearman([1, 2], [2, 4], "heads").method
    with pytest.raises(ValueError, match="expected both sides of a rank correlation to vary"):
        spearman([1, 1, 1], [1, 2, 3], "heads")
    with pytest.raises(ValueError, match="expected two or more pairs, got 1 and 1 values"):
        spearman([1], [1], "heads")
    with pytest.raises(ValueError, match="expected two or more pairs, got 3 and 2 values"):
        spearman([1, 2, 3], [1, 2], "heads")


@pytest.mark.parametrize("values", [[], [1, math.nan], [math.inf], [[1, 2]]])
def test_samples_are_lists_of_finite_numbers(values):
    for method in (mean_t, bootstrap):
        with pytest.raises(ValueError, match="expected a list of one or more finite values"):
            method(values)


@pytest.mark.parametrize("value", [np.float64(0.5), np.array(0.5), torch.tensor(0.5)])
def test_scalars_of_any_kind_become_python_numbers(value):
    found = Estimate(value, (value, value), "counted", np.int64(3), "seeds")
    assert (type(found.value), type(found.ci[0]), type(found.n)) == (float, float, int)
    assert found.value == 0.5
    assert type(exact(torch.tensor(3), "counted").value) is int


@pytest.mark.parametrize("value", [math.nan, math.inf, True, np.bool_(True), None, "1", [1.0], np.array([1.0]),
                                   torch.tensor(math.nan)])
def test_a_value_is_one_finite_number(value):
    with pytest.raises(ValueError, match="expected the value of a result to be one finite number"):
        Estimate(value, None, "counted")


def test_an_estimate_is_whole():
    with pytest.raises(ValueError, match=r"expected an interval from low to high, got 2\.0 to 1\.0"):
        Estimate(1, (2, 1), "counted")
    with pytest.raises(ValueError, match="expected an interval to have two ends, got 3"):
        Estimate(1, (0, 1, 2), "counted")
    with pytest.raises(ValueError, match="expected the end of the interval of a result to be one finite number"):
        Estimate(1, (0, math.inf), "counted")
    for n, n_of in ((0, "seeds"), (2.5, "seeds"), (3, "")):
        with pytest.raises(ValueError, match="expected n to be a count of something named"):
            Estimate(1, None, "counted", n, n_of)
    with pytest.raises(ValueError, match="expected the method in a few words, got none"):
        Estimate(1, None, " ")
    assert Estimate(5, (0, 1), "a percentile bootstrap may miss its value").ci == (0, 1)
