"""What the site has of releases: pages, records and files of figures that never change, and so are written once.

A release has pages for the results that it was the first to publish as they are, and what else it has of such results
and figures is packed (`bookkit.pages.packed`); of the first releases it lies on the site file by file. Each build
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
from sphinx.environment import BuildEnvironment

from bookkit.kinds import figure
from bookkit.metadata import citation_file
from bookkit.metadata.cite import address
from bookkit.pages import exports, light, packed, refresh, site_state
from bookkit.pages.result_page import Sheet, Sheets
from bookkit.parts import ahead, json_text, kept_work, site_file
from bookkit.results.catalogue import Catalogue, catalogue
from bookkit.results.domain import WEB
from bookkit.results.releases import Release, released_page, released_title
from evidence.archive import pixels
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
    path = _file(app)
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


def _file(app: Sphinx) -> Path:
    return Path(app.doctreedir, f"bookkit-released-{app.builder.name}.json")


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
    return refresh.digest([dataclasses.asdict(release.manifest), light.described(app), packed.packed(app, release),
                           gone])


def _files(app: Sphinx, release: Release) -> dict[str, set[str]]:
    """The names in the folders of a release."""
    if packed.packed(app, release):
        cited = release.own_results and (release.work or app.config.bookkit_work)
        beside = {packed.RECORDS, *([packed.ENTRIES] if cited else [])}
        drawn = {packed.FIGURES} if release.own_figures else set()
    else:
        beside = {"index.json"}
        drawn = {f"{fid}.{kind}" for fid in release.own_figures for kind in _kinds(release, fid)}
    return {f"results/{FOLDER}/{release.version}": {"index.html", *beside, *release.own_results},
            f"{figure.FOLDER}/{FOLDER}/{release.version}": drawn}


def _first(release: Release) -> bool:
    """Whether it is one of the first releases, whose records are at their addresses byte for byte.

    They are those that had pictures in pixels. Of these the site has the same pictures in fewer colours, as it has
    today's; the archive has every pixel.
    """
    return any("png" in files for files in release.own_figures.values())


def _kinds(release: Release, fid: str) -> list[str]:
    """The kinds of files that a figure of a release has on the site, where they are not packed."""
    return sorted(release.own_figures[fid].keys() if _first(release) else packed.KINDS)


def _whole(app: Sphinx, site: Path, release: Release) -> bool:
    if any(site_state.damaged_below(app, site / folder) for folder in _files(app, release)):
        return False
    return all((set(os.listdir(site / folder)) if (site / folder).exists() else set()) == names
               for folder, names in _files(app, release).items())


def _write(app: Sphinx, site: Path, found: Catalogue, release: Release) -> None:
    for folder in _files(app, release):
        shutil.rmtree(site / folder, ignore_errors=True)
    maker, work = Sheets(app, found, {}), _work(release)
    licence = citation_file.LICENCES[work.text_licence][1] if work else ""
    together = packed.packed(app, release)
    sheets = {rid: maker.released(release, rid) for rid in release.own_results}
    for rid, sheet in sheets.items():
        name = released_page(release, rid)
        plain = next((form for form in sheet.citations if form.key == "plain"), None)
        body = light.TEMPLATES.get_template("bookkit-released.html").render(
            sheet=sheet, version=release.version, plain=plain, licence=licence,
            record=f"../{packed.RECORDS}" if together else "record.json",
            entry=f"../{packed.ENTRIES}" if together else "record.bib")
        page = light.page(app, name, released_title(release, rid), body, work, sheet.record, itself=True)
        site_file.put(site / address(rid, release) / "index.html", page.encode())
    _index(app, site, release, list(sheets.values()))
    (_pack if together else _unpack)(app, site, release, sheets)


def _pack(app: Sphinx, site: Path, release: Release, sheets: dict[str, Sheet]) -> None:
    """Write the records, their entries and the files of figures, each kind as one file."""
    folder = site / "results" / FOLDER / release.version
    site_file.put(folder / packed.RECORDS, packed.records(release))
    entries = {rid: form.text for rid, sheet in sheets.items() for form in sheet.citations if form.key == "bibtex"}
    if entries:
        site_file.put(folder / packed.ENTRIES, packed.entries(entries))
    if release.own_figures:
        site_file.put(site / figure.FOLDER / FOLDER / release.version / packed.FIGURES, packed.figures(release))


def _unpack(app: Sphinx, site: Path, release: Release, sheets: dict[str, Sheet]) -> None:
    """Write the records, their entries and the files of figures one by one, and a list of the records."""
    for rid, sheet in sheets.items():
        folder = site / address(rid, release)
        text = sheet.record.dumps() if _first(release) else json_text.rows(sheet.record.to_json())
        site_file.put(folder / "record.json", text.encode())
        for form in sheet.citations:
            if form.key == "bibtex":
                site_file.put(folder / form.file, form.text.encode())
    listed: dict[str, Any] = {"build": release.build, "results": [
        _row(app, release, sheet.record) for sheet in sheets.values()]}
    site_file.put(site / "results" / FOLDER / release.version / "index.json", json_text.rows(listed).encode())
    for fid in release.own_figures:
        for kind in _kinds(release, fid):
            content = release.figures[fid].file(kind)
            site_file.put(site / figure.FOLDER / FOLDER / release.version / f"{fid}.{kind}",
                          pixels.few_colours(content) if kind == "png" else content)


def _index(app: Sphinx, site: Path, release: Release, rows: list[Sheet]) -> None:
    """The page that lists a release's results: those that it was the first to publish so."""
    others = Counter(one.since.version for one in release.results.values() if one.since is not release)
    name, together = f"results/{FOLDER}/{release.version}/index", packed.packed(app, release)
    body = light.TEMPLATES.get_template("bookkit-release-index.html").render(
        release=release, rows=rows, others=dict(others), files=_listed(release, rows) if together else {})
    title = f"Results of version {release.version}"
    folder = site / "results" / FOLDER / release.version
    site_file.put(folder / "index.html", light.page(app, name, title, body, _work(release)).encode())


