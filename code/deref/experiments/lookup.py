"""Section "A lookup made of arithmetic": the project's attention against PyTorch's, and against an exact read."""

import torch
import torch.nn.functional as F

from deref.model.attention import attention
from deref.results import exact, result
from deref.results.estimate import Estimate
from deref.runs import Store

SHARPNESS = (0, 1, 2, 3, 4, 5, 6, 7, 8, 10, 12, 16, 24, 50)


def sharpened(sharpness: float, cells: int = 8, addressed: int = 5) -> tuple[float, float]:
    """Read one of eight stored numbers with a query of some sharpness.

    Keys are orthogonal unit vectors; the query is the addressed cell's key times the sharpness, with the division by
    the root of the key size undone. Cell i stores the number i.

    Args:
        sharpness: the score of the addressed cell; every other cell scores 0.
        cells: how many cells there are.
        addressed: the cell to read.

    Returns:
        The weight on the addressed cell, and the distance of what is returned from what the cell stores.
    """
    keys = torch.eye(cells, dtype=torch.float64)
    values = torch.arange(cells, dtype=torch.float64)[:, None]
    query = sharpness * cells**0.5 * keys[addressed : addressed + 1]
    mixed, pattern = attention(query, keys, values, torch.ones(1, cells, dtype=torch.bool))
    return pattern[0, addressed].item(), abs(mixed.item() - values[addressed].item())


@result("lookup.sdpa-gap", title="Largest difference between the project's attention and PyTorch's", format=".0e")
def sdpa_gap(store: Store) -> Estimate:
    """Outputs and gradients, causal and full masks, double precision."""
    generator = torch.Generator().manual_seed(0)
    gaps = []
    for mask in (torch.ones(16, 16, dtype=torch.bool).tril(), torch.ones(16, 16, dtype=torch.bool)):
        q, k, v, upstream = torch.randn(4, 3, 2, 16, 8, dtype=torch.float64, generator=generator)
        inputs = [x.requires_grad_() for x in (q, k, v)]
        ours, _ = attention(*inputs, mask)
        theirs = F.scaled_dot_product_attention(*inputs, attn_mask=mask)
        gaps.append((ours - theirs).abs().max())
        for mine, other in zip(torch.autograd.grad(ours, inputs, upstream),
                               torch.autograd.grad(theirs, inputs, upstream), strict=True):
            gaps.append((mine - other).abs().max())
    return exact(torch.stack(gaps).max(), "largest over outputs and gradients, two masks, double precision")


@result("lookup.sharpened-weight", title="Weight on the addressed cell at the largest sharpness", format=".6f")
def sharpened_weight(store: Store) -> Estimate:
    """Eight orthogonal keys, sharpness 50."""
    return exact(sharpened(SHARPNESS[-1])[0], f"one query, eight orthogonal keys, sharpness {SHARPNESS[-1]}")


@result("lookup.sharpness-needed", title="Smallest whole sharpness that puts 99% of the weight on one of eight cells",
        format="d")
def sharpness_needed(store: Store) -> Estimate:
    """Found by trying whole numbers from 0."""
    return exact(next(beta for beta in range(100) if sharpened(beta)[0] >= 0.99), "smallest whole number that does")
