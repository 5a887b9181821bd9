"""The deposit of a release: one file with all that it published, ready for a repository that takes few files.

    ro-crate-metadata.json   what everything in it is, as an RO-Crate
    results.json             every record with its page and line, and the figures' places
    claims.json              every claim with its verdict
    figures/                 the drawings, as SVG, PDF and CSV; pictures in pixels, where it has such, as WebP

It is the same bytes for the same release. Its Software Heritage identifier is that of the folder that it unpacks to.
"""

import io
import json
import mimetypes
import zipfile
from typing import Any

from evidence.archive import swhid
from evidence.archive.objects import ArchiveError
from evidence.archive.releases import Release

METADATA = "ro-crate-metadata.json"
_DAY = (1980, 1, 1, 0, 0, 0)  # the first that the format knows; the files of a release have none of their own
_LICENCES = {"MIT": "https://spdx.org/licenses/MIT.html",
             "CC-BY-4.0": "https://creativecommons.org/licenses/by/4.0/"}
_TYPES = {".csv": "text/csv", ".svg": "image/svg+xml", ".webp": "image/webp", ".json": "application/json"}


def pack(release: Release) -> tuple[bytes, str]:
    """Pack a release.

    Args:
        release: of an archive that is whole.

    Returns:
        A zip file, and its Software Heritage identifier.

    Raises:
        ArchiveError: the archive is damaged, or the release says nothing of itself.
    """
    files = contents(release)
    files[METADATA] = _json(_crate(release, files))
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as out:
        for name, content in sorted(files.items()):
            entry = zipfile.ZipInfo(name, _DAY)
            entry.compress_type, entry.external_attr, entry.create_system = zipfile.ZIP_DEFLATED, 0o644 << 16, 3
            out.writestr(entry, content)
    return packed.getvalue(), swhid.of_files(files)


def contents(release: Release) -> dict[str, bytes]:
    """The files of a deposit, without its metadata.

    Raises:
        ArchiveError: the archive is damaged.
    """
    figures = [{"id": fid, "page": one.page, "line": one.line,
                **{name: list(value) for name in ("modules", "runs") if (value := getattr(one, name)) is not None}}
               for fid, one in release.figures.items()]
    results = [{"record": one.since.own_data(rid), "page": one.page, "line": one.line}
               for rid, one in release.results.items()]
    files = {"results.json": _json({"build": release.build, "work": release.work, "results": results,
                                    "figures": figures, **release.more}),
             "claims.json": _json({"build": release.build, "claims": release.claims})}
    for fid, one in release.figures.items():
        for kind, name in one.since.own_figures[fid].items():
            # pixels are taken as they are kept: what writes a PNG of them need not write the same bytes for ever
            suffix = "webp" if kind == "png" else kind
            files[f"figures/{fid}.{suffix}"] = release.archive.objects.get(name)
    return files


def _crate(release: Release, files: dict[str, bytes]) -> Any:
    """The description of a deposit."""
    from rocrate.model.contextentity import ContextEntity
    from rocrate.rocrate import ROCrate

    work = release.work
    if not work:
        raise ArchiveError(f"expected a release of a book that says what it is, got {release.version}, which had no "
                           "CITATION.cff")
    crate = ROCrate()
    root = crate.root_dataset
    crate.name, crate.description = f"{work['title']}, version {release.version}", work["abstract"]
    crate.datePublished = work["released"] or release.build["date"]
    crate.keywords = work["keywords"]
    root["version"], root["inLanguage"] = release.version, "en"
    people = []
    for author in work["authors"]:
        name = f"{author['given']} {author['family']}".strip()
        people.append(crate.add(ContextEntity(crate, f"#{name.lower().replace(' ', '-')}", properties={
            "@type": "Person" if author["given"] else "Organization", "name": name})))
    root["author"], root["publisher"] = people, people[0]
    licences = {name: crate.add(ContextEntity(crate, _LICENCES.get(name, f"#{name}"), properties={
        "@type": "CreativeWork", "name": name, "identifier": name, "description": f"The licence {name}."}))
        for name in work["licences"]}
    crate.license = list(licences.values())
    said = {"results.json": f"{len(release.results)} results with their records",
            "claims.json": f"{len(release.claims)} claims with their verdicts"}
    for name, content in sorted(files.items()):
        suffix = f".{name.rpartition('.')[2]}"
        title = said.get(name, f"Figure {name.removeprefix('figures/').removesuffix(suffix)}, {suffix[1:].upper()}")
        crate.add_file(io.StringIO(""), dest_path=name, properties={
            "name": title, "description": f"{title}.", "contentSize": str(len(content)),
            "license": licences.get("CC-BY-4.0", next(iter(licences.values()))),
            "encodingFormat": _TYPES.get(suffix) or mimetypes.guess_type(name)[0] or "application/octet-stream"})
    return crate.metadata.generate()


def _json(data: Any) -> bytes:
    return (json.dumps(data, indent=1, sort_keys=True, ensure_ascii=False, allow_nan=False) + "\n").encode()
