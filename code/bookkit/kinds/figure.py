"""Figures in the text: `{exhibit} fig.id` places a figure that a cell published, with its caption.

The caption and the alternative text stand in the page's prose, so editing them executes nothing. The figure's files
have stable addresses, /figures/<id>.svg and so on.
"""

import base64
import os
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from html import escape
from pathlib import Path
from typing import Any

from docutils import nodes
from docutils.parsers.rst import directives
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment
from sphinx.transforms.post_transforms import SphinxPostTransform
from sphinx.util.docutils import SphinxDirective
from sphinx.util.osutil import relative_uri

from bookkit.parts import output_files, panels, site_file, squeezed, svg
from bookkit.parts.entries import Check, Checked, Fault, Page, Place, Words, slug
from bookkit.parts.nodes import Described
from bookkit.prose import alt, sentences
from bookkit.prose.prose import Source, line_of
from bookkit.results.catalogue import Catalogue, catalogue
from bookkit.results.domain import WEB
from bookkit.results.faults import at, missing, twice
from bookkit.results.kind import Output
from bookkit.results.pictured import PicturedKind, lacks
from bookkit.results.releases import Release
from evidence.records import check_id
from evidence.results.keys import FIGURE

NAME = "figure"
SHOWING = (NAME, "finding")  # the kinds of places where the text shows one
FOLDER = "figures"
FILES = ("svg", "pdf", "png", "csv")
RELEASED = ("svg", "pdf", "csv")
"""Those that a release keeps: a picture in pixels is the largest by far, and shows nothing that the others do not."""
_NAMES = {"svg": "SVG", "pdf": "PDF", "png": "PNG", "csv": "data (CSV)"}


@dataclass(frozen=True, kw_only=True)
class Figure:
    """A figure that a cell of a page publishes: the names of its kept files by kind, the addresses of its runs, and the
    modules that its notebook imports."""

    id: str
    place: Place
    files: dict[str, str]
    runs: tuple[str, ...]
    modules: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Exhibit:
    """A figure placed in the text, by the directive `directive`, with its alternative text and its caption."""

    id: str
    place: Place
    alt: Words
    caption: Words
    directive: str = "exhibit"

    @property
    def cites(self) -> set[str]:
        """The results that either text names."""
        return {rid for piece in (*self.alt, *self.caption) if not isinstance(piece, str) for rid in piece.cites}


class Art(Described):
    """The picture of the figure `fid`, with its `alt`; becomes inline SVG, a PDF or a PNG."""


class Files(nodes.General, nodes.Element):
    """The download links of the figure `fid`; only web pages have them."""


