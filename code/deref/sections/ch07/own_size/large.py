"""Section "The textbook's two models": the large one, of three layers, from its released weights, beside large-32."""

from dataclasses import dataclass
from functools import cache

import numpy as np
from jaxtyping import Float

from deref.model.transformer import Transformer
from deref.probes.base.answers import accuracy
from deref.probes.base.memories import probe_memories
from deref.sections.shared.book_reading import measures, transformer
from deref.sections.shared.book_records import record
from deref.sections.shared.book_weights import PART, members
from deref.sections.shared.models import LARGE, large_32, runs
from evidence.results import exact, mean_t, result
from evidence.results.estimate import Estimate
from evidence.runs import Store

LAYERS, HEADS = (1, 2, 3), (1, 2, 3, 4)
SHARES = {
    "right": "Right answers", "flip.addressed": "Answers that follow a flip of the addressed cell",
    "flip.other": "Answers that change when another cell is flipped",
    **{f"uniform-{layer}": f"Right answers with uniform attention in layer {layer}" for layer in LAYERS},
}
WEIGHTS = {
    **{f"address-{layer}": f"Weight of layer {layer} on address tokens, mean over heads" for layer in LAYERS},
    **{f"cell-{layer}": f"Weight of layer {layer} on the addressed cell, mean over heads" for layer in LAYERS},
    **{f"head-{place}": f"Weight on the addressed cell of the head of layer 3 that is number {place} by this weight"
       for place in HEADS},
    "together": "Weight of the heads of layer 3 on the addressed cell, added up",
    **{f"trace.{name}-{row}": f"Recovery at {words}, {'embedding' if row == 0 else f'after layer {row}'}"
       for name, words in (("cell", "the addressed cell"), ("others", "other cells"), ("bits", "the address bits"),
                           ("readout", "the readout")) for row in (0, *LAYERS)},
}
COUNTS = {
    "covered": "Addresses that some head behind layer 1 covers",
    "covered-last": "Addresses that the heads of layer 3 cover together",
    "best-head": "Addresses that the best head of layer 3 covers",
}


TASK = LARGE
TWO_LAYERS = ("right", "flip.addressed", "flip.other", "address-1", "cell-1", "cell-2", "covered", "covered-last",
              "together", "best-head", "uniform-1", "uniform-2", "trace.cell-1", "trace.readout-1")
"""What is told of `large-32` too, whose last layer is the second."""


@cache
def _read(model: Transformer) -> dict[str, Float[np.ndarray, "seed"]]:
    return {name: value.numpy() for name, value in measures(model, TASK).items()}


def read() -> dict[str, Float[np.ndarray, "seed"]]:
    """Every measure of the textbook's model, by name, of every released seed.

    Raises:
        Absent: no seed is released.
    """
    return _read(members())


def read_two(store: Store) -> dict[str, Float[np.ndarray, "seed"]]:
    """Every measure of `large-32`, by name, of every seed that is trained."""
    found = [_read(transformer(run)) for run in runs(large_32, store)]
    return {name: np.concatenate([one[name] for one in found]) for name in found[0]}


@dataclass(frozen=True)
class Measure:
    """A measure of one of the two models.

    Args:
        name: as `deref.sections.shared.book_reading.measures` calls it.
        words: what it is.
        layers: of the model: three of the textbook's, two of `large-32`.
    """

    name: str
    words: str
    layers: int

    @property
    def title(self) -> str:
        """What results call it."""
        if self.layers == 2:
            return f"{self.words.replace('layer 3', 'layer 2')}, large-32"
        return f"{self.words}, the readable model of three layers, 32 cells"

    def values(self, store: Store) -> Float[np.ndarray, "seed"]:
        """Its values, of the seeds that have one."""
        found = (read() if self.layers == 3 else read_two(store))[self.name]
        return found[np.isfinite(found)]


def _family(words: dict[str, str]) -> dict[tuple[str, str], Measure]:
    return {("x", name): Measure(name, said, 3) for name, said in words.items()} | {
        ("read32", name): Measure(name, said, 2) for name, said in words.items() if name in TWO_LAYERS}


@result.each(_family(SHARES), "{model}.{measure}", title="{member.title}")
def share(store: Store, measure: Measure) -> Estimate:
    return mean_t(measure.values(store), bounds=(0, 1))


@result.each(_family(WEIGHTS), "{model}.{measure}", format=".3f", title="{member.title}")
def weight(store: Store, measure: Measure) -> Estimate:
    return mean_t(measure.values(store))


@result.each(_family(COUNTS), "{model}.{measure}", format=".1f", title="{member.title}")
def count(store: Store, measure: Measure) -> Estimate:
    return mean_t(measure.values(store), bounds=(0, TASK.M))


SPREAD = {name: Measure(name, {**SHARES, **WEIGHTS}[name], 3) for name in ("right", "trace.cell-2", "trace.readout-2")}


@result.each(SPREAD, "x.least.{measure}", format=".2f", title="{member.title}, the seed with least of it")
def least(store: Store, measure: Measure) -> Estimate:
    found = measure.values(store)
    return exact(found.min(), f"least of {len(found)} seeds")


@result.each(SPREAD, "x.most.{measure}", format=".2f", title="{member.title}, the seed with most of it")
def most(store: Store, measure: Measure) -> Estimate:
    found = measure.values(store)
    return exact(found.max(), f"most of {len(found)} seeds")


BEST = {name: Measure(name, {**WEIGHTS, **COUNTS}[name], 3) for name in ("covered", "trace.cell-2")}


@result.each(BEST, "x.best.{measure}", format=".2g", title="{member.title}, the seed that answers most")
def of_best(store: Store, measure: Measure) -> Estimate:
    value = read()[measure.name][read()["right"].argmax()]
    return exact(value, f"the seed that answers most, of {len(members().seeds)}")


@result("x.rounding", format=".2%", title="Right answers of the readable model of three layers, 32 cells, with its "
                                          "weights rounded, less those of the trained one")
def rounding(store: Store) -> Estimate:
    before = np.array(record(PART).columns["right"])
    return mean_t(accuracy(members(), TASK, probe_memories(TASK)).numpy() - before)
