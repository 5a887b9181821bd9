"""LayerNorms taken apart: their gain and shift folded into the maps behind them, or their division made constant."""

import copy
from collections.abc import Collection

import torch
from jaxtyping import Float, Int
from torch import Tensor, nn

from deref.model.parts import Linear, Norm
from deref.model.transformer import Transformer
from deref.tasks.layout import Layout

NOTHING = 1e-5  # what torch's LayerNorm adds to a variance before it divides by the root
READERS = {"attn_norm": ("q", "k", "v"), "mlp_norm": ("mlp_in",), "final_norm": ("unembedding",)}


@torch.no_grad()
def fold_norms(model: Transformer) -> Transformer:
    """Write the gain and the shift of every LayerNorm into the linear maps that read it.

    Args:
        model: the model, of S seeds; it is left as it was.

    Returns:
        A model that computes the same, whose LayerNorms have gains of 1 and shifts of 0.
    """
    folded = copy.deepcopy(model)
    for _, norm, readers in _norms(folded):
        for reader in readers:
            reader.bias += (norm.bias[:, None] @ reader.weight)[:, 0]
            reader.weight *= norm.weight[..., None]
        norm.weight.fill_(1)
        norm.bias.fill_(0)
    return folded


class FixedNorm(nn.Module):
    """A LayerNorm that divides by constants: centring, scaling and shifting are all that is left, an affine map.

    Args:
        norm: where gain and shift come from.
        spread: what to divide by, (seed, node), or (seed, 1) where all nodes share a constant.
    """

    def __init__(self, norm: Norm, spread: Float[Tensor, "seed node"]) -> None:
        super().__init__()
        self.weight, self.bias, self.spread = norm.weight, norm.bias, spread

    def forward(self, x: Float[Tensor, "seed batch node width"]) -> Float[Tensor, "seed batch node width"]:
        """Centre every row, divide it by the constant of its node, then scale and shift it."""
        centred = (x - x.mean(-1, keepdim=True)) / self.spread[:, None, :, None]
        return torch.addcmul(self.bias[:, None, None], centred, self.weight[:, None, None])


@torch.no_grad()
def fix_norms(
    model: Transformer, tokens: Int[Tensor, "batch node"], layout: Layout, which: Collection[str] = tuple(READERS),
    *, by_node: bool = True,
) -> Transformer:
    """Make LayerNorms divide by constants: the root of the mean variance that each meets on some sequences.

    Args:
        model: the model, of S seeds; it is left as it was.
        tokens: the sequences that the variances are measured on, (B, N).
        layout: their layout; with constants by node the model is for sequences of this layout, run without taps.
        which: the LayerNorms to fix, by the names they have in a block, or "final_norm".
        by_node: whether every node gets a constant of its own; otherwise a LayerNorm has one.

    Returns:
        The model with those LayerNorms made affine.

    Raises:
        ValueError: a name that no LayerNorm has.
    """
    if wrong := sorted(set(which) - set(READERS)):
        raise ValueError(f"expected LayerNorms among {', '.join(READERS)}, got {', '.join(wrong)}")
    measured, fixed = copy.deepcopy(model), copy.deepcopy(model)
    variance: dict[str, Tensor] = {}
    for name, norm, _ in _norms(measured):
        norm.register_forward_pre_hook(lambda _, args, name=name: variance.__setitem__(
            name, args[0].var(-1, unbiased=False).mean(1)))
    measured(tokens, layout)
    for name, norm, _ in _norms(fixed):
        parent, _, own = name.rpartition(".")
        if own in which:
            met = variance[name] if by_node else variance[name].mean(1, keepdim=True)
            setattr(fixed.get_submodule(parent), own, FixedNorm(norm, (met + NOTHING).sqrt()))
    return fixed


def _norms(model: Transformer) -> list[tuple[str, Norm, list[Linear]]]:
    """Every LayerNorm of a model, by name, with the linear maps that read it."""
    found = []
    for name, norm in model.named_modules():
        if isinstance(norm, Norm):
            parent, _, own = name.rpartition(".")
            found.append((name, norm, [getattr(model.get_submodule(parent), reader) for reader in READERS[own]]))
    return found
