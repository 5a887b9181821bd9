"""Pages that are written again because something that they show has changed elsewhere.

Sphinx rewrites a page when its own source changed. A page that cites a result has to follow the page that publishes
it, so each page's DIGEST, a hash of all that it takes from elsewhere, is compared with that of the last build that
finished. Digests are kept beside the trees, one list for each output format.
"""

import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment

from bookkit.authoring import passages, story
from bookkit.kinds import figure, recipe
from bookkit.pages import navigation
from bookkit.pages.result_page import written_at
from bookkit.parts.during import During
from bookkit.parts.entries import OTHERS, Page, Place
from bookkit.parts.kept_work import digest, seen
from bookkit.results import replications, verdicts
from bookkit.results.catalogue import Catalogue, catalogue, records_folder
from bookkit.results.domain import domain_of
from bookkit.results.kind import kinds
from bookkit.results.releases import drift
from bookkit.results.verdicts import Judged
from evidence.files import write_file
from evidence.reading import parse_json, read_bytes
from evidence.records import Record

SITE = "*"
_pages = During[dict[str, str]](dict)
"""The digests of generated pages, by name."""
_docs = During[set[str]](set)
"""The documents that the build writes."""


def digests(env: BuildEnvironment) -> dict[str, str]:
    """What each page shows that is not its own, as a hash.

    Args:
        env: the build environment, after all pages have been read and checked.

    Returns:
        By page; under SITE, for the generated pages together.
    """
    return domain_of(env).once("digests", lambda: _digests(env))


def _digests(env: BuildEnvironment) -> dict[str, str]:
    found = catalogue(env)
    claims = verdicts.judged(env, found)
    records = {rid: _record(record, found) for rid, record in found.records.items()}
    tested = passages.of_claims(env, found)
    others = seen(replications.files(records_folder(env)))
    around = _around(env)
    shown: dict[str, Any] = {name: [around] for name in env.found_docs}
    for name, page in found.domain.pages.items():
        shown[name] = [*_shown(page, found, claims, records), passages.anchors(tested, name),
                       [asdict(one) for cid in _claims(page, claims) for one in tested[cid]],
                       around, navigation.shown(env, page.refers)]
    stories = {name: story.shown(env, name) for name in sorted(shown)}
    for name, told in stories.items():
        shown[name].append(told)
    shown[SITE] = [records, [release.version for release in found.releases], others, around,
                   [repr(written_at(env, record)) for record in found.records.values()],
                   [_claim(one, records) for one in claims.values()], _placed(env, found), stories]
    return {name: digest(data) for name, data in sorted(shown.items())}


def _placed(env: BuildEnvironment, found: Catalogue) -> list[Any]:
    """What generated pages quote of others, and where they link to; lines may move, for they show none."""
    domain = found.domain
    return [
        [[one.id, one.part, repr(one.sentence), _where(one.place)] for one in domain.every("citations")],
        [[one.id, one.cell, _where(one.place)] for one in domain.outputs("result")],
        [[one.id, one.runs] for one in domain.outputs(figure.NAME)],
        [[one.id, repr(one.caption), sorted(one.cites), _where(one.place)] for one in domain.places(figure.NAME)],
        [env.toc_fignumbers.get(name) for name in sorted(env.found_docs)],
        [[one.about, one.models, one.follows, _where(one.place)] for one in domain.outputs(recipe.NAME)],
        [[cid, _where(box.place)] for cid, box in domain.boxes.items()],
    ]


def _where(place: Place) -> list[str]:
    return [place.docname, place.anchor]


def _record(record: Record, found: Catalogue) -> str:
    """A result and how it stands to the newest release, as a hash: many pages show it."""
    moved = drift(record, found.newest)
    whole = record.to_json() if record.older else [record.sha256, record.build]  # which say all, and are there
    return digest([whole, moved.kind, moved.version, moved.released and moved.released.sha256,
                   moved.environment])


def _around(env: BuildEnvironment) -> str:
    """The digest of the menus that every page has."""
    return domain_of(env).once("menus", lambda: digest(navigation.of_book(env)))


