"""The pages of releases without a build: what they need of Sphinx, and nothing else."""

import gzip
import json
from pathlib import Path
from types import SimpleNamespace

from sphinx.util.osutil import relative_uri

from bookkit.results.releases import releases
from evidence.records import Record


class Builder:
    """The addresses of a builder of web pages."""

    name = "html"

    def get_target_uri(self, name, typ=None):
        return f"{name}.html"

    def get_relative_uri(self, here, there, typ=None):
        return relative_uri(f"{here}.html", f"{there}.html")


class _Application:
    """Anything with these attributes."""

    def __init__(self, **given):
        vars(self).update(given)


class _Environment:
    """What pages of releases ask of an environment: the releases, of which the toy's own are told apart by none."""

    def get_domain(self, name):
        return SimpleNamespace(once=lambda key, make: SimpleNamespace(releases=[]))


def application(root: Path, site: Path, base: str = "https://made.up.example/a-book/", unpacked: str = ""):
    """An application for `bookkit.pages.released.write`, which writes into a site and keeps its notes beside it."""
    (site.parent / "trees").mkdir(parents=True, exist_ok=True)
    config = SimpleNamespace(html_baseurl=base, html_favicon="book/favicon.svg", root_doc="book/index",
                             bookkit_work="", bookkit_code_root="code", bookkit_unpacked=unpacked)
    return _Application(builder=Builder(), config=config, srcdir=str(root), env=_Environment(), outdir=str(site),
                           doctreedir=str(site.parent / "trees"))


def catalogue(records: Path):
    """What a build would know of these releases: its results are those of the newest."""
    found = releases(records)
    return SimpleNamespace(releases=found, records=dict.fromkeys(found[0].results) if found else {})


def written(site: Path) -> dict[str, bytes]:
    """The files of a site, by path."""
    return {path.relative_to(site).as_posix(): path.read_bytes() for path in site.rglob("*") if path.is_file()}


def records_of(folder: Path) -> list[Record]:
    """The records of a packed release, as the file in its folder has them."""
    packed = json.loads(gzip.decompress((folder / "records.json.gz").read_bytes()))
    return [Record.from_json(one["record"]) for one in packed["results"]]


def links(site: Path, version: str) -> dict[str, str]:
    """Where the lists for programs say that each result of a release is: its version."""
    known = json.loads((site / "results" / "v" / "index.json").read_text("utf-8"))
    until = known["releases"][known["releases"].index(version):]
    found = {rid: [one for one in anew if one in until][:1] for rid, anew in known["results"].items()}
    folder = site / "results" / "v" / version
    own = ([row["id"] for row in json.loads((folder / "index.json").read_text("utf-8"))["results"]]
           if (folder / "index.json").exists() else [record.id for record in records_of(folder)])
    assert set(own) == {rid for rid, some in found.items() if some == [version]}
    return {rid: some[0] for rid, some in found.items() if some}
