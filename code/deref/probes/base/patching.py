"""Patching: taps that carry part of one run's activations into another run."""

from collections.abc import Sequence

import torch
from torch import Tensor

from deref.model.taps import LAYER_SITES, MODEL_SITES, Site, SiteTap, patch
from deref.probes.base.chosen import Several, several

AXES = {name: axes.split() for name, axes in {**LAYER_SITES, **MODEL_SITES}.items()}


def patch_at(
    site: Site, source: Tensor, *, nodes: Several | None = None, heads: Several | None = None
) -> SiteTap:
    """Make a tap that replaces what is at some nodes, or in some heads, by what another run had there.

    The causal trace in one line: `model(corrupted, layout, tap=patch_at(site, clean, nodes=[3]))`.

    Args:
        site: where to patch.
        source: what the other run had at the site, all of it.
        nodes: the node or nodes to patch (queries, in scores and pattern); None patches all.
        heads: the head or heads to patch, by number; None patches all.

    Returns:
        The tap; it builds a new tensor and leaves both runs' alone.

    Raises:
        ValueError: a node or a head that does not exist, or any where the site has no such axis.
    """
    chosen = torch.ones((), dtype=torch.bool, device=source.device)
    for letter, what, wanted in (("N", "node", several("nodes", nodes)), ("H", "head", several("heads", heads))):
        if wanted is not None:
            chosen = chosen & _along(site, source, letter, what, wanted)
    return patch(site, lambda x: torch.where(chosen, source, x))


def _along(site: Site, source: Tensor, letter: str, what: str, wanted: Sequence[int]) -> Tensor:
    """True at the wanted places of one axis, shaped to broadcast against the source."""
    if letter not in AXES[site.name]:
        raise ValueError(f"expected a site with one row a {what}, got {site.name}, "
                         f"whose axes are {' '.join(AXES[site.name])}")
    axis = AXES[site.name].index(letter)
    size = source.shape[axis]
    wrong = [i for i in wanted if not 0 <= i < size]
    if wrong:
        raise ValueError(f"expected {what}s from 0 to {size - 1}, got {wrong}")
    line = torch.zeros(size, dtype=torch.bool, device=source.device)
    line[list(wanted)] = True
    return line.view(size, *[1] * (source.ndim - axis - 1))
