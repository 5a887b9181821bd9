"""The sheet of a result: all that its page says, gathered from the pages that publish, cite, draw and judge it."""

import functools
import json
import os
from collections import defaultdict
from dataclasses import dataclass, replace
from html import escape
from pathlib import Path
from typing import Any

from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment
from sphinx.util.osutil import relative_uri

from bookkit.kinds import figure, recipe
from bookkit.kinds.replication import Replicas, of_result
from bookkit.metadata.cite import Citer, Form
from bookkit.pages import light
from bookkit.parts.entries import Checked, Cited, Place, Words
from bookkit.results.catalogue import Catalogue
from bookkit.results.domain import page_of
from bookkit.results.releases import NEW, Drift, Release, drift, released_page
from bookkit.results.verdicts import Judged
from evidence.provenance.definition import Definition, definition
from evidence.records import Record, n_text, seeds_text, value_ci_text, value_text
from evidence.records.compare import DIFFERS, SAME, WITHIN
from evidence.records.text import ci_text

LONGEST, CELL = 12, 4
"""Lines of a function, and of a cell, that a result's page shows; of a longer one it shows the beginning."""
WIDEST = 400
"""Characters of configurations on a page; longer ones are in the record alone."""

USES, PAGES = 2, 6
"""Sentences, figures and claims that a page quotes, and pages that it names for the others."""

_SAYS = {SAME: "the same value and interval", WITHIN: "another value, within the released interval",
         DIFFERS: "another value, outside the released interval", NEW: "not released yet"}


@dataclass(frozen=True, kw_only=True)
class Link:
    """Where a link leads, what it shows, what stands behind it, and the title of the page that it leads to."""

    href: str
    text: str
    html: str = ""
    page: str = ""


@dataclass(frozen=True, kw_only=True)
class Uses:
    """Where a result is used in one way: the first uses; some pages that the rest are on, with how many each has; and
    how many pages are beyond these."""

    first: list[Link]
    rest: list[Link]
    beyond: int = 0

    @classmethod
    def of(cls, links: list[Link]) -> "Uses":
        """The uses of a list."""
        pages: dict[str, list[Link]] = {}
        for link in links[USES:]:
            pages.setdefault(link.href.partition("#")[0], []).append(link)
        rest = [replace(some[0], text=some[0].page, html=str(len(some))) for some in pages.values()]
        return cls(first=links[:USES], rest=rest[:PAGES], beyond=max(len(rest) - PAGES, 0))


@dataclass(frozen=True, kw_only=True)
class Function:
    """The function that computes a result: its name, its place, its source as HTML, and how many lines that leaves out.

    `href` leads to the place in the repository, at the commit of the record; it is empty where nobody has said where
    the repository is, or where the code was not committed.
    """

    name: str
    place: str
    href: str
    html: str
    more: int


@dataclass(frozen=True, kw_only=True)
class Sheet:
    """What the page of one result says; addresses are relative to that page.

    `past` has the records that releases published, newest first, each with its versions and its number. `recipe` leads
    to what the page follows to compute the number itself, and says what from; without one `unable` leads to the page
    about that, and says why not.
    """

    record: Record
    value: str
    ci: str
    n: str
    seeds: str
    origin: Link | None
    cell: str
    cell_more: int
    sentences: Uses
    figures: Uses
    claims: Uses
    drift: Drift
    drift_text: str
    released: str
    past: list[Link]
    citations: list[Form]
    configs: str
    replicas: Replicas | None = None
    function: Function | None = None
    recipe: Link | None = None
    unable: Link | None = None


