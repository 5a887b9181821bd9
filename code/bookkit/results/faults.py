"""Faults as checks write them: something that is published twice, that nobody publishes, that is misspelt."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from difflib import get_close_matches

from sphinx.util import logging

from bookkit.parts.entries import Fault, Place
from bookkit.results.catalogue import Catalogue

log = logging.getLogger(__name__)


def at(place: Place, text: str) -> Fault:
    """A fault at some place."""
    return Fault(docname=place.docname, line=place.line, text=text)


def twice(entries: Iterable[tuple[str, Place]], what: str) -> Iterator[Fault]:
    """Ids that have two places; `what` says of an id what it does there."""
    places: dict[str, list[Place]] = defaultdict(list)
    for name, place in entries:
        places[name].append(place)
    for name, (first, *others) in places.items():
        for place in others:
            there = f"{first.docname}:{first.line}"
            yield at(place, f"{what.format(name)} twice, here and at {there}; an id has one place")


def missing(found: Catalogue, place: Place, kind: str, name: str, known: Iterable[str]) -> Iterator[Fault]:
    """Something that the text names and that this build does not have, unless it cannot be the text's fault."""
    if name in found.absent:
        log.info("%s:%s: no %s %r: %s", place.docname, place.line, kind, name, found.absent[name])
    elif found.partial:
        log.info("%s:%s: %s %r is not in release %s; a full build computes it", place.docname, place.line, kind, name,
                 found.fast)
    else:
        yield at(place, f"no page publishes the {kind} {name!r}{nearest(name, known)}")


def nearest(name: str, known: Iterable[str]) -> str:
    """The names that are most like one that is not known, as the end of a sentence; empty where none is like it."""
    near = get_close_matches(name, list(known), n=3)
    return f"; the nearest are {', '.join(near)}" if near else ""
