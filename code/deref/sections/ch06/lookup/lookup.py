"""Section "A lookup made of arithmetic": the project's attention against PyTorch's, and against an exact read."""

import numpy as np
import torch
import torch.nn.functional as F
from matplotlib.figure import Figure

from deref.figures.maps import weight_map
from deref.figures.notes import note
from deref.figures.style import PALETTE, subplots
from deref.model.attention import attention
from evidence.results import exact, result
from evidence.results.estimate import Estimate
from evidence.runs import Store

SHARPNESS = (0, 1, 2, 3, 4, 5, 6, 7, 8, 10, 12, 16, 24, 50)
TABLES = {"": 8, "-64": 64, "-1024": 1024}  # cells of the tables that are read, by how ids of results end


def sharpened(sharpness: float, cells: int = 8, addressed: int = 5) -> tuple[float, float]:
    """Read one stored number with a query of some sharpness.

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


def gap(dtype: torch.dtype) -> torch.Tensor:
    """Compare the project's attention with PyTorch's on random queries, keys and values.

    Args:
        dtype: the precision that both compute in.

    Returns:
        The largest difference over outputs and gradients, without a mask and with a causal one.
    """
    generator = torch.Generator().manual_seed(0)
    gaps = []
    for mask in (torch.ones(16, 16, dtype=torch.bool).tril(), torch.ones(16, 16, dtype=torch.bool)):
        q, k, v, upstream = torch.randn(4, 3, 2, 16, 8, dtype=dtype, generator=generator)
        inputs = [x.requires_grad_() for x in (q, k, v)]
        ours, _ = attention(*inputs, mask)
        theirs = F.scaled_dot_product_attention(*inputs, attn_mask=mask)
        gaps.append((ours - theirs).abs().max())
        for mine, other in zip(torch.autograd.grad(ours, inputs, upstream),
                               torch.autograd.grad(theirs, inputs, upstream), strict=True):
            gaps.append((mine - other).abs().max())
    return torch.stack(gaps).max()


@result("lookup.sdpa-gap", title="Largest difference between the project's attention and PyTorch's, double precision",
        format=".0e")
def sdpa_gap(store: Store) -> Estimate:
    """Outputs and gradients, causal and full masks, double precision."""
    return exact(gap(torch.float64), "largest over outputs and gradients, two masks, double precision")


@result("lookup.sdpa-gap-single", format=".0e",
        title="Largest difference between the project's attention and PyTorch's, single precision")
def sdpa_gap_single(store: Store) -> Estimate:
    """Outputs and gradients, causal and full masks, single precision."""
    return exact(gap(torch.float32), "largest over outputs and gradients, two masks, single precision")


@result("lookup.sharpened-weight", title="Weight on the addressed cell at the largest sharpness", format=".6f")
def sharpened_weight(store: Store) -> Estimate:
    """Eight orthogonal keys, sharpness 50."""
    return exact(sharpened(SHARPNESS[-1])[0], f"one query, eight orthogonal keys, sharpness {SHARPNESS[-1]}")


@result.each(TABLES, "lookup.sharpness-needed{table}", format="d",
             title="Smallest whole sharpness that puts 99% of the weight on one of {member:,} cells")
def sharpness_needed(store: Store, cells: int) -> Estimate:
    """Orthogonal keys; sharpness 0, 1, 2 and so on."""
    found = next(beta for beta in range(100) if sharpened(beta, cells)[0] >= 0.99)
    return exact(found, "smallest whole number that does")


def sharpening() -> tuple[Figure, dict[str, list]]:
    """The weights of a small table as its query sharpens, and the weight on the addressed cell for larger tables."""
    shown, grid = (0, 1, 2, 4, 7, 12), np.linspace(0, 16, 65)
    figure, (left, right) = subplots(1, 2, height=2.9, width_ratios=(1, 1.2))
    addressed = np.array([sharpened(beta)[0] for beta in shown])
    weights = np.repeat((1 - addressed[:, None]) / 7, 8, axis=1)  # what is left is shared by the other seven
    weights[:, 5] = addressed
    image = weight_map(left, weights, cells=8)
    left.set_yticks(range(len(shown)), shown)
    left.set(title="all of eight cells", xlabel="position", ylabel="sharpness")
    figure.colorbar(image, ax=left, label="weight", location="bottom", shrink=0.8)
    data: dict[str, list] = {"cells": [], "sharpness": [], "weight": []}
    for cells, colour, style in zip(TABLES.values(), ("blue", "orange", "green"), ("-", "--", "-."), strict=True):
        curve = [sharpened(float(beta), cells)[0] for beta in grid]
        right.plot(grid, curve, color=PALETTE[colour], linestyle=style, label=f"{cells:,} cells")
        data["cells"] += [cells] * len(grid)
        data["sharpness"] += grid.tolist()
        data["weight"] += [round(x, 6) for x in curve]
    right.set(title="the addressed cell", xlabel="sharpness", ylabel="weight", xlim=(0, 16))
    right.legend(loc="lower right")
    enough = next(beta for beta in SHARPNESS if sharpened(beta)[0] >= 0.99)
    note(right, "with eight cells,\na read from here on", (enough + 4, 0.62), (enough, 0.99))
    return figure, data
