"""Files for programs: the records, the indexes of results and claims, and what a release would freeze."""

import gzip
import json
import platform
import shutil
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from sphinx.application import Sphinx
from sphinx.util import logging

from bookkit.authoring import passages
from bookkit.authoring.passages import Passage
from bookkit.metadata import citation_file
from bookkit.metadata.cite import FILES, Citer, Form, address
from bookkit.pages import refresh
from bookkit.parts import addresses, json_text, kept_work, site_file
from bookkit.results import verdicts
from bookkit.results.catalogue import Catalogue, catalogue
from bookkit.results.domain import WEB, ResultsDomain, claim_anchor
from bookkit.results.kind import kinds
from bookkit.results.releases import CLAIMS, RESULTS, Release, drift
from bookkit.results.verdicts import Judged
from evidence.provenance import git
from evidence.records import Record

log = logging.getLogger(__name__)
CANDIDATE = "release"
"""Folder below `_build` with what `python -m bookkit release` freezes; only a full build that succeeded leaves it."""


def _one_list(texts: Sequence[str]) -> str:
    """Lists in CSL-JSON as one."""
    return json.dumps([item for text in texts for item in json.loads(text)], ensure_ascii=False,
                      separators=(",", ":")) + "\n"


_TOGETHER: dict[str, Callable[[Sequence[str]], str]] = {"csl": _one_list, "ris": "".join}
"""Forms of citations that all results have in one compressed file, and how its text is made of theirs."""


def build_info(app: Sphinx, found: Catalogue) -> dict[str, Any]:
    """Which build this is: version, day, commit and whether its tree was clean, Python, and a fast build's release."""
    root = Path(app.srcdir)
    version = json.loads(app.config.bookkit_work)["version"] if app.config.bookkit_work else app.config.version
    commit, clean = git.commit(root)
    return {"version": version, "date": citation_file.built_on(root).isoformat(), "commit": commit,
            "clean": clean, "python": platform.python_version(),
            "fast": found.fast or None, "compared_with": found.newest.version if found.newest else None}


def row(app: Sphinx, record: Record, page: str | None, release: Release | None = None) -> dict[str, Any]:
    """A result as the index of results lists it; `page` is the document that publishes it."""
    data = record.to_json()
    kept = {name: data[name] for name in ("id", "title", "value", "ci", "unit", "n", "code", "versions", "sha256")}
    return {**kept, "seeds": list(record.seeds), "runs": list(record.addresses), "module": record.module,
            "function": record.function, "page": page, "commit": record.build["commit"],
            "url": addresses.address(app.config.html_baseurl, address(record.id, release)),
            "hardware": record.build["hardware"]}


def claim_rows(app: Sphinx, found: Catalogue) -> list[dict[str, Any]]:
    """All claims as their index lists them, in the order of the ledger."""
    tested = passages.of_claims(app.env, found)
    return [_claim_row(app, found, one, tested[cid]) for cid, one in verdicts.judged(app.env, found).items()]


def _claim_row(app: Sphinx, found: Catalogue, one: Judged, tested: list[Passage]) -> dict[str, Any]:
    """A claim; its address is its box, or else its row in the ledger."""
    claim, box = one.claim, found.domain.boxes.get(one.claim.id)
    ledger = next((name for name, page in sorted(found.domain.pages.items()) if page.ledger), None)
    page, anchor = (box.place.docname, box.place.anchor) if box else (ledger, f"row-{claim_anchor(claim.id)}")
    base = app.config.html_baseurl
    return {"id": claim.id, "statement": claim.statement, "source": claim.source, "verdict": one.verdict.verdict,
            "conditions": one.verdict.conditions, "expected": claim.expected, "kind": claim.kind,
            "criterion": _criterion(one), "replications": one.tally.others,
            "evidence": [{"id": rid, "value": record.value if record else None,
                          "url": addresses.address(base, address(rid, None))}
                         for rid, record in one.evidence.items()],
            "passages": [addresses.address(base, f"{found.docname}.html", found.anchor) for found in tested],
            "page": page, "url": addresses.address(base, f"{page}.html", anchor) if page else None}


