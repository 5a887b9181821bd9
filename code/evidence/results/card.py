"""`introduce`: say once, with numbers from configurations, what something is that the book returns to."""

import base64
import re
from collections.abc import Iterable
from dataclasses import dataclass

from evidence.results.shown import emit

CARD = "book.card"
"""The key of a card in the metadata of an output. It stands here and not in `keys`, which every chapter imports: a book
that has no cards computes nothing again because of it."""

_ID = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
PNG = b"\x89PNG\r\n\x1a\n"
LARGEST = 8_000
"""Bytes of a map: it is part of every page that names its model."""


@dataclass(frozen=True, kw_only=True)
class Card:
    """What readers need to know of a model when a page names it.

    Args:
        id: lower-case words, figures and hyphens, such as "large-32".
        title: what pages call it.
        about: what it is, in one sentence.
        facts: its size, its seeds and the like, a few words each.
        map: a small picture as PNG; empty where there is none.

    Raises:
        ValueError: an id of another form, a text that is empty, or a map that is no PNG or too large.
    """

    id: str
    title: str
    about: str
    facts: tuple[str, ...]
    map: bytes = b""

    def __post_init__(self) -> None:
        if not isinstance(self.id, str) or not _ID.fullmatch(self.id):
            raise ValueError(f"expected lower-case words, figures and hyphens as the id of a card, got {self.id!r}")
        for text in (self.title, self.about, *self.facts):
            if not isinstance(text, str) or not text.strip():
                raise ValueError(f"expected words on the card {self.id!r}, got {text!r}")
        if self.map and not (self.map.startswith(PNG) and len(self.map) <= LARGEST):
            raise ValueError(f"expected a PNG of at most {LARGEST:,} bytes as the map of {self.id!r}, got "
                             f"{len(self.map):,} bytes that begin with {self.map[:4]!r}")

    @classmethod
    def from_json(cls, given: dict) -> "Card":
        """Read what a cell published.

        Raises:
            ValueError, KeyError, TypeError: it is no card.
        """
        return cls(id=given["id"], title=given["title"], about=given["about"], facts=tuple(given["facts"]),
                   map=base64.b64decode(given["map"], validate=True))

    def to_json(self) -> dict:
        """Plain data, for the metadata of an output."""
        return {"id": self.id, "title": self.title, "about": self.about, "facts": list(self.facts),
                "map": base64.b64encode(self.map).decode()}


def introduce(cards: Iterable[Card]) -> None:
    """Publish cards from this cell, each where the page lists it; pages show them by the role {model}.

    Args:
        cards: of different ids.
    """
    for card in cards:
        emit({"text/plain": f"{card.title}: {card.about} ({'; '.join(card.facts)})"}, {CARD: card.to_json()})