class Sheets:
    """Makes the sheets of one build."""

    def __init__(self, app: Sphinx, found: Catalogue, claims: dict[str, Judged]):
        self.app, self.found = app, found
        self._claims_found = claims
        self.citer = Citer(app)
        self.builder: Any = app.builder  # of web pages

    @functools.cached_property
    def _drawn(self) -> dict[str, set[str]]:
        return _figures_by_result(self.found)

    @functools.cached_property
    def _judging(self) -> dict[str, list[tuple[Judged, Place]]]:
        return _claims_by_result(self.found, self._claims_found)

    def of(self, rid: str) -> Sheet:
        """The sheet of a result of this build."""
        record, here, domain = self.found.records[rid], page_of(rid), self.found.domain
        publication, followed = domain.results.get(rid), self._recipe(here, rid)
        moved = drift(record, self.found.newest)
        cell, cell_more = light.highlighted(publication.cell, CELL) if publication else ("", 0)
        return Sheet(
            **_facts(record), origin=self._link(here, publication.place) if publication else None,
            cell=cell, cell_more=cell_more,
            sentences=Uses.of(self._sentences(here, rid)), figures=Uses.of(self._figures(here, record)),
            claims=Uses.of(self._claims(here, rid)),
            drift=moved, drift_text=_SAYS[moved.kind],
            released=value_ci_text(moved.released) if moved.released else "",
            past=self._past(here, rid),
            citations=self.citer.forms(record, self.found.released_as_is(record)),
            replicas=of_result(record, self.found),
            function=self._function(record), recipe=followed, unable=None if followed else self._unable(here, record))

    def released(self, release: Release, rid: str) -> Sheet:
        """The sheet of a released result, with a link to what this build says, if it says anything."""
        record, here = release.results[rid].record, released_page(release, rid)
        now = Link(href=self._relative(here, page_of(rid)), text=rid) if rid in self.found.records else None
        none = Uses(first=[], rest=[])
        facts: dict[str, Any] = {**_facts(record), "configs": ""}
        return Sheet(**facts, origin=now, cell="", cell_more=0, sentences=none,
                     figures=none, claims=none, drift=Drift(kind=SAME), drift_text="", released="", past=[],
                     citations=self.citer.forms(record, release))

    def _past(self, here: str, rid: str) -> list[Link]:
        """The records that releases published."""
        versions: dict[str, list[str]] = {}
        for release in self.found.releases:
            if rid in release.results:
                versions.setdefault(released_page(release, rid), []).append(release.version)
        found = {release.version: release for release in self.found.releases}
        return [Link(href=self._relative(here, page), html=value_ci_text(found[first].results[rid].record),
                     text=first if first == last else f"{first} to {last}")
                for page, named in versions.items() for first, last in [(named[-1], named[0])]]

    def _function(self, record: Record) -> Function | None:
        """The function of a record, as the source of this build has it."""
        written = written_at(self.app.env, record)
        if written is None:
            return None
        path = Path(os.path.relpath(written.path, self.app.srcdir)).as_posix()
        work, commit = json.loads(self.app.config.bookkit_work or "{}"), record.build["commit"]
        href = ""
        if work.get("repository") and commit and record.build["clean"]:
            href = f"{work['repository']}/blob/{commit}/{path}#L{written.first}-L{written.last}"
        html, more = light.highlighted(written.text, LONGEST)
        lines = f"lines {written.first} to {written.last}" if written.lines > 1 else f"line {written.first}"
        return Function(name=record.function or "", place=f"{path}, {lines}", href=href, html=html,
                        more=more)

    def _recipe(self, here: str, rid: str) -> Link | None:
        """The recipe by which the page of a result computes its number again, if there is one."""
        if (words := recipe.about(self.found.domain).get(rid)) is None:
            return None
        return Link(href=relative_uri(f"{here}.html", f"{recipe.FOLDER}/{rid}.json"), text=words)

    def _unable(self, here: str, record: Record) -> Link | None:
        if (lack := recipe.lacking(self.found, record)) is None:
            return None
        docname, why = lack
        return Link(href=self._relative(here, docname), text=why)

    def _relative(self, here: str, there: str) -> str:
        return self.builder.get_relative_uri(here, there)

    def _link(self, here: str, place: Place, html: str = "") -> Link:
        anchor = f"#{place.anchor}" if place.anchor else ""
        title = self.app.env.titles[place.docname].astext()
        return Link(href=self._relative(here, place.docname) + anchor, text=title, html=html, page=title)

    def _sentences(self, here: str, rid: str) -> list[Link]:
        """Sentences that cite the result; first those whose words hang on it, and of these those that do not hold."""
        found: dict[tuple[str, Any], Link] = {}
        for citation in sorted(self.found.domain.citations_of(rid), key=lambda one: self._hangs(one.sentence, rid)):
            html = "".join(_marked(self.found, part, rid) for part in citation.sentence)
            found.setdefault((citation.place.docname, citation.sentence), self._link(here, citation.place, html))
        return list(found.values())

    def _hangs(self, sentence: Words, rid: str) -> int:
        checks = [piece for piece in sentence if isinstance(piece, Checked) and rid in piece.cites]
        return 0 if any(map(self.found.note, checks)) else 1 if checks else 2

    def _figures(self, here: str, record: Record) -> list[Link]:
        """Figures whose caption names the result, and figures drawn from the same runs."""
        placed, links = self.found.domain.placed(figure.NAME), []
        for fid in sorted(set().union(*(self._drawn.get(name, ()) for name in (record.id, *record.addresses)))):
            exhibit = placed[fid]
            link = self._link(here, exhibit.place, escape(self.found.say(exhibit.caption)))
            links.append(replace(link, text=f"{self._numbered(exhibit.place)} in {link.text}"))
        return links

    def _numbered(self, place: Place) -> str:
        """What references call a figure: its number, in a book that numbers them."""
        numbers = self.app.env.toc_fignumbers.get(place.docname, {}).get("figure", {}).get(place.anchor)
        return self.app.config.numfig_format["figure"] % ".".join(map(str, numbers)) if numbers else "A figure"

    def _claims(self, here: str, rid: str) -> list[Link]:
        links = []
        for one, place in self._judging.get(rid, ()):
            html = (f"<code>{escape(one.claim.id)}</code>: {escape(one.claim.statement)} "
                    f"({escape(one.verdict.verdict)})")
            links.append(self._link(here, place, html))
        return links


