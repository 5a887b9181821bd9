"""Recipes: a cell publishes how pages of results compute their numbers again, and those pages get a button for it.

The files lie below /recompute/: a recipe for each result, under the result's id, and what recipes name, each under the
SHA-256 of its content. The script is the book's own, `_static/explore/recompute/button.js`; it fetches a recipe, and
what that names, when a reader presses the button.
"""

import base64
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from docutils import nodes
from sphinx.application import Sphinx

from bookkit.parts import output_files, site_file
from bookkit.parts.entries import Fault, Place
from bookkit.results.catalogue import Catalogue
from bookkit.results.domain import WEB, ResultsDomain, domain_of
from bookkit.results.faults import at
from bookkit.results.kind import Kind, Output
from evidence.records import Record, check_id
from evidence.results.recipes import BINARY, RECIPES

NAME = "recipe"
FOLDER = "recompute"
SCRIPT = "explore/recompute/button.js"
"""Below the site's static files; a module."""


@dataclass(frozen=True, kw_only=True)
class Recipes:
    """The recipes that a cell of a page publishes.

    Args:
        id: of this set.
        place: of the cell.
        about: what each recipe computes from, by the id of its result.
        files: maps the name of a file to that of the kept one.
        models: which runs a recipe could be about, in words; empty in a release that did not say.
        follows: what the configuration of such a run has in it.
    """

    id: str
    place: Place
    about: dict[str, str]
    files: dict[str, str]
    models: str = ""
    follows: dict[str, Any] = field(default_factory=dict)


class RecipeKind(Kind):
    """What pages of results can compute themselves; it stands over one line that says how much that is."""

    name, key = NAME, RECIPES

    def read(self, output: Output) -> Recipes:
        given = output.given
        about = {check_id(rid): str(words) for rid, words in given["about"].items()}
        names = {f"{rid}.json" for rid in about}
        for name in given["files"]:
            if name not in names and not BINARY.fullmatch(name):
                raise ValueError(f"expected the id of a result with .json or a SHA-256 with .bin, got {name!r}")
        if lacking := names - given["files"].keys():
            raise ValueError(f"expected a file for every recipe, got none for {', '.join(sorted(lacking))}")
        kept = {name: output_files.put(output.folder, base64.b64decode(content), name.rpartition(".")[2])
                for name, content in given["files"].items()}
        return Recipes(id=check_id(given["id"]), place=output.place, about=about, files=kept,
                       models=str(given.get("models", "")), follows=dict(given.get("follows", {})))

    def render(self, given: Mapping[str, Any]) -> list[nodes.Element]:
        count = len(given["about"])
        said = nodes.paragraph("", f"{count} results have a recipe." if count else
                               "This build trained nothing and has no weights to offer, so no result has a recipe.")
        return [nodes.container("", said, classes=["output"])]

    def carried(self, given: Mapping[str, Any]) -> None:
        """Nothing: they are files."""

    def kept(self, given: Mapping[str, Any]) -> Mapping[str, Any]:
        """Nothing: weights are megabytes, and belong to those who trained them."""
        return {**given, "about": {}, "files": {}}

    def faults(self, found: Catalogue) -> Iterator[Fault]:
        for one in found.domain.outputs(NAME):
            for rid in one.about:
                if rid not in found.records and not found.partial:
                    yield at(one.place, f"the recipe {rid!r} is for a result that no page publishes")


KIND = RecipeKind()


def about(domain: ResultsDomain) -> dict[str, str]:
    """What the recipe of each result computes from; results without a recipe are not in it."""
    return domain.once(("about", NAME), lambda: {
        rid: words for one in domain.outputs(NAME) for rid, words in one.about.items()})


def lacking(found: Catalogue, record: Record) -> tuple[str, str] | None:
    """Why the page of a result that has no recipe cannot compute its number.

    Args:
        found: what this build can cite.
        record: of the result.

    Returns:
        The page that tells of recipes, and a clause; None in a book without such a page.
    """
    sets = found.domain.outputs(NAME)
    return (sets[0].place.docname, _why(found, record, sets)) if sets else None


def _why(found: Catalogue, record: Record, sets: tuple[Recipes, ...]) -> str:
    offered = found.domain.once(("offered", NAME), lambda: {
        address for rid in about(found.domain) if rid in found.records for address in found.records[rid].addresses})
    if not offered:
        return "this build trained nothing, and so has no weights to offer"
    if not record.runs:
        return "no trained run is behind it"
    if not any(all(_within(one.follows, run.config) for run in record.runs) for one in sets):
        return f"its runs are not {' or '.join(one.models for one in sets)}, and the button knows no others"
    if set(record.addresses) <= offered:
        return "the weights are on this site, but the button does not know this measure"
    return "the weights behind it are not on this site, which they would make too heavy"


def _within(part: Any, whole: Any) -> bool:
    """Whether all that a configuration should have is in another."""
    if not isinstance(part, dict):
        return bool(part == whole)
    return isinstance(whole, dict) and all(name in whole and _within(inner, whole[name])
                                           for name, inner in part.items())


def _finish(app: Sphinx, exception: Exception | None) -> None:
    if exception is None and app.builder.name in WEB:
        write(app, Path(app.outdir))


def write(app: Sphinx, site: Path) -> None:
    """Put recipes and what they name below /recompute/, and delete what no page publishes any more."""
    kept, folder = output_files.folder(app.env), site / FOLDER
    wanted = {folder / name: kept / file for one in domain_of(app.env).outputs(NAME)
              for name, file in one.files.items()}
    for target, source in wanted.items():
        site_file.copy(source, target)
    for path in folder.glob("*"):
        if path not in wanted:
            path.unlink()
    if folder.exists() and not wanted:
        folder.rmdir()


def setup(app: Sphinx) -> None:
    """Register the files that a build leaves."""
    app.connect("build-finished", _finish)
