"""Cards: a cell introduces a model, and {model}`large-32` is a link to it whose tooltip is its card.

The page of the cell lists the cards. The tooltip opens on hover and on keyboard focus and works without a script, as
those of cited numbers do.
"""

import base64
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from html import escape
from typing import Any

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.transforms.post_transforms import SphinxPostTransform
from sphinx.util.docutils import ReferenceRole
from sphinx.writers.html5 import HTML5Translator

from bookkit.parts import tooltip
from bookkit.parts.entries import Fault, Page, Place
from bookkit.prose.prose import Source, place_in_block
from bookkit.results.catalogue import Catalogue
from bookkit.results.domain import WEB, domain_of
from bookkit.results.faults import missing
from bookkit.results.kind import Kind, Output
from evidence.results.card import CARD, Card

NAME = "card"


@dataclass(frozen=True, kw_only=True)
class Introduced:
    """A card that a cell of a page publishes."""

    place: Place
    card: Card

    @property
    def id(self) -> str:
        """The card's."""
        return self.card.id


@dataclass(frozen=True, kw_only=True)
class Named:
    """A place in the text that names what a card is about."""

    id: str
    place: Place


class CardMark(nodes.Inline, nodes.TextElement):
    """The name of what the card `cid` is about; a link, once all pages are read."""


class CardLink(nodes.Inline, nodes.TextElement):
    """A name on a web page: where it leads (`refuri`), the `card`, and the id of its `tip`."""


class CardKind(Kind):
    """What a model is, said once."""

    name, key = NAME, CARD

    def read(self, output: Output) -> Introduced:
        try:
            return Introduced(place=output.place, card=Card.from_json(dict(output.given)))
        except TypeError as error:
            raise ValueError(str(error)) from None

    def render(self, given: Mapping[str, Any]) -> list[nodes.Element]:
        try:
            card = Card.from_json(dict(given))
        except (ValueError, KeyError, TypeError):
            return []  # reported when the page's cards are collected
        box = nodes.container(ids=[anchor(card.id)], classes=["output", "model-card"])
        box += nodes.paragraph("", "", nodes.strong("", card.title), nodes.Text(f": {card.about}"))
        # Facts may name a command: the attribute keeps typographic dashes out of it.
        box += nodes.paragraph("", f"{'; '.join(card.facts)}.", classes=["model-facts"], support_smartquotes=False)
        if picture := _picture(card):
            box += nodes.raw("", picture, format="html")
        return [box]

    def collect(self, into: Page, docname: str, document: nodes.document, source: Source) -> None:
        for mark in document.findall(CardMark):
            line = source.nearest(place_in_block(mark), mark["cid"])
            into.place(NAME, Named(id=mark["cid"], place=Place(docname=docname, line=line)))

    def faults(self, found: Catalogue) -> Iterator[Fault]:
        known = found.domain.published(NAME)
        for one in found.domain.places(NAME):
            if one.id not in known:
                yield from missing(found, one.place, NAME, one.id, known)

    def shown(self, page: Page, found: Catalogue) -> Any:
        known = found.domain.published(NAME)
        return [[one.id, known[one.id].card.to_json(), known[one.id].place.docname]
                for one in page.placed.get(NAME, ()) if one.id in known]


KIND = CardKind()


class CardRole(ReferenceRole):
    """{model}`large-32`, or {model}`words <large-32>`."""

    def run(self) -> tuple[list[nodes.Node], list[nodes.system_message]]:
        shown = nodes.inline("", self.title) if self.has_explicit_title else nodes.literal("", self.title)
        mark = CardMark(self.rawtext, "", shown, cid=self.target)
        self.set_source_info(mark)
        return [mark], []


class FillCards(SphinxPostTransform):
    """Put links with tooltips where the names stand; other formats have the names alone."""

    default_priority = 5

    def run(self, **kwargs: Any) -> None:
        known = domain_of(self.env).published(NAME)
        for number, mark in enumerate(list(self.document.findall(CardMark))):
            if self.app.builder.name not in WEB or mark["cid"] not in known:
                continue
            one = known[mark["cid"]]
            uri = self.app.builder.get_relative_uri(self.env.docname, one.place.docname)
            mark.replace_self(CardLink("", "", *mark.children, refuri=f"{uri}#{anchor(one.id)}", card=one.card,
                                       tip=f"{anchor(one.id)}-tip-{number}"))


def anchor(cid: str) -> str:
    """The anchor of a card on the page that introduces it."""
    return f"card-{cid}"


def _picture(card: Card) -> str:
    if not card.map:
        return ""
    data = base64.b64encode(card.map).decode()
    # `dark-light`: the theme puts no white frame around it in the dark.
    return (f'<img class="model-map dark-light" src="data:image/png;base64,{data}" alt="Map of {escape(card.title)}: '
            f'where its last layer looks, a row for each address, a column for each position">')


def _visit(self: HTML5Translator, node: CardLink) -> None:
    self.body.append(tooltip.link(node["refuri"], node["tip"], "term"))


def _depart(self: HTML5Translator, node: CardLink) -> None:
    card: Card = node["card"]
    self.body.append(tooltip.said(node["tip"], f"<b>{escape(card.title)}</b> {escape(card.about)} "
                                               f"<small>{escape('; '.join(card.facts))}.</small>{_picture(card)}"))


def _plain(self: nodes.NodeVisitor, node: nodes.Element) -> None:
    """Show the name."""


_SHOW: dict[str, Any] = dict.fromkeys(("html", "latex", "text", "man", "texinfo"), (_plain, _plain))


def setup(app: Sphinx) -> None:
    """Register the role, and how its nodes are written."""
    app.add_role("model", CardRole())
    app.add_node(CardMark, **_SHOW)
    app.add_node(CardLink, html=(_visit, _depart))
    app.add_post_transform(FillCards)
