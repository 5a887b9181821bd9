"""What the site has of releases: pages, records and files of figures that never change, and so are written once.

A release has pages for the results that it was the first to publish as they are, and files for such figures. Each build
compares the name of a release's content with that of what was written from it, and looks whether it is all there.
"""

import dataclasses
import json
import os
import shutil
from collections import Counter
from datetime import date
from pathlib import Path
from typing import Any

from sphinx.application import Sphinx

from bookkit.kinds import figure
from bookkit.metadata import citation_file
from bookkit.metadata.cite import address
from bookkit.pages import exports, light, refresh, site_state
from bookkit.pages.result_page import Sheet, Sheets
from bookkit.parts import json_text, kept_work, site_file
from bookkit.results.catalogue import Catalogue, catalogue
from bookkit.results.domain import WEB
from bookkit.results.releases import Release, released_page, released_title
from evidence.files import write_file
from evidence.records import Record

FOLDER, LIST = "v", "index.json"
"""Below `results` and `figures`, with a folder for each version; and, below `results`, the list of all versions."""
ROW = ("id", "title", "value", "ci", "unit", "n", "page", "sha256")
"""What the list of a release says of a result; page, record and citation are beside it, in the folder of its id."""


def write(app: Sphinx, site: Path, found: Catalogue) -> list[str]:
    """Write what the site lacks of releases, and delete what it has of others.

    Args:
        app: the application.
        site: the built site.
        found: what this build can cite.

    Returns:
        The versions that were written.
    """
    path = Path(app.doctreedir, f"bookkit-released-{app.builder.name}.json")
    known = kept_work.load(path)
    now = {release.version: _key(app, found, release) for release in found.releases}
    stale = [release for release in found.releases
             if known.get(release.version) != now[release.version] or not _whole(app, site, release)]
    listed = site / "results" / FOLDER / LIST
    if stale or known.keys() - now.keys() or site_state.damaged_below(app, listed) or not listed.exists():
        # struck out first, so that what is broken off is done again
        left = {v: key for v, key in known.items() if v not in {one.version for one in stale}}
        write_file(path, json.dumps(left, indent=1).encode())
        for release in stale:
            _write(app, site, found, release)
        if now:
            site_file.put(listed, json_text.rows(_versions(found.releases)).encode())
        write_file(path, json.dumps(now, indent=1).encode())
    for kind in ("results", figure.FOLDER):
        for folder in (site / kind / FOLDER).glob("*/"):
            if folder.name not in now:
                shutil.rmtree(folder)
    if not now:
        listed.unlink(missing_ok=True)
    return [release.version for release in stale]


def _versions(releases: list[Release]) -> dict[str, Any]:
    """The releases that published each result anew, newest first: one that is not among them has it from the next.

    This stands once for all of them, for a hundred releases that name a thousand results each would weigh megabytes.
    """
    anew: dict[str, list[str]] = {}
    for release in releases:
        for rid in release.own_results:
            anew.setdefault(rid, []).append(release.version)
    return {"releases": [release.version for release in releases], "results": dict(sorted(anew.items()))}


def _key(app: Sphinx, found: Catalogue, release: Release) -> str:
    """The name of all that the files of a release depend on."""
    gone = [rid for rid in release.own_results if rid not in found.records]
    return refresh.digest([dataclasses.asdict(release.manifest), light.described(app), gone])


def _files(release: Release) -> dict[str, set[str]]:
    """The names in the folders of a release."""
    drawn = {f"{fid}.{kind}" for fid in release.own_figures for kind in _kinds(release, fid)}
    return {f"results/{FOLDER}/{release.version}": {"index.html", "index.json", *release.own_results},
            f"{figure.FOLDER}/{FOLDER}/{release.version}": drawn}


def _first(release: Release) -> bool:
    """Whether it is one of the first releases, whose files are at their addresses as they were, byte for byte.

    They are those that had pictures in pixels.
    """
    return any("png" in files for files in release.own_figures.values())


def _kinds(release: Release, fid: str) -> list[str]:
    """The kinds of files that a figure of a release has on the site.

    Of releases that are none of the first, the site has what shows a figure and what it shows; the archive and the
    deposit have the PDF too.
    """
    return sorted(release.own_figures[fid].keys() - (set() if _first(release) else {"pdf"}))


def _whole(app: Sphinx, site: Path, release: Release) -> bool:
    if any(site_state.damaged_below(app, site / folder) for folder in _files(release)):
        return False
    return all((set(os.listdir(site / folder)) if (site / folder).exists() else set()) == names
               for folder, names in _files(release).items())


def _write(app: Sphinx, site: Path, found: Catalogue, release: Release) -> None:
    for folder in _files(release):
        shutil.rmtree(site / folder, ignore_errors=True)
    maker, work = Sheets(app, found, {}), _work(release)
    licence = citation_file.LICENCES[work.text_licence][1] if work else ""
    sheets = {rid: maker.released(release, rid) for rid in release.own_results}
    for rid, sheet in sheets.items():
        name = released_page(release, rid)
        plain = next((form for form in sheet.citations if form.key == "plain"), None)
        body = light.TEMPLATES.get_template("bookkit-released.html").render(
            sheet=sheet, version=release.version, plain=plain, licence=licence)
        folder = site / address(rid, release)
        title = released_title(release, rid)
        site_file.put(folder / "index.html", light.page(app, name, title, body, work, sheet.record,
                                                             itself=True).encode())
        text = sheet.record.dumps() if _first(release) else json_text.rows(sheet.record.to_json())
        site_file.put(folder / "record.json", text.encode())
        for form in sheet.citations:
            if form.key == "bibtex":
                site_file.put(folder / form.file, form.text.encode())
    _index(app, site, release, list(sheets.values()))
    for fid in release.own_figures:
        for kind in _kinds(release, fid):
            target = site / figure.FOLDER / FOLDER / release.version / f"{fid}.{kind}"
            site_file.put(target, release.figures[fid].file(kind))


def _index(app: Sphinx, site: Path, release: Release, rows: list[Sheet]) -> None:
    """The list of a release's results, for people and for programs: those that it was the first to publish so."""
    others = Counter(one.since.version for one in release.results.values() if one.since is not release)
    name = f"results/{FOLDER}/{release.version}/index"
    body = light.TEMPLATES.get_template("bookkit-release-index.html").render(
        release=release, rows=rows, others=dict(others))
    title = f"Results of version {release.version}"
    folder = site / "results" / FOLDER / release.version
    site_file.put(folder / "index.html", light.page(app, name, title, body, _work(release)).encode())
    listed: dict[str, Any] = {"build": release.build, "results": [
        _row(app, release, sheet.record) for sheet in rows]}
    site_file.put(folder / "index.json", json_text.rows(listed).encode())


def _row(app: Sphinx, release: Release, record: Record) -> dict[str, Any]:
    """A result in the list for programs; what else there is stands in the record."""
    row = exports.row(app, record, release.results[record.id].page, release)
    return row if _first(release) else {name: row[name] for name in ROW}


def _work(release: Release) -> citation_file.Work | None:
    """The book as it was when it was released; None where it said nothing of itself."""
    if not release.work:
        return None
    return citation_file.restored(release.work, date.fromisoformat(release.build["date"]))


def _finish(app: Sphinx, exception: Exception | None) -> None:
    if exception is None and app.builder.name in WEB:
        write(app, Path(app.outdir), catalogue(app.env))


def setup(app: Sphinx) -> None:
    """Write at the end of a build, before its metadata list what there is."""
    app.connect("build-finished", _finish)
