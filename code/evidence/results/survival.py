"""Comparisons of two groups of seeds, and times of which some were never reached.

Lifelines and SciPy's statistics are imported where they are used: they take a second, and few pages need them.
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike

from evidence.results.estimate import Estimate
from evidence.results.stats import LEVEL, RESAMPLES

if TYPE_CHECKING:
    from lifelines import KaplanMeierFitter

_SEED = 0  # the resampling is part of the result


def difference_of_medians(values: ArrayLike, others: ArrayLike, n_of: str = "seeds") -> Estimate:
    """Median of one group minus median of another, with a percentile bootstrap interval.

    The groups are resampled each on its own: members that share a seed number share batches and nothing else.

    Args:
        values: one for each unit of the first group.
        others: one for each unit of the second group.
        n_of: what the units are, in the plural; the estimate's n counts both groups.

    Raises:
        ValueError: a group with fewer than two values, or a value that is not finite.
    """
    first, second = (np.asarray(group, dtype=float) for group in (values, others))
    for group in (first, second):
        if group.ndim != 1 or group.size < 2 or not np.isfinite(group).all():
            raise ValueError(f"expected two or more finite values in each group, got {group.tolist()}")
    method = f"difference of medians, {first.size} against {second.size} {n_of}"
    value = float(np.median(first) - np.median(second))
    if np.ptp(first) == 0 and np.ptp(second) == 0:
        return Estimate(value, None, f"{method}, no interval: no spread in either", first.size + second.size, n_of)

    def statistic(a: np.ndarray, b: np.ndarray, axis: int) -> np.ndarray:
        return np.median(a, axis=axis) - np.median(b, axis=axis)

    from scipy import stats

    found = stats.bootstrap((first, second), statistic, n_resamples=RESAMPLES, confidence_level=LEVEL,
                            method="percentile", vectorized=True, rng=np.random.default_rng(_SEED))
    return Estimate(value, tuple(found.confidence_interval),
                    f"{method}, percentile bootstrap of {RESAMPLES:,} resamples", first.size + second.size, n_of)


def survival(steps: ArrayLike, budget: int) -> "KaplanMeierFitter":
    """The share of seeds that has not solved the task yet, as a curve over training steps (Kaplan and Meier).

    Args:
        steps: at which each seed solved it for the first time; infinity where it never did.
        budget: steps of the training; a seed that solved nothing is known to take longer than this.

    Raises:
        ValueError: no seeds, or a seed that solved it after the budget.
    """
    from lifelines import KaplanMeierFitter

    times = np.asarray(steps, dtype=float)
    solved = np.isfinite(times)
    if times.size == 0 or (times[solved] > budget).any():
        raise ValueError(f"expected times to solve within {budget} steps, or infinity, got {times.tolist()}")
    return KaplanMeierFitter(alpha=1 - LEVEL).fit(np.where(solved, times, budget), solved)


def median_time(steps: ArrayLike, budget: int, n_of: str = "seeds") -> Estimate:
    """Median time to solve, with the interval of the survival curve; where half never solved it, the budget is given.

    Args:
        steps: as for `survival`.
        budget: as for `survival`.
        n_of: what the units are, in the plural.
    """
    from lifelines.utils import median_survival_times

    curve, n = survival(steps, budget), np.size(steps)
    median = curve.median_survival_time_
    if not np.isfinite(median):
        return Estimate(budget, None, f"lower bound: fewer than half of the {n_of} solved it within the budget", n,
                        n_of)
    low, high = np.asarray(median_survival_times(curve.confidence_interval_))[0]
    ends, method = (float(low), float(high)), "median of the survival curve over " + n_of
    if not np.isfinite(high):
        ends, method = (float(low), float(budget)), method + ", upper end at the budget or beyond"
    return Estimate(int(median), ends, method, n, n_of)


def time_saved(steps: ArrayLike, others: ArrayLike, budget: int, n_of: str = "seeds") -> Estimate:
    """How much sooner one group solves its task than another on average, both within the same budget.

    A seed that never solved it counts as the budget, so the mean of a group is its restricted mean time, the area under
    its survival curve: where nobody is lost from sight before the budget ends, no more than a mean. The interval is
    Welch's, since a group that fails has little spread.

    Args:
        steps: as for `survival`, of the group that is to be sooner.
        others: of the group that it is compared with.
        budget: as for `survival`, the same for both.
        n_of: what the units are, in the plural; the estimate's n counts both groups.

    Source:
        Royston and Parmar, Restricted mean survival time (2013).
    """
    from scipy import stats

    for group in (steps, others):
        survival(group, budget)  # refuses times that no such training has
    ours, theirs = (np.minimum(group, budget) for group in (steps, others))
    n, value = ours.size + theirs.size, float(theirs.mean() - ours.mean())
    method = f"difference of restricted mean times, {ours.size} against {theirs.size} {n_of}"
    if min(ours.size, theirs.size) < 2 or np.ptp(ours) == np.ptp(theirs) == 0:
        return Estimate(value, None, f"{method}, no interval: no spread in either", n, n_of)
    errors = np.array([group.var(ddof=1) / group.size for group in (ours, theirs)])
    freedom = errors.sum() ** 2 / (errors**2 / [ours.size - 1, theirs.size - 1]).sum()
    half = float(stats.t.ppf((1 + LEVEL) / 2, freedom) * np.sqrt(errors.sum()))
    return Estimate(value, (value - half, value + half), f"{method}, Welch interval", n, n_of)


def columns(arms: dict[str, tuple[Sequence[int], ArrayLike]]) -> dict[str, list]:
    """The data behind survival curves: one row for each arm and seed.

    Args:
        arms: by name, seeds and the step at which each solved the task (infinity where it never did).
    """
    rows = [(name, seed, "" if step == np.inf else int(step)) for name, (seeds, steps) in arms.items()
            for seed, step in zip(seeds, np.asarray(steps).tolist(), strict=True)]
    return dict(zip(("arm", "seed", "solved_at"), map(list, zip(*rows, strict=True)), strict=True))
