"""Section "What attention costs": which part of a large model's operations its MLPs take, from published shapes."""

from dataclasses import dataclass
from itertools import pairwise

import torch
from matplotlib.figure import Figure

from deref.figures.style import PALETTE, subplots
from deref.model.parts import Linear
from deref.probes.measures.costs import operations
from deref.sections.ch06.cost.cost import block_operations
from evidence.results import exact, result
from evidence.results.estimate import Estimate
from evidence.runs import Store

LENGTH = 2_048  # tokens that these models were trained on at a time
VOCABULARY = 50_272
PARTS = ("MLPs", "projections of attention", "comparing and mixing", "unembedding")


@dataclass(frozen=True)
class Shape:
    """The shape of a published model; its MLPs are four times as wide as its stream.

    Source:
        Zhang et al., OPT: Open Pre-trained Transformer Language Models (2022), table 1.
    """

    layers: int
    heads: int
    width: int


OPT = {
    "125M": Shape(12, 12, 768),
    "350M": Shape(24, 16, 1_024),
    "1.3B": Shape(24, 32, 2_048),
    "2.7B": Shape(32, 32, 2_560),
    "6.7B": Shape(32, 32, 4_096),
    "13B": Shape(40, 40, 5_120),
    "30B": Shape(48, 56, 7_168),
    "66B": Shape(64, 72, 9_216),
    "175B": Shape(96, 96, 12_288),
}


def parts(shape: Shape, length: int = LENGTH) -> dict[str, int]:
    """Count the operations of one forward pass, part by part, on a model without contents.

    Args:
        shape: of the model.
        length: of the sequence, every query compared with every key, as plain attention does.

    Returns:
        Operations by the names of `PARTS`.
    """
    width = shape.width
    with torch.device("meta"):
        stream = torch.zeros(1, 1, length, width)
        wide, narrow = Linear(1, width, 4 * width), Linear(1, 4 * width, width)
        project, unembedding = Linear(1, width, width), Linear(1, width, VOCABULARY)
        mlp = operations(lambda: narrow(wide(stream)))
        projections = 4 * operations(lambda: project(stream))
        last = operations(lambda: unembedding(stream))
    table = block_operations(length, width, shape.heads) - mlp - projections
    counts = (shape.layers * mlp, shape.layers * projections, shape.layers * table, last)
    return dict(zip(PARTS, counts, strict=True))


def share(shape: Shape) -> float:
    """The MLPs' share of all counted operations."""
    counted = parts(shape)
    return counted["MLPs"] / sum(counted.values())


@result.each({name.lower(): name for name in OPT}, "share.opt-{size}",
             title="Share of the MLPs in the operations of OPT-{member}")
def share_of_mlps(store: Store, name: str) -> Estimate:
    return exact(share(OPT[name]), f"counted matrix products of one forward pass over {LENGTH} tokens")


@result("share.least-rise", title="Least change of the MLPs' share from one OPT model to the next larger one",
        format=".2%")
def least_rise(store: Store) -> Estimate:
    """Positive if the share grows with every step in size."""
    found = [share(shape) for shape in OPT.values()]
    return exact(min(b - a for a, b in pairwise(found)), "least of eight steps in size")


@result("share.limit", title="Share of the MLPs in a block's operations without comparing and mixing")
def limit(store: Store) -> Estimate:
    """What the share approaches as the width outgrows the length."""
    counted = parts(OPT["175B"])
    return exact(counted["MLPs"] / (counted["MLPs"] + counted["projections of attention"]),
                 "counted matrix products of MLPs and projections alone")


def stack() -> tuple[Figure, dict[str, list]]:
    """The parts of every OPT model's operations, as shares of the whole."""
    counted = {name: parts(shape) for name, shape in OPT.items()}
    figure, ax = subplots(height=3.2)
    left = [0.0] * len(OPT)
    for part, colour in zip(PARTS, ("blue", "orange", "vermilion", "sky"), strict=True):
        values = [found[part] / sum(found.values()) for found in counted.values()]
        ax.barh(list(OPT), values, left=left, color=PALETTE[colour], label=part, height=0.7)
        left = [a + b for a, b in zip(left, values, strict=True)]
    ax.axvline(0.8, color=PALETTE["black"], linestyle=":", linewidth=1.2)
    ax.invert_yaxis()
    ax.grid(False)
    ax.set(xlabel="share of the operations", ylabel="OPT model", xlim=(0, 1))
    figure.legend(loc="outside upper center", ncols=2, fontsize="small")
    rows = [(name, part, found[part]) for name, found in counted.items() for part in PARTS]
    return figure, dict(zip(("model", "part", "operations"), map(list, zip(*rows, strict=True)), strict=True))
