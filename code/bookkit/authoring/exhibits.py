"""Figures in the text: `{exhibit} fig.id` places a figure that a cell published, with its caption.

The caption and the alternative text stand in the page's prose, so editing them executes nothing. The figure's files
have stable addresses, /figures/<id>.svg and so on.
"""

import os
import shutil
from html import escape
from pathlib import Path
from typing import Any

from docutils import nodes
from docutils.parsers.rst import directives
from sphinx.application import Sphinx
from sphinx.transforms.post_transforms import SphinxPostTransform
from sphinx.util.docutils import SphinxDirective
from sphinx.util.osutil import relative_uri

from bookkit.parts import svg
from bookkit.parts.entries import FILES, slug
from bookkit.parts.nodes import ExhibitArt, ExhibitFiles
from bookkit.prose import alt
from bookkit.results.catalogue import Catalogue, catalogue
from bookkit.results.domain import WEB

FOLDER = "figures"
_NAMES = {"svg": "SVG", "pdf": "PDF", "png": "PNG", "csv": "data (CSV)"}


class ExhibitDirective(SphinxDirective):
    """A published figure with its caption (the content) and its alternative text (`:alt:`)."""

    required_arguments = 1
    has_content = True
    option_spec = {"alt": directives.unchanged, "class": directives.class_option}  # noqa: RUF012 (docutils' interface)

    def run(self) -> list[nodes.Node]:
        fid = self.arguments[0].strip()
        figure = nodes.figure(classes=["exhibit", *self.options.get("class", [])])
        art = ExhibitArt(fid=fid, alt=" ".join(self.options.get("alt", "").split()))
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
            figure += nodes.legend("", *legend, ExhibitFiles(fid=fid))
        return [figure]


class FillExhibits(SphinxPostTransform):
    """Draw the figures, each in the form that the output takes."""

    default_priority = 5

    def run(self, **kwargs: Any) -> None:
        arts = list(self.document.findall(ExhibitArt))
        if not arts:
            return
        found = catalogue(self.env)
        for art in arts:
            spoken = found.say(alt.pieces(art["alt"]))
            lacking = found.absent.get(art["fid"], "changed since the release that this build shows")
            art.replace_self(self._art(art["fid"], spoken, found.figures.get(art["fid"]), lacking))
        for files in list(self.document.findall(ExhibitFiles)):
            legend = files.parent
            files.replace_self(self._files(files["fid"], found))
            if not legend.children:
                legend.parent.remove(legend)

    def _art(self, fid: str, spoken: str, files: dict[str, Path] | None, lacking: str) -> nodes.Node:
        if files is None:  # what is lacking without a reason has failed the build
            return nodes.paragraph("", "", nodes.emphasis("", f"{fid}: {lacking}"))
        if self.app.builder.format == "html":
            drawing = svg.inline(files["svg"].read_text("utf-8"), slug(fid), spoken)
            return nodes.raw("", f'<div class="exhibit-frame">{drawing}</div>', format="html")
        path = files["pdf" if self.app.builder.format == "latex" else "png"]
        uri = os.path.relpath(path, self.env.srcdir)
        self.env.images.add_file(self.env.docname, uri)
        return nodes.image(uri=uri, candidates={"*": uri}, alt=spoken)

    def _files(self, fid: str, found: Catalogue) -> list[nodes.Node]:
        if self.app.builder.name not in WEB or fid not in found.figures:
            return []
        here = self.app.builder.get_target_uri(self.env.docname)
        links = " ".join(f'<a href="{escape(relative_uri(here, file_of(fid, kind)))}" download>{_NAMES[kind]}</a>'
                         for kind in FILES)
        return [nodes.raw("", f'<p class="exhibit-files">Download: {links}</p>', format="html")]


def file_of(fid: str, kind: str) -> str:
    """The address of a figure's file from the root of the site."""
    return f"{FOLDER}/{fid}.{kind}"


def write(site: Path, found: Catalogue) -> None:
    """Put the files of all figures at their stable addresses, those of releases below `figures/v/<version>/`."""
    wanted = {site / file_of(fid, kind): path for fid, files in found.figures.items() for kind, path in files.items()}
    for release in found.releases:
        wanted |= {site / FOLDER / "v" / release.version / path.name: path
                   for files in release.figures.values() for path in files.values()}
    for target, source in wanted.items():
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(source, target)
    for path in (site / FOLDER).rglob("*.*"):
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
