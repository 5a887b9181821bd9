"""The few estimators that the book uses, each returning an `Estimate` that names its method.

The unit of inference is what was drawn independently: seeds for trained models; memory strings for pairs within one
model, because pairs that share a memory are not independent. All intervals are 95%.

Where the sample has no spread (one unit, or all units equal) most methods would give an interval without width, which
claims a certainty that the data do not have. Then the interval is None and the method says why; proportions keep an
honest interval even then (Wilson's).

SciPy's statistics and statsmodels are imported where they are used: they take a second or two, and few pages need the
second.
"""

import warnings
from typing import Any, Protocol

import numpy as np
from numpy.typing import ArrayLike

from evidence.results.estimate import Estimate

LEVEL = 0.95
RESAMPLES = 9_999
_SEED = 0  # the resampling is part of the result, so it is fixed once for the whole book


class Statistic(Protocol):
    """A reduction of NumPy's that takes `axis`, with its name."""

    __name__: str

    def __call__(self, a: Any, axis: Any = None) -> Any: ...


def exact(value: Any, method: str) -> Estimate:
    """A number that was worked out, not sampled: counted, or found over every case.

    Args:
        value: the number; anything that `Estimate` takes.
        method: what it is over, such as "every address of every memory".
    """
    return Estimate(value, None, method)


def mean_t(values: ArrayLike, n_of: str = "seeds", bounds: tuple[int | float, int | float] | None = None) -> Estimate:
    """Mean with Student's t interval.

    Args:
        values: one for each unit of inference.
        n_of: what the units are, in the plural.
        bounds: the range that the quantity cannot leave, such as (0, 1) for an accuracy; the interval is cut there.

    Raises:
        ValueError: no values, or a value that is not finite.
    """
    x = _sample(values)
    method = f"mean over {n_of}"
    if reason := _no_spread(x, n_of):
        return Estimate(x[0], None, f"{method}, {reason}", len(x), n_of)
    from scipy import stats

    low, high = stats.t.interval(LEVEL, len(x) - 1, loc=x.mean(), scale=stats.sem(x))
    method += ", t interval"
    if bounds and (low < bounds[0] or high > bounds[1]):
        low, high = max(low, bounds[0]), min(high, bounds[1])
        method += f" cut at {bounds[0]:g} and {bounds[1]:g}"
    return Estimate(x.mean(), (low, high), method, len(x), n_of)


def bootstrap(values: ArrayLike, statistic: Statistic = np.median,
              n_of: str = "seeds") -> Estimate:
    """A statistic with its percentile bootstrap interval.

    The percentile method is kept for its plainness: it stays inside the data's range. It is too narrow for a handful
    of units; the t interval is the better choice for a mean.

    Args:
        values: one for each unit of inference.
        statistic: a NumPy reduction that takes `axis`, such as `np.median`; its name goes into the method.
        n_of: what the units are, in the plural.

    Raises:
        ValueError: no values, or a value that is not finite.
    """
    x = _sample(values)
    method = f"{statistic.__name__} over {n_of}"
    if reason := _no_spread(x, n_of):
        return Estimate(statistic(x), None, f"{method}, {reason}", len(x), n_of)
    from scipy import stats

    found = stats.bootstrap((x,), statistic, n_resamples=RESAMPLES, confidence_level=LEVEL, method="percentile",
                            vectorized=True, rng=np.random.default_rng(_SEED))
    return Estimate(statistic(x), tuple(found.confidence_interval),
                    f"{method}, percentile bootstrap of {RESAMPLES:,} resamples", len(x), n_of)


def wilson(k: int, n: int, n_of: str = "seeds") -> Estimate:
    """A share of independent units with Wilson's interval, which keeps its width when none or all succeed.

    Args:
        k: how many succeeded.
        n: out of how many.
        n_of: what they are, in the plural.

    Raises:
        ValueError: n is not positive, or k is not between 0 and n.
    """
    _check_share(k, n)
    return Estimate(k / n, _wilson(k, n), f"share of {n_of}, Wilson interval", n, n_of)


def share(found: ArrayLike, n_of: str = "seeds") -> Estimate:
    """The share of independent units for which something holds, with Wilson's interval.

    Args:
        found: whether it holds, a unit an element.
        n_of: what the units are, in the plural.

    Raises:
        ValueError: not one row of truth values, or none.
    """
    held = np.asarray(found)
    if held.ndim != 1 or held.dtype != bool or not held.size:
        raise ValueError(f"expected one or more truth values, one a unit, got an array of {held.dtype} with shape "
                         f"{held.shape}")
    return wilson(int(held.sum()), len(held), n_of)


def difference(k: int, n: int, k0: int, n0: int, n_of: str = "seeds") -> Estimate:
    """Difference of two independent shares, k/n minus k0/n0, with Newcombe's interval.

    Args:
        k: successes of the first group.
        n: size of the first group.
        k0: successes of the second group.
        n0: size of the second group.
        n_of: what the units are, in the plural; the estimate's n counts both groups.

    Raises:
        ValueError: a group is empty, or its successes are not between 0 and its size.
    """
    _check_share(k, n)
    _check_share(k0, n0)
    from statsmodels.stats.proportion import confint_proportions_2indep

    ci = confint_proportions_2indep(k, n, k0, n0, method="newcomb", compare="diff", alpha=1 - LEVEL)
    return Estimate(k / n - k0 / n0, tuple(ci), f"difference of shares, {n} against {n0} {n_of}, Newcombe interval",
                    n + n0, n_of)


