"""Section "Weight is not flow": two written heads, and how well weight ranks the edges of trained models."""

from copy import deepcopy
from dataclasses import dataclass
from functools import cache

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor

from deref.constructions.misleading_heads import FETCHING, MISLEADING, misleading_heads
from deref.experiment import Experiment
from deref.probes.base.memories import few_memories, probe_memories
from deref.probes.measures.edges import Edges, edge_effects, rank_correlation, same_first
from deref.sections.ch06.depth import depth
from deref.sections.shared.models import gather, large_32, legible_8
from deref.sections.shared.solving import solving
from deref.tasks.pointer import PointerTask
from evidence.results import exact, mean_t, result
from evidence.results.estimate import Estimate
from evidence.runs import Run, Store

CELLS, MEMORIES = 8, 8
STRONG = 0.05  # of a head's weight
TRAINED = {"legible-8": legible_8, "gather": gather, "depth-24": depth.ARMS["heads"], "large-32": large_32}
MEASURES = {"weight": "weight", "norm": "weight times value"}
EFFECTS = {"cut": "cutting the edge", "flip": "flipping the bit that it tells"}


@cache
def written() -> Edges:
    """The edges of the model with misleading heads, on every memory of eight cells."""
    model, task = misleading_heads(CELLS)
    return edge_effects(model, task, probe_memories(PointerTask(M=CELLS)))


def on_cell(values: Float[Tensor, "seed memory address head cell"], head: int) -> Float[Tensor, "memory address"]:
    """What one written head has at the cell that it looks at: the addressed one, or that with all bits inverted."""
    address = torch.arange(CELLS)
    cell = address if head == FETCHING else CELLS - 1 - address
    return values[0, :, address, head, cell]


def _every(what: str) -> str:
    return f"{what} over every address of every memory of {CELLS} cells"


@result("weight.stare.weight", title="Weight of the staring head on the cell that it looks at", format=".7f")
def stare_weight(store: Store) -> Estimate:
    return exact(on_cell(written().weight, MISLEADING).min(), _every("smallest"))


@result("weight.stare.effect", title="Largest effect on the margin of any edge of the staring head", format=".0f",
        unit="logits")
def stare_effect(store: Store) -> Estimate:
    edges = written()
    return exact(max(effect[..., MISLEADING, :].abs().max() for effect in (edges.cut, edges.flip)), _every("largest"))


@result("weight.glance.weight", title="Weight of the glancing head on the addressed cell", format=".3f")
def glance_weight(store: Store) -> Estimate:
    return exact(on_cell(written().weight, FETCHING).max(), _every("largest"))


@result("weight.glance.effect", title="Share of the margin lost without the glancing head's edge to the addressed cell",
        format=".1%")
def glance_effect(store: Store) -> Estimate:
    edges = written()
    return exact((on_cell(edges.cut, FETCHING) / edges.margin[0]).min(), _every("smallest"))


@result("weight.written.accuracy", title="Accuracy of the written model with the glancing and the staring head",
        format=".0%")
def right(store: Store) -> Estimate:
    return exact((written().margin > 0).double().mean(), _every("mean"))


@dataclass(frozen=True, kw_only=True, eq=False)
class Ranked:
    """How well readings of the edges of a run's solving seeds rank their effects. Every value is one of each seed.

    Args:
        every: rank correlations over all edges, by reading (a key of `MEASURES`) and effect (a key of `EFFECTS`).
        strong: the same over edges with more than `STRONG` of the weight.
        first: the share of questions in which weight and flip are largest at one edge.
        through: the share of a flip's whole effect that passes along the edges to the addressed cell.
    """

    every: dict[tuple[str, str], Float[np.ndarray, "solving"]]
    strong: dict[tuple[str, str], Float[np.ndarray, "solving"]]
    first: Float[np.ndarray, "solving"]
    through: Float[np.ndarray, "solving"]


@cache  # many results and a figure read one measurement
def ranked(run: Run) -> Ranked:
    """Rank the edges of the solving seeds of a run.

    In float64, because float32 would rank the rounding errors of the many edges that do next to nothing.
    """
    task = run.config.task
    edges = edge_effects(deepcopy(run.model).double(), task, few_memories(task, MEMORIES))
    kept = {name: getattr(edges, name)[[*solving(run)]] for name in ("margin", "weight", "norm", "cut", "flip")}
    every, strong = ({(measure, effect): rank_correlation(kept[measure], kept[effect], among)
                      for measure in MEASURES for effect in EFFECTS} for among in (None, kept["weight"] > STRONG))
    address = torch.arange(task.M)
    own = kept["flip"][:, :, address, :, address].sum(-1).permute(1, 2, 0)  # all heads, (solving, memory, address)
    through = own.mean((1, 2)) / (2 * kept["margin"].mean((1, 2)))  # a flip that arrives whole turns the margin round
    return Ranked(every=every, strong=strong, first=same_first(kept["weight"], kept["flip"]), through=through.numpy())


@dataclass(frozen=True, kw_only=True)
class Pair:
    """A reading of edges and an effect, to be ranked against each other.

    Args:
        chosen: the experiment whose edges they are.
        measure: the reading, a key of `MEASURES`.
        effect: a key of `EFFECTS`.
    """

    chosen: Experiment
    measure: str
    effect: str

    @property
    def words(self) -> str:
        """Both, as titles say it."""
        return f"{MEASURES[self.measure]} with {EFFECTS[self.effect]}"


PAIRS = {(key, measure, effect): Pair(chosen=chosen, measure=measure, effect=effect)
         for key, chosen in TRAINED.items() for measure in MEASURES for effect in EFFECTS}
# one head's weights sum to one, so hardly a question has several strong edges
SEVERAL_HEADS = {key: pair for key, pair in PAIRS.items() if pair.chosen.config.model.heads > 1}


@result.each(PAIRS, "weight.{ensemble}.by-{measure}-{effect}", format=".2f",
             title="Rank correlation of {member.words}, over all edges of {ensemble}")
def correlation(store: Store, pair: Pair) -> Estimate:
    found = ranked(pair.chosen.run(store)).every[pair.measure, pair.effect]
    return mean_t(found, bounds=(-1, 1))


@result.each(SEVERAL_HEADS, "weight.{ensemble}.strong-{measure}-{effect}", format=".2f",
             title="Rank correlation of {member.words}, over edges with more than a twentieth of the weight of "
                   "{ensemble}")
def strong_correlation(store: Store, pair: Pair) -> Estimate:
    found = ranked(pair.chosen.run(store)).strong[pair.measure, pair.effect]
    return mean_t(found, bounds=(-1, 1))


@result.each(TRAINED, "weight.{ensemble}.first", format=".0%",
             title="Questions in which the edge with most weight tells most of a bit, {ensemble}")
def first(store: Store, chosen: Experiment) -> Estimate:
    return mean_t(ranked(chosen.run(store)).first, bounds=(0, 1))


@result.each(TRAINED, "weight.{ensemble}.through", format=".0%",
             title="Share of the answer that passes along the last layer's edges to the addressed cell, {ensemble}")
def through(store: Store, chosen: Experiment) -> Estimate:
    return mean_t(ranked(chosen.run(store)).through)
