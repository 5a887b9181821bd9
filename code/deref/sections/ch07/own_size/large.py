"""Section "The textbook's two models": the large one, of three layers, from its released record."""

from dataclasses import dataclass

from deref.sections.shared.book_records import measured
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


@dataclass(frozen=True)
class Measure:
    """A measure of the record.

    Args:
        name: there.
        words: what it is.
    """

    name: str
    words: str

    @property
    def title(self) -> str:
        """What results call it."""
        return f"{self.words}, the readable model of three layers, 32 cells"


def _family(words: dict[str, str]) -> dict[str, Measure]:
    return {name: Measure(name, said) for name, said in words.items()}


@result.each(_family(SHARES), "x.{measure}", title="{member.title}")
def share(store: Store, measure: Measure) -> Estimate:
    return mean_t(measured(measure.name), bounds=(0, 1))


@result.each(_family(WEIGHTS), "x.{measure}", format=".3f", title="{member.title}")
def weight(store: Store, measure: Measure) -> Estimate:
    return mean_t(measured(measure.name))


@result.each(_family(COUNTS), "x.{measure}", format=".1f", title="{member.title}")
def count(store: Store, measure: Measure) -> Estimate:
    return mean_t(measured(measure.name), bounds=(0, 32))