def clustered(values: ArrayLike, groups: ArrayLike, n_of: str = "memories") -> Estimate:
    """Mean over cases that come in groups, with a cluster-robust t interval.

    When every case is a success, or none is, the robust interval has no width. Then each group counts once, and the
    interval is Wilson's over groups: wider than needed, since a group fails as soon as one of its cases does.

    Args:
        values: one for each case, such as 0 or 1 for each (memory, address, flipped cell).
        groups: the group of each case, such as the memory's index.
        n_of: what the groups are, in the plural; the estimate's n counts groups.

    Raises:
        ValueError: no values, a value that is not finite, or not one group for each value.
    """
    x, labels = _sample(values), np.asarray(groups)
    if labels.shape != x.shape:
        raise ValueError(f"expected one group for each of {x.size} values, got {labels.size}")
    names, codes = np.unique(labels, return_inverse=True)
    n = len(names)
    method = f"mean over {x.size:,} cases"
    if np.ptp(x) == 0 and x[0] in (0, 1):
        return Estimate(x[0], _wilson(int(x[0]) * n, n),
                        f"{method}, all equal; Wilson interval with each of the {n_of} counted once", n, n_of)
    if reason := _no_spread(x, "cases") or ("" if n > 1 else f"no interval: a single one of the {n_of}"):
        return Estimate(x.mean(), None, f"{method}, {reason}", n, n_of)
    from statsmodels.regression.linear_model import OLS  # statsmodels.api takes a second longer to import

    fit = OLS(x, np.ones_like(x)).fit(cov_type="cluster", cov_kwds={"groups": codes}, use_t=True)
    return Estimate(x.mean(), tuple(fit.conf_int(1 - LEVEL)[0]), f"{method}, t interval clustered by {n_of}", n, n_of)


def spearman(x: ArrayLike, y: ArrayLike, n_of: str) -> Estimate:
    """Spearman's rank correlation with a percentile bootstrap interval over pairs.

    Args:
        x: one value for each independent pair.
        y: the other value of each pair.
        n_of: what the pairs are, in the plural. Where pairs are not independent (cells of one model), correlate within
            each unit and give the correlations to `mean_t`.

    Raises:
        ValueError: fewer than two pairs, unequal lengths, or one side constant (no ranks to correlate).
    """
    a, b = _sample(x), _sample(y)
    if a.shape != b.shape or a.size < 2:
        raise ValueError(f"expected two or more pairs, got {a.size} and {b.size} values")
    if np.ptp(a) == 0 or np.ptp(b) == 0:
        raise ValueError("expected both sides of a rank correlation to vary, got a constant one")
    from scipy import stats

    rho = stats.spearmanr(a, b).statistic
    method = "Spearman's rank correlation"
    with warnings.catch_warnings():
        for category in (stats.ConstantInputWarning, stats.DegenerateDataWarning):
            warnings.simplefilter("ignore", category)  # resamples without ranks are counted below
        found = stats.bootstrap((a, b), _rank_correlation, n_resamples=RESAMPLES, paired=True, vectorized=True,
                                method="percentile", rng=np.random.default_rng(_SEED))
    kept = found.bootstrap_distribution[np.isfinite(found.bootstrap_distribution)]
    if kept.size < LEVEL * RESAMPLES:
        return Estimate(rho, None, f"{method}, no interval: too few distinct {n_of} to resample", a.size, n_of)
    ends = np.quantile(kept, [(1 - LEVEL) / 2, (1 + LEVEL) / 2])
    return Estimate(rho, tuple(ends), f"{method}, percentile bootstrap of {RESAMPLES:,} resamples", a.size, n_of)


def _rank_correlation(a: np.ndarray, b: np.ndarray, axis: int) -> np.ndarray:
    from scipy import stats

    return stats.pearsonr(stats.rankdata(a, axis=axis), stats.rankdata(b, axis=axis), axis=axis).statistic


def _sample(values: ArrayLike) -> np.ndarray:
    x = np.asarray(values, dtype=float)
    if x.ndim != 1 or x.size == 0 or not np.isfinite(x).all():
        raise ValueError(f"expected a list of one or more finite values, got {values!r}")
    return x


def _no_spread(x: np.ndarray, n_of: str) -> str:
    """Why a sample gives no interval, or nothing if it gives one."""
    if x.size == 1:
        return "no interval: one value"
    return f"no interval: all {x.size} {n_of} equal" if np.ptp(x) == 0 else ""


def _check_share(k: int, n: int) -> None:
    if not 0 <= k <= n or n < 1:
        raise ValueError(f"expected between 0 and n successes of n >= 1, got {k} of {n}")


def _wilson(k: int, n: int) -> tuple[float, float]:
    from scipy import stats

    low, high = stats.binomtest(k, n).proportion_ci(LEVEL, method="wilson")
    return min(low, k / n), max(high, k / n)  # rounding may leave 0 and 1 just outside
