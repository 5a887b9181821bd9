"""How pages compute numbers of the section "The causal trace" again."""

from typing import Any

from deref.probes.pointer.trace import CLASSES
from deref.sections.ch07.trace.trace import (
    CELL,
    LEFT,
    MAPPED,
    MEMORIES,
    MODELS,
    NEEDED,
    OF_MEMBER,
    READOUT,
    TWO_ALGORITHMS,
    WAITS,
    Place,
)
from deref.sections.shared.models import large_32
from deref.sections.shared.recipes import MEASURED, SHOWN, SOLVING, Memories, Recipe

_TRACED = Memories(MEMORIES, few=True)


def _at(place: Place, direction: str = "denoise", **more: Any) -> dict[str, Any]:
    return {"direction": direction, "row": place.row, "place": CLASSES[place.kind], **more}


def _of_member(place: Place, **more: Any) -> Recipe:
    return Recipe(chosen=place.chosen, measure="recovery-by-memory", over="only", seeds=SHOWN, memories=_TRACED,
                  at=_at(place, **more), close=MEASURED)


def _beyond(**bound: float) -> Recipe:
    return Recipe(chosen=large_32, measure="addresses-beyond", over="only", seeds=SHOWN, memories=_TRACED,
                  at=_at(Place(chosen=large_32, kind=CELL), **bound))


RECIPES = {
    **{f"trace.{name}.{key}-after-{row}": _of_member(place) for (name, key, row), place in OF_MEMBER.items()},
    **{f"trace.{name}.{key}-needed-1": _of_member(place, direction="noise") for (name, key), place in NEEDED.items()},
    **{f"trace.{name}.kept": Recipe(chosen=chosen, measure="kept", over="only", seeds=SHOWN, memories=_TRACED)
       for name, chosen in MODELS.items()},
    "trace.large-32.waits": _beyond(above=WAITS),
    "trace.large-32.left": _beyond(below=LEFT),
    **{f"trace.large-32.at-{MAPPED}-{key}": _of_member(Place(chosen=large_32, kind=kind), address=MAPPED)
       for key, kind in {"cell": CELL, "readout": READOUT}.items()},
    **{f"{name}.{key}-after-1": Recipe(chosen=place.chosen, measure="recovery", over="mean", seeds=SOLVING,
                                       memories=_TRACED, at=_at(place), close=MEASURED)
       for (name, key), place in TWO_ALGORITHMS.items()},
}
