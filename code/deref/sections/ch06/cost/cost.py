"""Section "What attention costs", first part: operations and bytes against length, plain and fused."""

import time
from collections.abc import Callable, Sequence

import numpy as np
import torch
import torch.nn.functional as F
from matplotlib.figure import Figure
from scipy import stats
from torch import Tensor

from deref.figures import growth as growths
from deref.figures.growth import growth
from deref.figures.style import subplots
from deref.model.attention import attention
from deref.model.block import Block
from deref.model.config import ModelConfig
from deref.model.taps import Watch
from deref.probes.measures.costs import operations, peak_bytes
from evidence.results import exact, result
from evidence.results.estimate import Estimate
from evidence.runs import Store

LENGTHS = (64, 128, 256, 512, 1024, 2048)
WIDTH = 64  # of the block, which has one head and an MLP four times as wide, as transformers usually do
HEAD = 16  # of the heads whose bytes are counted


def power(lengths: Sequence[int], amounts: Sequence[float]) -> Estimate:
    """Fit the exponent with which an amount grows: the slope of its logarithm against the logarithm of length.

    Args:
        lengths: at least three.
        amounts: one positive number a length.

    Returns:
        The slope with its t interval. Counts have no sampling error, so the interval says how well a power describes
        them over these lengths; it is None where they are a power to rounding.
    """
    fit = stats.linregress(np.log(lengths), np.log(amounts))
    span = f"slope of the logarithms, {lengths[0]} to {lengths[-1]} tokens"
    if fit.stderr < 1e-9:
        return Estimate(fit.slope, None, f"{span}, an exact power", len(lengths), "lengths")
    half = stats.t.ppf(0.975, len(lengths) - 2) * fit.stderr
    return Estimate(fit.slope, (fit.slope - half, fit.slope + half), f"{span}, t interval of the fit", len(lengths),
                    "lengths")


def table_operations(length: int, width: int = WIDTH) -> int:
    """Operations of comparing every query with every key and mixing the values: the table of one block."""
    with torch.device("meta"):
        x = torch.zeros(1, length, width)
        mask = torch.ones(length, length, dtype=torch.bool)
        return operations(lambda: attention(x, x, x, mask))


def block_operations(length: int, width: int = WIDTH, heads: int = 1, mlp: int | None = None) -> int:
    """Operations of one whole block of the book's transformer: projections, table and MLP.

    Args:
        length: of the sequence.
        width: of the residual stream.
        heads: how many heads share it.
        mlp: hidden units; None means four times the width.
    """
    with torch.device("meta"):
        # Without LayerNorms, whose few operations a token do not count here; folding their biases would.
        config = ModelConfig(length=length, layers=1, heads=heads, width=width, mlp=mlp or 4 * width, block_norm=False)
        block, stream = Block(config, 1, 0), torch.zeros(1, 1, length, width)
        mask = torch.ones(length, length, dtype=torch.bool)
        return operations(lambda: block(stream, mask, Watch()))


def plain(q: Tensor, k: Tensor, v: Tensor) -> Tensor:
    """The book's own attention, with a causal mask made in advance."""
    return attention(q, k, v, _causal(q.shape[-2]))[0]


def fused(q: Tensor, k: Tensor, v: Tensor) -> Tensor:
    """Torch's fused attention, where one argument says that the mask is causal."""
    return F.scaled_dot_product_attention(q, k, v, is_causal=True)


def fused_masked(q: Tensor, k: Tensor, v: Tensor) -> Tensor:
    """Torch's fused attention, given the causal mask as a table."""
    return F.scaled_dot_product_attention(q, k, v, attn_mask=_causal(q.shape[-2]))


FORMS = {"plain": plain, "fused, mask as a table": fused_masked, "fused, causal": fused}
_MASKS = {length: torch.ones(length, length, dtype=torch.bool).tril() for length in LENGTHS}


def _causal(length: int) -> Tensor:
    return _MASKS[length]  # made once and outside of what is counted: a mask can serve every layer and head


def training_bytes(form: Callable[..., Tensor], length: int) -> int:
    """The most bytes that one head holds at a time in a forward and a backward pass, beyond its inputs."""
    q, k, v = _inputs(length, torch.float32)
    return peak_bytes(lambda: form(q, k, v).sum().backward())


def _inputs(length: int, dtype: torch.dtype) -> list[Tensor]:
    generator = torch.Generator().manual_seed(0)
    drawn = torch.randn(3, 1, 1, length, HEAD, dtype=torch.float64, generator=generator).to(dtype)
    return [x.clone().requires_grad_() for x in drawn]


def gap(dtype: torch.dtype, length: int = 512) -> float:
    """The largest difference between plain and fused attention, outputs and gradients, at one precision."""
    found = []
    for form in (plain, fused):
        inputs = _inputs(length, dtype)
        z = form(*inputs)
        found.append([z, *torch.autograd.grad(z.square().sum(), inputs)])
    return max(float((a - b).detach().abs().max()) for a, b in zip(*found, strict=True))


