"""Activations: everything a forward pass computed, as data."""

import dataclasses
from collections.abc import Mapping

import torch
from jaxtyping import Float
from torch import Tensor

from deref.model.taps import LAYER_SITES, MODEL_SITES, Site


@dataclasses.dataclass(frozen=True, kw_only=True)
class Activations:
    """What one forward pass computed at each site, blocks stacked along a leading layer axis.

    Axes: layer, seed, batch, head, node (query, key in scores and pattern), size (of a head), width, unit (of an MLP),
    readout, output. A field is None where the site was not asked for, or where the model has none (no MLP).
    """

    embed: Float[Tensor, "seed batch node width"] | None = None
    resid_pre: Float[Tensor, "layer seed batch node width"] | None = None
    q: Float[Tensor, "layer seed batch head node size"] | None = None
    k: Float[Tensor, "layer seed batch head node size"] | None = None
    v: Float[Tensor, "layer seed batch head node size"] | None = None
    scores: Float[Tensor, "layer seed batch head query key"] | None = None
    pattern: Float[Tensor, "layer seed batch head query key"] | None = None
    z: Float[Tensor, "layer seed batch head node size"] | None = None
    head_out: Float[Tensor, "layer seed batch head node width"] | None = None
    attn_out: Float[Tensor, "layer seed batch node width"] | None = None
    resid_mid: Float[Tensor, "layer seed batch node width"] | None = None
    mlp_pre: Float[Tensor, "layer seed batch node unit"] | None = None
    mlp_post: Float[Tensor, "layer seed batch node unit"] | None = None
    mlp_out: Float[Tensor, "layer seed batch node width"] | None = None
    resid_post: Float[Tensor, "layer seed batch node width"] | None = None
    final: Float[Tensor, "seed batch readout width"] | None = None
    logits: Float[Tensor, "seed batch readout output"]

    @classmethod
    def collect(cls, found: Mapping[Site, Tensor]) -> "Activations":
        """Gather the tensors that a reading tap kept, one a site, stacking the blocks.

        Args:
            found: one tensor a site; where a name has layers, all layers from 0 up.
        """
        parts = {name: found[Site(name)] for name in MODEL_SITES if Site(name) in found}
        for name in LAYER_SITES:
            layers = sorted(site.layer for site in found if site.name == name)
            if layers:
                parts[name] = torch.stack([found[Site(name, layer)] for layer in layers])
        return cls(**parts)
