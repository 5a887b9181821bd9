"""Section "Do the instruments find the circuit?", its front page picture: who finds known edges."""

from collections.abc import Mapping
from typing import NamedTuple

from matplotlib.figure import Figure

from deref.figures.card import SMALL, bar, bare, card
from deref.sections.ch07.calibration.calibration import METHODS, OF_DRAWS, averaged, precision
from deref.sections.ch07.calibration.figures import COLOURS
from evidence.results import mean_t
from evidence.results.estimate import Estimate

# No flips: what is true is defined by them.
ROWS = {"weight": "attention weight", "eap": "EAP, by derivatives", "zero": "zero ablation", "path": "path patching",
        "mean": "mean ablation"}


class Row(NamedTuple):
    """How well a method ranks the true edges.

    Args:
        precision: average precision, mean over circuits.
        area: under the ROC curve, likewise.
    """

    precision: Estimate
    area: float


def front() -> tuple[Figure, dict[str, list]]:
    """Average precision of a few methods as bars, the worst first, and the area beside it as a number."""
    return picture({key: Row(mean_t(precision(key), OF_DRAWS, bounds=(0, 1)), float(averaged(key).mean()))
                    for key in ROWS})


def picture(found: Mapping[str, Row]) -> tuple[Figure, dict[str, list]]:
    """The same from measurements, of methods that have a name in `ROWS`."""
    figure, ax = card()
    data: dict[str, list] = {"method": [], "precision": [], "low": [], "high": [], "area": []}
    for place, key in enumerate(sorted(found, key=lambda key: found[key].precision.value)):
        precise, area = found[key]
        bar(ax, -place, precise, COLOURS[METHODS[key].kind], text=f"{precise.value:.2f}", height=0.34)
        ax.text(0, 0.22 - place, ROWS[key], va="bottom", fontweight="bold")
        ax.text(1.25, 0.22 - place, f"area {area:.2f}", va="bottom", ha="right", fontsize=SMALL)
        low, high = precise.ci or (precise.value, precise.value)
        for column, entry in zip(data.values(), (key, precise.value, low, high, area), strict=True):
            column.append(entry)
    bare(ax)
    ax.set(xlim=(0, 1.25), ylim=(0.7 - len(found), 0.75))
    ax.set_title("average precision on true edges", fontsize=SMALL)
    return figure, data
