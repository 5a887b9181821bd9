"""How pages compute numbers of the section "The causal trace" again."""

from typing import Any

from deref.probes.pointer.trace import CLASSES
from deref.sections.ch07.trace.trace import (
    CELL,
    LEFT,
    MAPPED,
    MEMORIES,
    NEEDED,
    OF_MEMBER,
    READOUT,
    TWO_ALGORITHMS,
    WAITS,
    Place,
)
from deref.sections.shared.models import large_32
from deref.sections.shared.recipes import MEASURED, SHOWN, SOLVING, Memories, Recipe

# what the page publishes: the probe knows more places
_PLACES = {"large-32": (("cell", "0"), ("cell", "1"), ("readout", "1"), ("bits", "1"), ("later", "1"),
                        ("readout", "2")),
           "legible-8": (("cell", "1"), ("readout", "1"))}
_TRACED = Memories(MEMORIES, few=True)


def _at(place: Place, direction: str = "denoise", **more: Any) -> dict[str, Any]:
    return {"direction": direction, "row": place.row, "place": CLASSES[place.kind], **more}


def _of_member(place: Place, **more: Any) -> Recipe:
    return Recipe(chosen=place.chosen, measure="recovery-by-memory", over="only", seeds=SHOWN, memories=_TRACED,
                  at=_at(place, **more), close=MEASURED)


def _beyond(**bound: float) -> Recipe:
    return Recipe(chosen=large_32, measure="addresses-beyond", over="only", seeds=SHOWN, memories=_TRACED,
                  at={**_at(Place(chosen=large_32, kind=CELL)), **bound})


RECIPES = {
    **{f"trace.{name}.{key}-after-{row}": _of_member(OF_MEMBER[name, key, row])
       for name, places in _PLACES.items() for key, row in places},
    **{f"trace.large-32.{key}-needed-1": _of_member(NEEDED["large-32", key], direction="noise")
       for key in ("cell", "readout")},
    "trace.large-32.kept": Recipe(chosen=large_32, measure="kept", over="only", seeds=SHOWN, memories=_TRACED),
    "trace.large-32.waits": _beyond(above=WAITS),
    "trace.large-32.left": _beyond(below=LEFT),
    **{f"trace.large-32.at-{MAPPED}-{key}": _of_member(Place(chosen=large_32, kind=kind), address=MAPPED)
       for key, kind in {"cell": CELL, "readout": READOUT}.items()},
    **{f"{name}.{key}-after-1": Recipe(chosen=place.chosen, measure="recovery", over="mean", seeds=SOLVING,
                                       memories=_TRACED, at=_at(place), close=MEASURED)
       for (name, key), place in TWO_ALGORITHMS.items()},
}