def written_at(env: BuildEnvironment, record: Record) -> Definition | None:
    """Where the function of a record is written; None for a record that names none, or code that has it no more."""
    if record.module is None or record.function is None:
        return None
    return definition(record.module, record.function, Path(env.srcdir, env.config.bookkit_code_root))


def _figures_by_result(found: Catalogue) -> dict[str, set[str]]:
    """The figures that the text shows, by each result that their captions name and each run that they draw."""
    drawn, by = found.domain.published(figure.NAME), defaultdict(set)
    for fid, exhibit in found.domain.placed(figure.NAME).items():
        for name in (*exhibit.cites, *(drawn[fid].runs if fid in drawn else ())):
            by[name].add(fid)
    return by


def _claims_by_result(found: Catalogue, claims: dict[str, Judged]) -> dict[str, list[tuple[Judged, Place]]]:
    """The claims that have a box, and its place, by each result that judges them."""
    by = defaultdict(list)
    for cid, one in claims.items():
        if box := found.domain.boxes.get(cid):
            for rid in dict.fromkeys(one.claim.needs):
                by[rid].append((one, box.place))
    return by


def _facts(record: Record) -> dict[str, Any]:
    configs = "\n".join(json.dumps(_type_first(config), indent=1, ensure_ascii=False) for config in record.configs)
    configs = configs if len(configs) <= WIDEST else ""
    # without a count the method alone says what the number rests on: seeds, memories, or nothing but arithmetic
    return {"record": record, "value": value_text(record), "ci": ci_text(record), "seeds": seeds_text(record),
            "n": n_text(record) if record.n is not None else "", "configs": configs}


def _marked(found: Catalogue, part: str | Cited | Checked, rid: str) -> str:
    text = escape(found.say([part]))
    return f"<mark>{text}</mark>" if not isinstance(part, str) and rid in part.cites else text


def _type_first(value: Any) -> Any:
    """A configuration with its type before its fields: notebooks sort the keys of what they keep."""
    if isinstance(value, dict):
        head = {"type": value["type"]} if "type" in value else {}
        return head | {key: _type_first(inner) for key, inner in value.items() if key not in head}
    return [_type_first(inner) for inner in value] if isinstance(value, (list, tuple)) else value