def _listed(release: Release, rows: list[Sheet]) -> dict[str, str]:
    """The files of a packed release, as its list links them: what they have, and where they are from there."""
    drawn = f"../../../{figure.FOLDER}/{FOLDER}/{release.version}/{packed.FIGURES}"
    return {"records": packed.RECORDS, **({"BibTeX": packed.ENTRIES} if any(row.citations for row in rows) else {}),
            **({"figures and what they plot": drawn} if release.own_figures else {})}


def _row(app: Sphinx, release: Release, record: Record) -> dict[str, Any]:
    """A result in the list for programs; what else there is stands in the record."""
    row = exports.row(app, record, release.results[record.id].page, release)
    return row if _first(release) else {name: row[name] for name in ROW}


def _work(release: Release) -> citation_file.Work | None:
    """The book as it was when it was released; None where it said nothing of itself."""
    if not release.work:
        return None
    return citation_file.restored(release.work, date.fromisoformat(release.build["date"]))


def _begin(app: Sphinx, env: BuildEnvironment) -> None:
    """Write what there is to write while pages are written, which takes as long."""
    if app.builder.name in WEB:
        site, found, known = Path(app.outdir), catalogue(env), kept_work.load(_file(app))
        if any(known.get(one.version) is None for one in found.releases):
            ahead.begin(app, lambda: write(app, site, found))


def _finish(app: Sphinx, exception: Exception | None) -> None:
    ahead.end(app)
    if exception is None and app.builder.name in WEB:
        write(app, Path(app.outdir), catalogue(app.env))


def setup(app: Sphinx) -> None:
    """Write at the end of a build, before its metadata list what there is."""
    # the newest release whose files are on the site one by one, at addresses that somebody may have noted
    app.add_config_value("bookkit_unpacked", "", "")
    app.connect("env-updated", _begin, priority=990)  # when it is known what of the site is damaged
    app.connect("build-finished", _finish)
