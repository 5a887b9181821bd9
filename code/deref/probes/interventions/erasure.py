"""Erasure: remove from activations all that a linear map could read about a label, and change nothing else.

A probe shows that something can be read; whether the model reads it shows when it is gone. LEACE is the affine map that
makes every linear classifier useless, that is, activations uncorrelated with the label, and moves activations as little
as that allows, in the mean square. A probe's own direction would not do: removing it leaves what other directions,
correlated with it, tell.

Source: Belrose et al., LEACE: Perfect Linear Concept Erasure in Closed Form (2023), arXiv:2306.03819, in its authors'
package concept-erasure.
"""

import dataclasses

import torch
import torch.nn.functional as F
from concept_erasure import LeaceFitter
from jaxtyping import Float, Int
from torch import Tensor

from deref.model.taps import Site, SiteTap, patch
from deref.probes.base.chosen import Several
from deref.probes.base.patching import AXES, patch_at

# Singular values of whitened covariances below this are rounding, as the last of several one-hot classes is.
NOISE = 1e-6


@dataclasses.dataclass(frozen=True, kw_only=True, eq=False)
class Eraser:
    """An affine map a seed, x - (x - mean) right left: it removes a label's linear traces and keeps the mean.

    Args:
        right: reads what is removed, (seed, width, concept).
        left: writes it, to be taken away, (seed, concept, width).
        mean: the mean activation, (seed, width).
    """

    right: Float[Tensor, "seed width concept"]
    left: Float[Tensor, "seed concept width"]
    mean: Float[Tensor, "seed width"]

    def __call__(self, x: Float[Tensor, "seed *rows width"]) -> Float[Tensor, "seed *rows width"]:
        """Erase the label from activations."""
        rows = x.flatten(1, -2) if x.ndim > 3 else x.view(len(x), -1, x.shape[-1])
        right, left, mean = (part.to(x) for part in (self.right, self.left, self.mean))
        return (rows - (rows - mean[:, None]) @ right @ left).view(x.shape)

    @property
    def rank(self) -> Int[Tensor, "seed"]:
        """How many dimensions each seed lost: at most one less than there are classes."""
        return torch.linalg.matrix_rank(self.right @ self.left)

    def tap(self, site: Site, nodes: Several | None = None) -> SiteTap:
        """Make a tap that erases the label wherever the model writes or reads it.

        Args:
            site: a site with one row of the stream's width a node, such as resid_post.
            nodes: the nodes at which to erase; None erases at all.

        Returns:
            The tap.

        Raises:
            ValueError: another kind of site.
        """
        if AXES[site.name] != ["S", "B", "N", "D"]:
            raise ValueError(f"expected a site with axes S B N D, got {site.name}, whose axes are "
                             f"{' '.join(AXES[site.name])}")
        return patch(site, lambda x: patch_at(site, self(x), nodes=nodes)(site, x))


@torch.no_grad()
def erase(
    features: Float[Tensor, "seed example width"],
    labels: Int[Tensor, "example"] | Float[Tensor, "example concept"],
) -> Eraser:
    """Fit, for each seed, the map that erases a label from features.

    Erasure is exact for the examples given: no linear map predicts the label from them better than a constant. For
    others it is as good as the examples are many, so fit it on some and probe others.

    Args:
        features: what each seed holds in each example, (seed, example, width); gather it where the tap is to erase it.
        labels: the class of each example; or one or several numbers an example, erased together.

    Returns:
        The map, for all seeds.

    Raises:
        ValueError: features and labels of different numbers of examples, fewer than two examples, or a label that is
            the same in all of them.
    """
    if len(labels) != features.shape[1] or len(labels) < 2:
        raise ValueError(f"expected a label for each of at least two examples, got {len(labels)} for "
                         f"{features.shape[1]}")
    if bool((labels == labels[:1]).all()):
        raise ValueError("expected labels that differ between examples, got one alone")
    target = labels if labels.is_floating_point() else F.one_hot(labels.unique(return_inverse=True)[1])
    parts = []
    for x in features.double():
        # Without shrinkage and without a cap on the variance, since both would give up exactness for stability.
        fitter = LeaceFitter.fit(x, target.double(), shrinkage=False, constrain_cov_trace=False, svd_tol=NOISE)
        eraser = fitter.eraser
        parts.append((eraser.proj_right.T, eraser.proj_left.T, eraser.bias))
    right, left, mean = (torch.stack(part) for part in zip(*parts, strict=True))
    return Eraser(right=right, left=left, mean=mean)