@result("cost.table.exponent", title="Exponent with which the operations of comparing and mixing grow with length",
        format=".2f")
def table_exponent(store: Store) -> Estimate:
    """Counted on tensors without contents."""
    return power(LENGTHS, [table_operations(n) for n in LENGTHS])


@result("cost.block.exponent", title="Exponent with which the operations of a whole block grow with length",
        format=".2f")
def block_exponent(store: Store) -> Estimate:
    """A block of width 64 with one head, over lengths from its width to 32 times that."""
    return power(LENGTHS, [block_operations(n) for n in LENGTHS])


def crossing(width: int) -> float:
    """The length at which comparing and mixing cost as much as the rest of a block, in tokens."""
    table = table_operations(width, width)
    rest = block_operations(width, width) - table
    return width * rest / table  # the rest grows with the length, the table with its square


@result("cost.crossing", title="Length at which comparing and mixing cost as much as the rest of a block",
        unit="widths", format=".0f")
def crossing_widths(store: Store) -> Estimate:
    """The same at every width."""
    return exact(crossing(WIDTH) / WIDTH, "counted operations of one block, MLP four times as wide as the stream")


@result("cost.crossing.opt-175b", unit="tokens", format=",.0f",
        title="Length at which comparing and mixing cost as much as the rest of a block of OPT-175B")
def crossing_opt(store: Store) -> Estimate:
    """Width 12,288."""
    return exact(crossing(12_288), "counted operations of one block of width 12,288")


@result("cost.plain.bytes-exponent", title="Exponent with which the peak bytes of plain attention grow with length",
        format=".2f")
def plain_exponent(store: Store) -> Estimate:
    return power(LENGTHS, [training_bytes(plain, n) for n in LENGTHS])


@result("cost.fused.bytes-exponent", title="Exponent with which the peak bytes of fused attention grow with length",
        format=".2f")
def fused_exponent(store: Store) -> Estimate:
    return power(LENGTHS, [training_bytes(fused, n) for n in LENGTHS])


@result("cost.fused-masked.bytes-exponent", format=".2f",
        title="Exponent with which the peak bytes of fused attention that is given a mask grow with length")
def fused_masked_exponent(store: Store) -> Estimate:
    return power(LENGTHS, [training_bytes(fused_masked, n) for n in LENGTHS])


@result("cost.fused.saving", title="Peak bytes of plain attention over those of fused attention at 2048 tokens",
        format=".0f")
def saving(store: Store) -> Estimate:
    """Forward and backward pass of one head."""
    return exact(training_bytes(plain, LENGTHS[-1]) / training_bytes(fused, LENGTHS[-1]),
                 f"counted bytes, one head of size {HEAD}, {LENGTHS[-1]} tokens, forward and backward")


@result("cost.fused.gap-double", title="Largest difference of plain and fused attention, double precision",
        format=".0e")
def gap_double(store: Store) -> Estimate:
    """Outputs and gradients."""
    return exact(gap(torch.float64), "largest over outputs and gradients, 512 tokens")


@result("cost.fused.gap-single", title="Largest difference of plain and fused attention, single precision",
        format=".0e")
def gap_single(store: Store) -> Estimate:
    """Outputs and gradients."""
    return exact(gap(torch.float32), "largest over outputs and gradients, 512 tokens")


def times(lengths: Sequence[int] = LENGTHS, repeats: int = 5) -> list[tuple[int, float, float]]:
    """Time both forms on this machine, for the curious; nothing in the book is judged by it.

    Returns:
        For each length: the length, and the least milliseconds that plain and fused attention took.
    """
    return [(length, *(_least_ms(form, length, repeats) for form in (plain, fused))) for length in lengths]


@torch.no_grad()
def _least_ms(form: Callable[..., Tensor], length: int, repeats: int) -> float:
    inputs, taken = _inputs(length, torch.float32), []
    for _ in range(repeats):
        start = time.perf_counter()
        form(*inputs)
        taken.append(1e3 * (time.perf_counter() - start))
    return min(taken)


def lengths() -> tuple[Figure, dict[str, list]]:
    """Operations of a block and bytes of a head against length."""
    table, block = ([count(n) for n in LENGTHS] for count in (table_operations, block_operations))
    rest = [b - t for b, t in zip(block, table, strict=True)]
    counted = {"comparing and mixing": table, "all the rest": rest, "whole block": block}
    held = {name: [training_bytes(form, n) for n in LENGTHS] for name, form in FORMS.items()}
    figure, axes = subplots(1, 2, height=3.4)
    growth(axes[0], LENGTHS, counted).set(title="operations of one block")
    growth(axes[1], LENGTHS, held).set(title="peak bytes of one head")
    return figure, growths.columns("length", LENGTHS, {**counted, **held})
