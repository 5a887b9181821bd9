"""Explorables: `{explorable} explore.pointer-machine` places something to play with around its static figure.

A cell publishes the figure and, under the same id, the files that a script reads. The figure stands on the page like
every exhibit, for print and for readers without scripts; behind it stands an empty stage that the script fills. The
scripts and styles are the book's own (`_static/explore/`, an explorable's under the name of its module), loaded on the
pages that have a stage; scripts only when the stage comes into view.
"""

import shutil
from html import escape
from pathlib import Path
from typing import Any

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.transforms.post_transforms import SphinxPostTransform
from sphinx.util.osutil import relative_uri

from bookkit.authoring.exhibits import ExhibitDirective
from bookkit.parts import output_files
from bookkit.parts.entries import slug
from bookkit.parts.nodes import ExhibitArt, ExplorableStage
from bookkit.results.catalogue import catalogue
from bookkit.results.domain import WEB, domain_of

FOLDER = "explore"


class ExplorableDirective(ExhibitDirective):
    """An exhibit with a stage behind its picture; caption and `:alt:` as there."""

    def run(self) -> list[nodes.Node]:
        (figure,) = super().run()
        figure["classes"].append("explorable")
        art = figure.next_node(ExhibitArt)
        stage = ExplorableStage(fid=art["fid"])
        stage.source, stage.line = art.source, art.line
        figure.insert(figure.index(art) + 1, stage)
        return [figure]


class FillStages(SphinxPostTransform):
    """Write the stages behind their pictures; other formats than web pages have none."""

    default_priority = 6  # when the pictures are drawn

    def run(self, **kwargs: Any) -> None:
        for stage in list(self.document.findall(ExplorableStage)):
            found = catalogue(self.env).domain.explorables.get(stage["fid"])
            # In a fast build the cell may have changed since the release, and the figure then stands alone.
            shown = found is not None and self.app.builder.name in WEB
            if shown:  # one node with the picture: docutils takes a figure's second child for its caption
                picture = stage.parent[stage.parent.index(stage) - 1]
                picture.replace_self(nodes.raw("", picture.astext() + self._html(found.id, found.module),
                                               format="html"))
            stage.parent.remove(stage)

    def _html(self, fid: str, module: str) -> str:
        root = relative_uri(self.app.builder.get_target_uri(self.env.docname), f"{FOLDER}/{fid}/")
        given = {"data-explorable": slug(fid).replace("_", "-"), "data-module": module, "data-root": root}
        return "<div class=\"explorable-stage\" {}></div>".format(
            " ".join(f'{name}="{escape(value)}"' for name, value in given.items()))


def write(app: Sphinx, site: Path) -> None:
    """Put the files of all explorables below /explore/<id>/, and delete those of others."""
    kept = output_files.folder(app.env)
    wanted = {site / FOLDER / one.id / name: kept / file
              for one in domain_of(app.env).explorables.values() for name, file in one.files.items()}
    for target, source in wanted.items():
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(source, target)
    for path in sorted((site / FOLDER).rglob("*"), reverse=True):
        if path.is_file() and path not in wanted:
            path.unlink()
        elif path.is_dir() and not any(path.iterdir()):
            path.rmdir()


def _load(app: Sphinx, pagename: str, template: str, context: dict[str, Any], doctree: nodes.document | None) -> None:
    domain = domain_of(app.env)
    page = domain.pages.get(pagename)
    placed = [domain.explorables[stage.id] for stage in page.stages if stage.id in domain.explorables] if page else []
    if placed:
        for name in ("explore", "controls", *(one.module for one in placed)):
            app.add_css_file(f"explore/{name}.css")
        app.add_js_file("explore/load.js", loading_method="defer")


def _finish(app: Sphinx, exception: Exception | None) -> None:
    if exception is None and app.builder.name in WEB:
        write(app, Path(app.outdir))


def setup(app: Sphinx) -> None:
    """Register the directive, the files that a build leaves, and the loading of scripts."""
    app.add_directive("explorable", ExplorableDirective)
    app.add_post_transform(FillStages)
    app.connect("html-page-context", _load)
    app.connect("build-finished", _finish)
