"""Linear probes: can something be read off activations by a linear map, on examples that the map has not seen?

A probe that succeeds shows that the information is there in linear form. It does not show that the model uses it: for
that, erase it (`deref.probes.interventions.erasure`) or patch it, and see what the answers do.

Scikit-learn is imported where it is used: most of those who import this module never fit a probe.
"""

import dataclasses
from typing import TYPE_CHECKING

import numpy as np
import torch
from jaxtyping import Float
from numpy.typing import ArrayLike

if TYPE_CHECKING:
    from sklearn.pipeline import Pipeline

KINDS = ("logistic", "ridge")
EXACT = 2**53


@dataclasses.dataclass(frozen=True, kw_only=True, eq=False)
class LinearProbe:
    """How well labels are predicted from features, on groups of examples that were held out.

    Args:
        kind: "logistic" for classes, "ridge" for numbers.
        score: of each fold, on the groups held out of it: the share of right classes, or R squared, (fold,).
        baseline: of each fold, what always guessing the commonest class, or the mean, of its training examples scores
            there: below the score if the features carry information, (fold,).
        predicted: the held-out prediction for every example, (example,).
        weight: the direction, fitted on all examples, in units of the features: for two classes or numbers (1, width),
            for more classes one row a class, (row, width).
        classes: the classes, in the order of the rows; for two, the row points to the second. None for numbers.
    """

    kind: str
    score: Float[np.ndarray, "fold"]
    baseline: Float[np.ndarray, "fold"]
    predicted: np.ndarray
    weight: Float[np.ndarray, "row width"]
    classes: np.ndarray | None

    @property
    def direction(self) -> Float[np.ndarray, "row width"]:
        """The rows of `weight`, made of length 1."""
        length = np.linalg.norm(self.weight, axis=1, keepdims=True)
        return self.weight / np.where(length > 0, length, 1)


def linear_probe(
    features: ArrayLike,
    labels: ArrayLike,
    groups: ArrayLike,
    *,
    kind: str = "logistic",
    folds: int = 5,
    strength: float = 1.0,
) -> LinearProbe:
    """Fit a linear map from features to labels, and score it on groups that it has not seen.

    Features are scaled to unit variance before the fit, by their training examples. Examples that share a memory, a
    text or anything else that gives the label away must share a group: a group is never on both sides of a fold.

    Args:
        features: one row an example, (example, width): numbers of any real type, in arrays, lists or tensors.
        labels: one class or number an example, (example,).
        groups: the group of each example, (example,).
        kind: "logistic" or "ridge".
        folds: how many times to hold groups out; every group is held out once.
        strength: of the pull of weights towards 0: scikit-learn's 1 / C or alpha.

    Returns:
        The scores, the predictions and the direction.

    Raises:
        ValueError: arrays that do not fit, features or numbers that are not real and finite, numbers that are all the
            same where they are scored, fewer groups than folds or fewer than two folds, an unknown kind, a strength
            that is not above 0, or classes of which a fold trains on one alone.

    Source:
        Alain and Bengio, Understanding Intermediate Layers Using Linear Classifier Probes (2016), arXiv:1610.01644.
    """
    from sklearn.model_selection import GroupKFold

    x, y, group = (_array(part) for part in (features, labels, groups))
    if kind not in KINDS:
        raise ValueError(f"expected a kind of probe, one of {', '.join(KINDS)}, got {kind!r}")
    if x.ndim != 2 or y.shape != x.shape[:1] or group.shape != x.shape[:1]:
        raise ValueError(f"expected features (example, width) with a label and a group each, got the shapes {x.shape}, "
                         f"{y.shape} and {group.shape}")
    if not 2 <= folds <= len(np.unique(group)):
        raise ValueError(f"expected from 2 folds to one a group, {len(np.unique(group))}, got {folds}")
    if not strength > 0:
        raise ValueError(f"expected a strength above 0, got {strength!r}")
    x, y = _real("features", x), _real("labels", y) if kind == "ridge" else y
    predicted = np.empty_like(y)
    score, baseline = [], []
    for seen, held in GroupKFold(folds).split(x, y, group):
        predicted[held] = _fit(kind, strength, x[seen], y[seen]).predict(x[held])
        score.append(_score(kind, y[held], predicted[held], y[seen]))
        baseline.append(_score(kind, y[held], _guess(kind, y[seen]), y[seen]))
    scaler, map_ = (step for _, step in _fit(kind, strength, x, y).steps)
    return LinearProbe(kind=kind, score=np.array(score), baseline=np.array(baseline), predicted=predicted,
                       weight=np.atleast_2d(map_.coef_) / scaler.scale_,
                       classes=map_.classes_ if kind == "logistic" else None)


def _array(part: ArrayLike) -> np.ndarray:
    """An array of what may be a tensor: with gradients, on a GPU, or of a type that NumPy lacks."""
    if isinstance(part, torch.Tensor):
        part = part.detach().cpu().resolve_conj()
        return (part.double() if part.is_floating_point() else part).numpy()  # each of them is exact as a double
    return np.asarray(part)


def _real(what: str, numbers: np.ndarray) -> np.ndarray:
    """Numbers in double precision, if they are real and finite."""
    if numbers.dtype.kind not in "fiub":
        raise ValueError(f"expected {what} to be real numbers, got {numbers.dtype}")
    if numbers.dtype.kind in "iu" and numbers.size and max(-int(numbers.min()), int(numbers.max())) > EXACT:
        raise ValueError(f"expected {what} of at most {EXACT}, which double precision holds exactly")
    numbers = numbers.astype(np.float64)
    if not np.isfinite(numbers).all():
        raise ValueError(f"expected {what} to be finite, got {(~np.isfinite(numbers)).sum()} that are not")
    return numbers


def _fit(kind: str, strength: float, x: np.ndarray, y: np.ndarray) -> "Pipeline":
    from sklearn.linear_model import LogisticRegression, Ridge
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    if kind == "logistic" and len(np.unique(y)) < 2:
        raise ValueError(f"expected at least two classes to train on, got only {y[0]!r}; use fewer folds or mix groups")
    model = LogisticRegression(C=1 / strength, max_iter=2000) if kind == "logistic" else Ridge(alpha=strength)
    return make_pipeline(StandardScaler(), model).fit(x, y)


def _guess(kind: str, seen: np.ndarray) -> np.generic:
    """The prediction without features: the commonest class, or the mean."""
    if kind == "ridge":
        return seen.mean()
    classes, count = np.unique(seen, return_counts=True)
    return classes[count.argmax()]


def _score(kind: str, y: np.ndarray, predicted: np.ndarray | np.generic, seen: np.ndarray) -> float:
    """The share of right classes; or the share of the squares about the training mean that predictions explain."""
    if kind == "logistic":
        return float((predicted == y).mean())
    spread = ((y - seen.mean()) ** 2).sum()
    if not spread > 0:
        raise ValueError(f"expected labels that differ from the mean of those trained on, {seen.mean():g}, got only "
                         "this one in a fold; R squared has no value there")
    return float(1 - ((y - predicted) ** 2).sum() / spread)
