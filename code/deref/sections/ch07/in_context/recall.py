"""Section "Recall in context": networks that learn to recall values by their keys, from a released record."""

from dataclasses import dataclass
from functools import cache

import numpy as np
from jaxtyping import Float
from matplotlib.figure import Figure

from deref.figures.style import PALETTE, subplots
from deref.sections.ch07.in_context.arms import ARCHITECTURES, GRID, RATES, SIZES, Architecture
from evidence.results import exact, mean_t, result
from evidence.results.estimate import Estimate
from evidence.runs import Store
from evidence.runs.sweep_record import SweepRecord, record_path

SHA256 = "e6f12a7d5a316e70ae7a9e48a8d3dc2c13795c732b3434d14626dc3f1baaa0e2"


@cache
def record() -> SweepRecord:
    """The released record of trained networks, exactly the one that the text was written for."""
    return SweepRecord.read(record_path("recall-trained"), SHA256)


@dataclass(frozen=True, kw_only=True)
class Point:
    """One network on one task at one learning rate."""

    network: str
    pairs: int
    rate: str

    @property
    def name(self) -> str:
        """What titles call the network."""
        return ARCHITECTURES[self.network].name

    @property
    def title(self) -> str:
        """What titles call it."""
        return f"{self.name}, {self.pairs} pairs, learning rate {RATES[self.rate]:g}"

    def column(self, name: str) -> Float[np.ndarray, "seed"]:
        """A column of the record, one number a seed.

        Args:
            name: "right", the share of questions answered rightly, or "known", with any value of the sequence.
        """
        return np.array([row[name] for row in record().rows(network=self.network, pairs=self.pairs, rate=self.rate)])


POINTS = {(network, str(pairs), rate): Point(network=network, pairs=pairs, rate=rate) for network, pairs, rate in GRID}


@result.each(POINTS, "recall.{network}.{pairs}.at-{rate}", format=".0%",
             title="Share of questions answered rightly, {member.title}")
def right(store: Store, point: Point) -> Estimate:
    return mean_t(point.column("right"), "seeds", (0, 1))


@result.each(POINTS, "recall.{network}.{pairs}.known-at-{rate}", format=".0%",
             title="Share of questions answered with any value of the sequence, {member.title}")
def known(store: Store, point: Point) -> Estimate:
    return mean_t(point.column("known"), "seeds", (0, 1))


def window_means(network: str, pairs: int) -> Float[np.ndarray, "rate"]:
    """The share of right answers at each learning rate, mean over seeds.

    Args:
        network: a key of `ARCHITECTURES`.
        pairs: one of `SIZES`.
    """
    return np.array([POINTS[network, str(pairs), rate].column("right").mean() for rate in RATES])


WINDOWS = {(network, str(pairs)): Point(network=network, pairs=pairs, rate="1") for network, pairs, _ in GRID}


@result.each(WINDOWS, "recall.{network}.{pairs}.best", format=".0%",
             title="Share of questions answered rightly at the best of four learning rates, {member.name}, {pairs} "
                   "pairs")
def best(store: Store, point: Point) -> Estimate:
    return exact(window_means(point.network, point.pairs).max(), "largest of the means at four rates")


@result.each(WINDOWS, "recall.{network}.{pairs}.worst", format=".0%",
             title="Share of questions answered rightly at the worst of four learning rates, {member.name}, {pairs} "
                   "pairs")
def worst(store: Store, point: Point) -> Estimate:
    return exact(window_means(point.network, point.pairs).min(), "smallest of the means at four rates")


@result.each({str(pairs): pairs for pairs in SIZES}, "recall.guess.{pairs}", format=".0%",
             title="Right answers of a guess among the values of {member} pairs")
def guess(store: Store, pairs: int) -> Estimate:
    return exact(1 / pairs, "every value of the sequence is equally likely")


@result.each(ARCHITECTURES, "recall.{network}.parameters", format=",d",
             title="Parameters of {member.name}, 16 pairs")
def parameters(store: Store, network: Architecture) -> Estimate:
    return exact(network.parameters(16), "counted")


@result.each(ARCHITECTURES, "recall.{network}.state", format=",d",
             title="Numbers that {member.name} keeps of 16 pairs")
def state(store: Store, network: Architecture) -> Estimate:
    return exact(network.state(32), "counted, for 32 tokens")


def window() -> tuple[Figure, dict[str, list]]:
    """Accuracy against the learning rate, a line for each network through the means, and a dot for each seed."""
    figure, axes = subplots(1, len(SIZES), sharey=True, height=3.8)
    data: dict[str, list] = {"network": [], "pairs": [], "rate": [], "seed": [], "right": []}
    for ax, pairs in zip(axes, SIZES, strict=True):
        for shift, (network, arch) in zip((0.91, 0.97, 1.03, 1.09), ARCHITECTURES.items(), strict=True):
            points = [POINTS[network, str(pairs), rate] for rate in RATES]
            places = [rate * shift for rate in RATES.values()]  # side by side, so that no dot hides another
            found = [point.column("right") for point in points]
            ax.plot(places, [x.mean() for x in found], color=PALETTE[arch.colour], label=arch.name, linewidth=1.4)
            for place, point, values in zip(places, points, found, strict=True):
                ax.plot([place] * len(values), values, "o", color=PALETTE[arch.colour], markersize=3)
                for seed, value in enumerate(values.tolist()):
                    row = (network, pairs, RATES[point.rate], seed, value)
                    for column, entry in zip(data.values(), row, strict=True):
                        column.append(entry)
        ax.axhline(1 / pairs, color=PALETTE["black"], linestyle=":", linewidth=1)
        ax.set(title=f"{pairs} pairs", xscale="log", xlim=(0.0007, 0.043), ylim=(0, 1.05), xlabel="learning rate")
        ax.set_xticks(list(RATES.values()), [f"{rate:g}" for rate in RATES.values()], fontsize="small", rotation=45)
        ax.minorticks_off()
    axes[0].set_ylabel("right answers")
    figure.legend(*axes[0].get_legend_handles_labels(), loc="outside lower center", ncols=2)
    return figure, data