class FigureKind(PicturedKind):
    """Drawings with their data, and where the text shows them."""

    name, key, searched = NAME, FIGURE, True

    def read(self, output: Output) -> Figure:
        given = output.given
        fid, files = check_id(given["id"]), dict(given["files"])
        drawing = output.data["image/svg+xml"]
        contents = {"svg": drawing.encode("utf-8"), "csv": files["csv"].encode("utf-8"),
                    "pdf": base64.b64decode(files["pdf"])}
        if "png" in files:  # chapters of a release lack it
            contents["png"] = base64.b64decode(files["png"])
        svg.inline(drawing, fid, "")  # what is no drawing is refused here, not while writing
        # releases 0.1.0 and 0.2.0 have addresses alone, and no modules
        runs = tuple(run if isinstance(run, str) else run["address"] for run in given["runs"])
        return Figure(id=fid, place=output.place, runs=runs, modules=tuple(given.get("modules", ())),
                      files={kind: output_files.put(output.folder, content, kind)
                             for kind, content in contents.items()})

    def collect(self, into: Page, docname: str, document: nodes.document, source: Source) -> None:
        for art in document.findall(Art):
            fid, figure, directive = art["fid"], art.parent, art["directive"]
            line = source.nearest(line_of(art), f"{{{directive}}} {fid}")
            caption = next((child for child in figure.children if isinstance(child, nodes.caption)), None)
            into.faults += lacks(docname, line, f"{directive} {fid!r}", art["alt"],
                                 [(caption is None, "a caption, the directive's text")])
            place = Place(docname=docname, line=line, anchor=figure["ids"][0])
            spoken = alt.pieces(art["alt"])
            into.checks += [Check(place=place, checked=piece) for piece in spoken if isinstance(piece, Checked)]
            into.place(NAME, Exhibit(id=fid, place=place, alt=spoken, directive=directive,
                                     caption=() if caption is None else sentences.words(caption)))

    def cites(self, page: Page) -> Iterable[str]:
        return {rid for exhibit in page.placed.get(NAME, ()) for rid in exhibit.cites}

    def faults(self, found: Catalogue) -> Iterator[Fault]:
        known, places = files_of(found), found.domain.places(NAME)
        for exhibit in places:
            if exhibit.id not in known:
                yield from missing(found, exhibit.place, NAME, exhibit.id, known)
        yield from twice(((one.id, one.place) for one in places), "figure {!r} is placed in the text")
        shown = {one.id for kind in SHOWING for one in found.domain.places(kind)}
        for fid, figure in found.domain.published(NAME).items():
            if fid not in shown:
                yield at(figure.place,
                         f"no page shows the figure {fid!r}; place it with the directive {{exhibit}} {fid}")

    def shown(self, page: Page, found: Catalogue) -> Any:
        return names_of(found, page.placed.get(NAME, ()))

    def released(self, found: Catalogue) -> Iterable[str]:
        return files_of(found)

    def carried(self, given: Mapping[str, Any]) -> None:
        """Nothing: they are files."""

    def kept(self, given: Mapping[str, Any]) -> Mapping[str, Any]:
        """The files that releases have; the drawing is the output itself."""
        return {**given, "files": {kind: content for kind, content in given["files"].items() if kind in RELEASED}}

    def freeze(self, found: Catalogue, folder: Path) -> list[dict[str, Any]]:
        for fid, files in files_of(found).items():
            for kind, path in files.items():
                site_file.copy(path, folder / file_of(fid, kind))
        return [{"id": one.id, "page": one.place.docname, "line": one.place.line, "modules": list(one.modules),
                 "runs": list(one.runs)} for _, one in sorted(found.domain.published(NAME).items())]


KIND = FigureKind()


def files_of(found: Catalogue) -> dict[str, dict[str, Path]]:
    """The files of this build's figures, by id and kind; a fast build has those of its release too."""
    return found.domain.once("files of figures", lambda: _files_of(found))


def names_of(found: Catalogue, placed: Iterable[Any]) -> list[list[Any]]:
    """The kept files of the figures that a page places, by which it is known whether one of them changed."""
    known = files_of(found)
    return [[one.id, sorted(path.name for path in known.get(one.id, {}).values())] for one in placed]


def _files_of(found: Catalogue) -> dict[str, dict[str, Path]]:
    own = {fid: {kind: found.kept / name for kind, name in one.files.items()}
           for fid, one in found.domain.published(NAME).items()}
    old = next((_unpacked(one, found) for one in found.releases if one.version == found.fast), {})
    return dict(sorted((old | own).items()))


def _unpacked(release: Release, found: Catalogue) -> dict[str, dict[str, Path]]:
    """The files of a release's figures that no cell of this build publishes, beside those of the others."""
    own = found.domain.published(NAME)
    return {fid: {kind: found.released / output_files.put(found.released, one.file(kind), kind) for kind in one.kinds}
            for fid, one in release.figures.items() if fid not in own}


class ExhibitDirective(SphinxDirective):
    """A published figure with its caption (the content) and its alternative text (`:alt:`)."""

    required_arguments = 1
    has_content = True
    option_spec = {"alt": directives.unchanged, "class": directives.class_option}  # noqa: RUF012 (docutils' interface)

    def run(self) -> list[nodes.Node]:
        fid = self.arguments[0].strip()
        figure = nodes.figure(classes=["exhibit", *self.options.get("class", [])])
        art = Art(fid=fid, directive=self.name, alt=" ".join(self.options.get("alt", "").split()))
        for node in (figure, art):
            self.set_source_info(node)
        figure += art
        figure["names"].append(nodes.fully_normalize_name(fid))
        figure["ids"].append(nodes.make_id(fid))
        self.state.document.note_explicit_target(figure, figure)
        text = nodes.Element()
        self.state.nested_parse(self.content, self.content_offset, text)
        caption, *legend = text.children or [None]
        if isinstance(caption, nodes.paragraph):
            head = nodes.caption(caption.rawsource, "", *caption.children)
            head.source, head.line = caption.source, caption.line
            figure += head
            figure += nodes.legend("", *legend, Files(fid=fid))
        return [figure]


