"""Explorables: `{explorable} explore.pointer-machine` places something to play with around its static figure.

A cell publishes the figure and, under the same id, the files that a script reads. The figure stands on the page like
every exhibit, for print and for readers without scripts; behind it stands an empty stage that the script fills. The
scripts and styles are the book's own (`_static/explore/`, an explorable's under the name of its module), loaded on the
pages that have a stage; scripts only when the stage comes into view.
"""

import base64
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from html import escape
from pathlib import Path
from typing import Any

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.transforms.post_transforms import SphinxPostTransform
from sphinx.util.osutil import relative_uri

from bookkit.kinds import figure
from bookkit.kinds.figure import Art, ExhibitDirective
from bookkit.parts import output_files, site_file
from bookkit.parts.entries import Fault, Page, Place, slug
from bookkit.results.catalogue import Catalogue, catalogue
from bookkit.results.domain import WEB, domain_of
from bookkit.results.faults import at
from bookkit.results.kind import Kind, Output
from evidence.records import check_id
from evidence.results.keys import EXPLORABLE

NAME = "explorable"
FOLDER, WEIGHTS = "explore", "weights"
_FILE = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*\.(json|bin)")


@dataclass(frozen=True, kw_only=True)
class Explorable:
    """An explorable that a cell of a page publishes; `files` maps the name of a file to that of the kept one."""

    id: str
    place: Place
    module: str
    files: dict[str, str]


class Stage(nodes.General, nodes.Element):
    """The place where a script puts the explorable `fid`; only web pages have it."""


class ExplorableKind(Kind):
    """What readers can play with; its places in the text are those of its figures."""

    name, key = NAME, EXPLORABLE
    unique = False  # its figure, which has the same id, is

    def read(self, output: Output) -> Explorable:
        given = output.given
        eid, module = check_id(given["id"]), given["module"]
        for name in (f"{module}.json", *given["files"]):
            if not _FILE.fullmatch(name):
                raise ValueError(f"expected a name such as data.json or weights.bin, got {name!r}")
        kept = {name: output_files.put(output.folder, base64.b64decode(content), name.rpartition(".")[2])
                for name, content in given["files"].items()}
        return Explorable(id=eid, place=output.place, module=module, files=kept)

    def faults(self, found: Catalogue) -> Iterator[Fault]:
        """A figure without its script, or a script without its place; all else is a fault of the figure."""
        known, placed = found.domain.published(NAME), found.domain.placed(figure.NAME)
        for one in found.domain.places(figure.NAME):
            if (one.directive == NAME and one.id in figure.files_of(found) and one.id not in known
                    and not found.partial):
                yield at(one.place, f"the figure {one.id!r} is no explorable; place it with the directive {{exhibit}}")
        for name, explorable in known.items():
            if name in placed and placed[name].directive != NAME:
                yield at(explorable.place, f"the explorable {name!r} is placed as a figure; place it with the "
                                           f"directive {{explorable}} {name}")

    def shown(self, page: Page, found: Catalogue) -> Any:
        known = found.domain.published(NAME)
        return [[one.id, known[one.id].module] for one in page.placed.get(figure.NAME, ()) if one.id in known]

    def carried(self, given: Mapping[str, Any]) -> None:
        """Nothing: they are files."""


KIND = ExplorableKind()


class ExplorableDirective(ExhibitDirective):
    """An exhibit with a stage behind its picture; caption and `:alt:` as there."""

    def run(self) -> list[nodes.Node]:
        placed: Any = super().run()[0]
        placed["classes"].append("explorable")
        art: Any = placed.next_node(Art)
        stage = Stage(fid=art["fid"])
        stage.source, stage.line = art.source, art.line
        placed.insert(placed.index(art) + 1, stage)
        return [placed]


class FillStages(SphinxPostTransform):
    """Write the stages behind their pictures; other formats than web pages have none."""

    default_priority = 6  # when the pictures are drawn

    def run(self, **kwargs: Any) -> None:
        for stage in list(self.document.findall(Stage)):
            found = catalogue(self.env).domain.published(NAME).get(stage["fid"])
            # In a fast build the cell may have changed since the release, and the figure then stands alone.
            shown = found is not None and self.app.builder.name in WEB
            if shown:  # one node with the picture: docutils takes a figure's second child for its caption
                picture = stage.parent[stage.parent.index(stage) - 1]
                picture.replace_self(nodes.raw("", picture.astext() + stage_html(self.app, self.env.docname, found),
                                               format="html"))
            stage.parent.remove(stage)


def stage_html(app: Sphinx, docname: str, shown: Explorable, **more: str) -> str:
    """The stage that a script fills.

    Args:
        app: the application.
        docname: the page where it stands.
        shown: what is to be shown there.
        **more: further data that the script reads, by name.
    """
    root = relative_uri(app.builder.get_target_uri(docname), f"{FOLDER}/{shown.id}/")
    given = {"explorable": slug(shown.id).replace("_", "-"), "module": shown.module, "root": root, **more}
    return "<div class=\"explorable-stage\" {}></div>".format(
        " ".join(f'data-{name}="{escape(value)}"' for name, value in given.items()))


def write(app: Sphinx, site: Path) -> None:
    """Put the files of all explorables below /explore/<id>/, and delete those of others.

    Weights lie under the SHA-256 of their content, below /explore/weights/, so that explorables with the same model
    share one file, which a browser keeps from page to page. Scripts know the hash from data.json.
    """
    kept = output_files.folder(app.env)
    wanted = {site / FOLDER / (Path(WEIGHTS, file) if name.endswith(".bin") else Path(one.id, name)): kept / file
              for one in domain_of(app.env).published(NAME).values() for name, file in one.files.items()}
    for target, source in wanted.items():
        site_file.copy(source, target)
    for path in sorted((site / FOLDER).rglob("*"), reverse=True):
        if path.is_file() and path not in wanted:
            path.unlink()
        elif path.is_dir() and not any(path.iterdir()):
            path.rmdir()


def _load(app: Sphinx, pagename: str, template: str, context: dict[str, Any], doctree: nodes.document | None) -> None:
    domain = domain_of(app.env)
    page, known = domain.pages.get(pagename), domain.published(NAME)
    placed = [known[one.id] for one in page.placed.get(figure.NAME, ()) if one.directive == NAME and one.id in known
              ] if page else []
    load(app, [one.module for one in placed])


def load(app: Sphinx, modules: list[str]) -> None:
    """Give the page that is being written the styles of these explorables and the script that starts them.

    Args:
        app: the application.
        modules: the names of their scripts; none needs nothing.
    """
    if modules:
        for name in ("explore", "controls", *modules):
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
