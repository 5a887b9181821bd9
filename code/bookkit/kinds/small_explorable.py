"""Explorables in small: `{small-explorable} explore.train-pointer` places one that another page has in full once more.

The front page can so begin with what a chapter has. The stage says that it is small, and where the full one is; the
script leaves out what does not fit. Without scripts the figure stands there, as on its own page, but without a number:
it has one already.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from docutils import nodes
from docutils.parsers.rst import directives
from sphinx.application import Sphinx
from sphinx.transforms.post_transforms import SphinxPostTransform
from sphinx.util.docutils import SphinxDirective
from sphinx.util.osutil import relative_uri

from bookkit.kinds import explorable, figure
from bookkit.parts import svg
from bookkit.parts.entries import Fault, Page, Place, Words, slug
from bookkit.parts.nodes import Described
from bookkit.prose import alt
from bookkit.prose.prose import Source, line_of
from bookkit.results.catalogue import Catalogue, catalogue
from bookkit.results.domain import WEB, domain_of
from bookkit.results.faults import missing
from bookkit.results.pictured import PicturedKind, lacks

NAME = "small explorable"
DIRECTIVE = "small-explorable"


@dataclass(frozen=True, kw_only=True)
class Small:
    """An explorable that the text places in small, with its alternative text."""

    id: str
    place: Place
    alt: Words


class SmallStage(Described):
    """The figure of the explorable `fid` with a small stage behind it, and its `alt`; only web pages have them."""


class SmallExplorableKind(PicturedKind):
    """Explorables in small, which no cell publishes: they are those of other pages."""

    name = NAME

    def collect(self, into: Page, docname: str, document: nodes.document, source: Source) -> None:
        for stage in document.findall(SmallStage):
            fid = stage["fid"]
            line = source.nearest(line_of(stage), f"{{{DIRECTIVE}}} {fid}")
            into.faults += lacks(docname, line, f"{DIRECTIVE} {fid!r}", stage["alt"])
            place = Place(docname=docname, line=line, anchor=stage.parent["ids"][0])
            into.place(NAME, Small(id=fid, place=place, alt=alt.pieces(stage["alt"])))

    def faults(self, found: Catalogue) -> Iterator[Fault]:
        known = found.domain.published(explorable.NAME)
        for small in found.domain.places(NAME):
            if small.id not in known:
                yield from missing(found, small.place, explorable.NAME, small.id, known)

    def shown(self, page: Page, found: Catalogue) -> Any:
        known, files = found.domain.published(explorable.NAME), figure.files_of(found)
        full = found.domain.placed(figure.NAME)
        return [[one.id, known[one.id].module, files[one.id]["svg"].name, full[one.id].place.docname]
                for one in page.placed.get(NAME, ()) if one.id in known and one.id in files and one.id in full]


KIND = SmallExplorableKind()


class SmallExplorableDirective(SphinxDirective):
    """An explorable of another page in small; `:alt:` describes its figure, the content is its caption."""

    required_arguments = 1
    has_content = True
    option_spec = {"alt": directives.unchanged}  # noqa: RUF012 (docutils' interface)

    def run(self) -> list[nodes.Node]:
        fid = self.arguments[0].strip()
        box = nodes.container(classes=["exhibit", "explorable", "is-small"], ids=[nodes.make_id(fid)])
        stage = SmallStage(fid=fid, alt=" ".join(self.options.get("alt", "").split()))
        for node in (box, stage):
            self.set_source_info(node)
        box += stage
        caption = nodes.container(classes=["small-caption"])
        self.state.nested_parse(self.content, self.content_offset, caption)
        if caption.children:
            box += caption
        return [box]


class FillSmallStages(SphinxPostTransform):
    """Draw the figures and write the stages behind them; other formats than web pages have neither."""

    default_priority = 6

    def run(self, **kwargs: Any) -> None:
        for stage in list(self.document.findall(SmallStage)):
            found = catalogue(self.env)
            known, files = found.domain.published(explorable.NAME).get(stage["fid"]), figure.files_of(found)
            full = found.domain.placed(figure.NAME).get(stage["fid"])
            if known is None or full is None or self.app.builder.name not in WEB:
                stage.parent.parent.remove(stage.parent)
                continue
            spoken = found.say(alt.pieces(stage["alt"]))
            drawing = svg.inline(Path(files[known.id]["svg"]).read_text("utf-8"), f"{slug(known.id)}_small", spoken)
            builder = self.app.builder
            home = relative_uri(builder.get_target_uri(self.env.docname), builder.get_target_uri(full.place.docname))
            behind = explorable.stage_html(self.app, self.env.docname, known, small="",
                                           home=f"{home}#{full.place.anchor}")
            stage.replace_self(nodes.raw("", f'<div class="exhibit-frame">{drawing}</div>{behind}', format="html"))


def _load(app: Sphinx, pagename: str, template: str, context: dict[str, Any], doctree: nodes.document | None) -> None:
    domain = domain_of(app.env)
    page, known = domain.pages.get(pagename), domain.published(explorable.NAME)
    explorable.load(app, [known[one.id].module for one in page.placed.get(NAME, ()) if one.id in known] if page else [])


def setup(app: Sphinx) -> None:
    """Register the directive, and the loading of scripts."""
    app.add_directive(DIRECTIVE, SmallExplorableDirective)
    app.add_post_transform(FillSmallStages)
    app.connect("html-page-context", _load)