class FillExhibits(SphinxPostTransform):
    """Draw the figures, each in the form that the output takes."""

    default_priority = 5

    def run(self, **kwargs: Any) -> None:
        for art in list(self.document.findall(Art)):
            spoken = catalogue(self.env).say(alt.pieces(art["alt"]))
            # an explorable's picture gives way to its stage
            stacked = art["directive"] == "exhibit"
            art.replace_self(drawn(self.env, art["fid"], spoken, slug(art["fid"]), stacked=stacked))
        for files in list(self.document.findall(Files)):
            legend = files.parent
            files.replace_self(downloads(self.env, files["fid"]))
            if not legend.children:
                legend.parent.remove(legend)


def drawn(env: BuildEnvironment, fid: str, spoken: str, prefix: str, *, stacked: bool = False) -> nodes.Node:
    """The drawing of a figure, in the form that the output takes; where there is none, why.

    Args:
        env: the build environment, while a page is written.
        fid: the figure.
        spoken: its alternative text.
        prefix: of the ids inside the drawing, unique on the page.
        stacked: whether its panels stand below each other where the page is narrow.
    """
    found = catalogue(env)
    files = files_of(found).get(fid)
    if files is None:  # what is lacking without a reason has failed the build
        lacking = found.absent.get(fid, "changed since the release that this build shows")
        return nodes.paragraph("", "", nodes.emphasis("", f"{fid}: {lacking}"))
    if env.app.builder.format == "html":
        drawing = svg.inline(files["svg"].read_text("utf-8"), prefix, spoken)
        below = panels.narrow(drawing) if stacked else ""
        marked = " has-panels" if below else " fits" if squeezed.fits(drawing) else ""
        return nodes.raw("", f'<div class="exhibit-frame{marked}">{drawing}{below}</div>', format="html")
    path = files.get("pdf" if env.app.builder.format == "latex" else "png", files["svg"])
    uri = os.path.relpath(path, env.srcdir)
    env.images.add_file(env.docname, uri)
    return nodes.image(uri=uri, candidates={"*": uri}, alt=spoken)


def downloads(env: BuildEnvironment, fid: str) -> list[nodes.Node]:
    """The links to a figure's files; only web pages have them."""
    builder, files = env.app.builder, files_of(catalogue(env))
    if builder.name not in WEB or fid not in files:
        return []
    here = builder.get_target_uri(env.docname)
    links = " ".join(f'<a href="{escape(relative_uri(here, file_of(fid, kind)))}" download>{_NAMES[kind]}</a>'
                     for kind in FILES if kind in files[fid])
    return [nodes.raw("", f'<p class="exhibit-files">Download: {links}</p>', format="html")]


def file_of(fid: str, kind: str) -> str:
    """The address of a figure's file from the root of the site."""
    return f"{FOLDER}/{fid}.{kind}"


def write(site: Path, found: Catalogue) -> None:
    """Put the files of all figures at their stable addresses; those of releases are below `figures/v/<version>/`."""
    wanted = {site / file_of(fid, kind): path for fid, files in files_of(found).items() for kind, path in files.items()}
    for target, source in wanted.items():
        site_file.copy(source, target)
    for path in (site / FOLDER).glob("*.*"):
        if path.is_file() and path not in wanted:
            path.unlink()


def _finish(app: Sphinx, exception: Exception | None) -> None:
    if exception is None and app.builder.name in WEB:
        write(Path(app.outdir), catalogue(app.env))


def setup(app: Sphinx) -> None:
    """Register the directive, and the files that a build leaves."""
    app.add_directive("exhibit", ExhibitDirective)
    app.add_post_transform(FillExhibits)
    app.connect("build-finished", _finish)