def _criterion(one: Judged) -> dict[str, Any]:
    """The hash of a criterion, where it first stood, and the release that judged or had results before that."""
    stand = one.standing.stand
    return {"sha256": one.standing.criterion, "commit": stand.commit if stand else None,
            "date": stand.date if stand else None, "release": stand.release if stand else None,
            "results_since": one.standing.before, "changed_from": one.standing.other}


def write(app: Sphinx, site: Path, found: Catalogue) -> None:
    """Write everything that programs read into a built site."""
    build = build_info(app, found)
    left = [site / address(record.id, None) / "record.json" for record in found.records.values()]
    if app.config.bookkit_work and left:
        left += [site / "results" / Path(FILES[key]).name for key in _TOGETHER]
    depends = [ResultsDomain.data_version, build, app.config.html_baseurl, app.config.bookkit_work,
               claim_rows(app, found), refresh.digests(app.env), [release.version for release in found.releases]]
    kept_work.unless_same(app, "records", depends, [site / "results" / "index.json", *left],
                          lambda: _write(app, site, found, build))


def _write(app: Sphinx, site: Path, found: Catalogue, build: dict[str, Any]) -> None:
    results, citer = found.domain.results, Citer(app)
    rows = [row(app, record, results[rid].place.docname if rid in results else None)
            for rid, record in found.records.items()]
    _json(site / "results" / "index.json", {"build": build, "results": rows})
    _json(site / "claims" / "index.json", {"build": build, "claims": claim_rows(app, found)})
    cited = {record.id: citer.forms(record, found.released_as_is(record)) for record in found.records.values()}
    for record in found.records.values():
        _record(site / address(record.id, None), record, cited[record.id])
    texts = {key: [form.text for forms in cited.values() for form in forms if form.key == key] for key in _TOGETHER}
    for key, join in _TOGETHER.items():
        if texts[key]:
            site_file.put(site / "results" / Path(FILES[key]).name, gzip.compress(join(texts[key]).encode(), mtime=0))


def prepare_release(app: Sphinx, found: Catalogue, folder: Path) -> None:
    """Leave what a release of this build would freeze: full records with their places, claims, files of figures."""
    build = build_info(app, found)
    rows = {f"{kind.name}s": listed for kind in kinds() if (listed := kind.freeze(found, folder)) is not None}
    work = json.loads(app.config.bookkit_work or "{}")
    _json(folder / RESULTS, {"build": build, "work": work, **rows})
    _json(folder / CLAIMS, {"build": build, "claims": claim_rows(app, found)})


def _record(folder: Path, record: Record, citations: list[Form]) -> None:
    """Write what stands beside the page of a result, and delete what earlier builds had there."""
    _json(folder / "record.json", record.to_json())
    files = {form.file: form.text for form in citations if form.file and form.key not in _TOGETHER}
    for name, text in files.items():
        site_file.put(folder / name, text.encode())
    for path in folder.iterdir():
        if path.name not in ("index.html", "record.json", *files):
            path.unlink()


def _json(path: Path, data: dict[str, Any]) -> None:
    site_file.put(path, json_text.rows(data).encode())


def _candidate(app: Sphinx) -> Path:
    return Path(app.outdir).parent / CANDIDATE


def _start(app: Sphinx) -> None:
    if app.builder.name in WEB:
        shutil.rmtree(_candidate(app), ignore_errors=True)


def _finish(app: Sphinx, exception: Exception | None) -> None:
    if exception is not None or app.builder.name not in WEB:
        return
    found = catalogue(app.env)
    write(app, Path(app.outdir), found)
    if found.newest:
        kinds = Counter(drift(record, found.newest).kind for record in found.records.values())
        log.info("results against release %s: %s", found.newest.version,
                 ", ".join(f"{count} {kind}" for kind, count in sorted(kinds.items())))
    if not found.fast and not app.statuscode:
        prepare_release(app, found, _candidate(app))


def setup(app: Sphinx) -> None:
    """Write the files at the end of a build, before its metadata list them."""
    app.connect("builder-inited", _start)
    app.connect("build-finished", _finish)