def _shown(page: Page, found: Catalogue, claims: dict[str, Judged], records: dict[str, str]) -> list[Any]:
    cited = {c.id for c in page.citations} | {one.id for one in page.published.get("result", ())} | {
        rid for kind in kinds() for rid in kind.cites(page)}
    shown = [[records.get(rid) for rid in sorted(cited)],
             [kind.shown(page, found) for kind in kinds()],
             [_claim(claims[cid], records) for cid in _claims(page, claims)]]
    if page.claims or page.ledger or page.strip:  # boxes and ledger link to each other
        shown.append([[box.place.docname for box in found.domain.boxes.values()],
                      [name for name, other in sorted(found.domain.pages.items()) if other.ledger]])
    if page.index or page.changes:
        shown.append(records)
    if "replication" in page.placed:
        shown += [records, [asdict(one.tally) for one in claims.values()]]
    shown.append([found.text(c.id, OTHERS) for c in page.citations if c.part == OTHERS])
    if page.changes:
        shown.append([[release.version, sorted(release.results)] for release in found.releases])
    if page.termed:
        shown.append([(name, sorted(other.terms.items())) for name, other in sorted(found.domain.pages.items())])
    return shown


def _claims(page: Page, claims: dict[str, Judged]) -> list[str]:
    """The claims that a page shows, in the order of the ledger."""
    return [cid for cid in claims if page.ledger or page.strip or cid in {use.id for use in page.claims}]


def _claim(one: Judged, records: dict[str, str]) -> list[Any]:
    claim = one.claim
    return [claim.id, claim.statement, claim.source, claim.quote, claim.criterion_text, claim.expected,
            claim.power, claim.kind, asdict(one.standing), asdict(one.verdict), asdict(one.tally),
            [records.get(rid) for rid in claim.needs]]


def kept(app: Sphinx) -> dict[str, dict[str, str]]:
    """The digests of the last build that finished: of documents under "docs", of generated pages under "pages"."""
    try:
        found = parse_json(read_bytes(_file(app)))
        return {kind: dict(found[kind]) for kind in ("docs", "pages")}
    except (OSError, ValueError, KeyError, TypeError):  # none, or damaged: then every page is written
        return {"docs": {}, "pages": {}}


def note_page(app: Sphinx, name: str, content: list[Any]) -> str:
    """Remember the digest of a generated page, menus included, and return it."""
    found = _pages(app)[name] = digest([*content, _around(app.env)])
    return found


def keep_page(app: Sphinx, name: str, before: str) -> None:
    """Remember the digest of a generated page that stays as it is."""
    _pages(app)[name] = before


def all_written(app: Sphinx) -> bool:
    """Whether this build writes every document, because of a new configuration, template or folder."""
    return _docs(app) >= app.env.found_docs


def _file(app: Sphinx) -> Path:
    return Path(app.doctreedir, f"bookkit-{app.builder.name}.json")


def _written(app: Sphinx, doctree: nodes.document, docname: str) -> None:
    _docs(app).add(docname)


def _updated(app: Sphinx, env: BuildEnvironment) -> list[str]:
    now, before = digests(env), kept(app)["docs"]
    stale = {name for name in now.keys() | before.keys() if now.get(name) != before.get(name)} & env.found_docs
    if now[SITE] != before.get(SITE) and not stale:
        # Sphinx writes no generated page either in a build that has no document to write
        stale = {env.config.root_doc}
    return sorted(stale)


def _finish(app: Sphinx, exception: Exception | None) -> None:
    if exception is None:
        pages = _pages(app) or kept(app)["pages"]
        write_file(_file(app), json.dumps({"docs": digests(app.env), "pages": pages}, indent=1).encode())


def setup(app: Sphinx) -> None:
    """Compare once everything has been read and numbered, remember at the end of the build."""
    for noted in (_pages, _docs):
        app.connect("builder-inited", noted.start)
    app.connect("env-get-updated", _updated, priority=900)  # behind the numbering of sections and figures
    app.connect("doctree-resolved", _written)
    app.connect("build-finished", _finish)
