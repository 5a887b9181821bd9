"""Section "The textbook's two models": the large one, of three layers, from its released record."""

from dataclasses import dataclass
from functools import cache

import numpy as np
from jaxtyping import Float

from deref.sections.shared.book_models import model_x
from deref.sections.shared.book_reading import measures, right
from deref.sections.shared.book_records import record
from deref.sections.shared.book_weights import PART, members
from evidence.results import mean_t, result
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
    **{f"head-{head}": f"Weight of head {head} of layer 3 on the addressed cell" for head in HEADS},
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


TASK = model_x().task


@cache
def read() -> dict[str, Float[np.ndarray, "seed"]]:
    """Every measure, by name, of every released seed.

    Raises:
        Absent: no seed is released.
    """
    return {name: value.numpy() for name, value in measures(members(), TASK).items()}


@dataclass(frozen=True)
class Measure:
    """A measure of the model.

    Args:
        name: as `deref.sections.shared.book_reading.measures` calls it.
        words: what it is.
    """

    name: str
    words: str

    @property
    def title(self) -> str:
        """What results call it."""
        return f"{self.words}, the readable model of three layers, 32 cells"

    @property
    def values(self) -> Float[np.ndarray, "seed"]:
        """Its values, of the seeds that have one."""
        return read()[self.name][np.isfinite(read()[self.name])]


def _family(words: dict[str, str]) -> dict[str, Measure]:
    return {name: Measure(name, said) for name, said in words.items()}


@result.each(_family(SHARES), "x.{measure}", title="{member.title}")
def share(store: Store, measure: Measure) -> Estimate:
    return mean_t(measure.values, bounds=(0, 1))


@result.each(_family(WEIGHTS), "x.{measure}", format=".3f", title="{member.title}")
def weight(store: Store, measure: Measure) -> Estimate:
    return mean_t(measure.values)


@result.each(_family(COUNTS), "x.{measure}", format=".1f", title="{member.title}")
def count(store: Store, measure: Measure) -> Estimate:
    return mean_t(measure.values, bounds=(0, TASK.M))


@result("x.rounding", format=".2%", title="Right answers of the readable model of three layers, 32 cells, with its "
                                          "weights rounded, less those of the trained one")
def rounding(store: Store) -> Estimate:
    return mean_t(right(members(), TASK).numpy() - np.array(record(PART).columns["right"]))
