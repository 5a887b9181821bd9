"""Recovery: how far a patch moves a run from its own answer towards the other run's.

    recovery = (patched - base) / (source - base)      of the margin of the clean answer's logit

The base run is patched; the source run is where the patches come from. Denoising patches clean activations into the
corrupted run and asks whether they suffice; noising patches corrupted ones into the clean run and asks whether they are
needed. 0 means that the patch does nothing, 1 that the whole answer follows it.
"""

import dataclasses

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor

from deref.probes.base.pairs import Pairs
from deref.tasks.layout import Layout

DIRECTIONS = ("denoise", "noise")


@dataclasses.dataclass(frozen=True, kw_only=True, eq=False)
class Recovered:
    """What patches did to the answers of some pairs.

    Args:
        direction: "denoise", clean into corrupted; or "noise", corrupted into clean.
        threshold: pairs are kept whose gap exceeds this, in units of logits.
        gap: clean minus corrupted margin, (seed, pair).
        recovery: the share of the gap that each patch moves, NaN where a pair is not kept; axes seed and pair, then
            those of the patches.
    """

    direction: str
    threshold: float
    gap: Float[Tensor, "seed pair"]
    recovery: Float[Tensor, "seed pair *patch"]

    @property
    def kept(self) -> Bool[Tensor, "seed pair"]:
        """Which pairs are kept: the others' answers hardly differ, so there is nothing to recover."""
        return self.gap > self.threshold

    def mean(self) -> Float[Tensor, "seed *patch"]:
        """Mean recovery over the kept pairs."""
        return self.recovery.nanmean(1)

@dataclasses.dataclass(frozen=True, kw_only=True, eq=False)
class Sides:
    """Pairs with their two runs named by their part in patching: base and source.

    Args:
        pairs: the pairs.
        direction: as in `Recovered`.

    Raises:
        ValueError: no pairs, or another direction.
    """

    pairs: Pairs
    direction: str

    def __post_init__(self) -> None:
        if not len(self.pairs):
            raise ValueError("expected at least one pair, got none")
        if self.direction not in DIRECTIONS:
            raise ValueError(f"expected direction to be one of {', '.join(DIRECTIONS)}, got {self.direction!r}")

    @property
    def layout(self) -> Layout:
        """The layout of both runs."""
        return self.pairs.layout

    @property
    def base(self) -> Int[Tensor, "pair node"]:
        """The tokens of the run that is patched."""
        return self.pairs.corrupted if self.direction == "denoise" else self.pairs.clean

    @property
    def source(self) -> Int[Tensor, "pair node"]:
        """The tokens of the run that patches come from."""
        return self.pairs.clean if self.direction == "denoise" else self.pairs.corrupted

    def batches(self, size: int) -> list["Sides"]:
        """Cut the pairs into batches of at most some size, in order.

        Raises:
            ValueError: a size below 1.
        """
        if size < 1:
            raise ValueError(f"expected batches of at least 1 pair, got {size}")
        return [Sides(pairs=self.pairs[start : start + size], direction=self.direction)
                for start in range(0, len(self.pairs), size)]


def recovered(
    direction: str,
    threshold: float,
    base: Float[Tensor, "seed pair"],
    source: Float[Tensor, "seed pair"],
    patched: Float[Tensor, "seed pair *patch"],
) -> tuple[Float[Tensor, "seed pair"], Float[Tensor, "seed pair *patch"]]:
    """Turn margins into the gap and the recovery of `Recovered`.

    Args:
        direction: as in `Recovered`.
        threshold: as in `Recovered`, at least 0.
        base: margins of the unpatched run.
        source: margins of the run that patches come from.
        patched: margins of the patched runs.

    Returns:
        The gap and the recovery.

    Raises:
        ValueError: a negative threshold.
    """
    if not threshold >= 0:
        raise ValueError(f"expected a threshold of at least 0, got {threshold!r}")
    way = source - base
    gap = way if direction == "denoise" else -way
    some = (..., *[None] * (patched.ndim - 2))
    return gap, ((patched - base[some]) / way[some]).masked_fill((gap <= threshold)[some], torch.nan)
