"""Section "Composing lookups": what models chain that were trained until little changed, from a released record."""

from dataclasses import dataclass
from functools import cache

import numpy as np
from jaxtyping import Int
from matplotlib.figure import Figure

from deref.figures.style import PALETTE, subplots
from deref.sections.ch06.hops.hops import CELLS, HOPS
from deref.sections.shared.solving import SOLVED
from evidence.results import result, share
from evidence.results.estimate import Estimate
from evidence.runs import Store
from evidence.runs.sweep_record import SweepRecord, record_path

SHA256 = "617d7dac8c26ce3fa2b6f0380113470f9609867ac6fe513bd1b3c786e7a7c996"
DEPTHS = {1: "one layer", 2: "two layers"}


@cache
def record() -> SweepRecord:
    """The released record of the sweep `hops`, exactly the one that the text was written for."""
    return SweepRecord.read(record_path("hops"), SHA256)


def chained(layers: int) -> Int[np.ndarray, "seed"]:
    """How many lookups each seed chains: the largest number of hops that it solves along with all smaller ones."""
    solved = np.array([[row[f"h{hops}"] > SOLVED for hops in HOPS] for row in record().rows(layers=layers)])
    return solved.cumprod(axis=1).sum(axis=1)


@dataclass(frozen=True)
class Chain:
    """So many lookups, to be chained by so many layers."""

    layers: int
    lookups: int

    @property
    def title(self) -> str:
        """What titles call it."""
        return f"{self.lookups} lookup{'s' * (self.lookups > 1)} or more, {DEPTHS[self.layers]} of four heads"


CHAINS = {(str(layers), str(hops)): Chain(layers, hops) for layers in DEPTHS for hops in HOPS}


@result.each(CHAINS, "converged.l{layers}.h{hops}", format=".0%",
             title="Share of seeds that chain {member.title}, causal mask, trained until little changed")
def share_chaining(store: Store, chain: Chain) -> Estimate:
    found = chained(chain.layers)
    return share(found >= chain.lookups)


def accuracies() -> tuple[Figure, dict[str, list]]:
    """The accuracy of every seed on each number of hops, with one layer and with two."""
    figure, axes = subplots(1, len(DEPTHS), sharey=True, height=3.0)
    data: dict[str, list] = {"layers": [], "seed": [], "hops": [], "accuracy": []}
    for ax, (layers, title) in zip(axes, DEPTHS.items(), strict=True):
        rows = record().rows(layers=layers)
        spread = np.linspace(-0.2, 0.2, len(rows))
        for hops in HOPS:
            ax.plot(hops + spread, [row[f"h{hops}"] for row in rows], "o", color=PALETTE["blue"], markersize=4)
        ax.axhline(1 / (CELLS - 1), color=PALETTE["black"], linestyle=":", linewidth=1)
        ax.set(title=title, xlabel="hops", xticks=HOPS, ylim=(0, 1.05))
        for row in rows:
            for hops in HOPS:
                for column, value in zip(data.values(), (layers, row["seed"], hops, row[f"h{hops}"]), strict=True):
                    column.append(value)
    axes[0].set_ylabel("accuracy")
    return figure, data
