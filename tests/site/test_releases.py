"""Every address of the releases that there are: a page, a record and files, which say what was released."""

import html
import json
import tarfile
from pathlib import Path

import light_site
import pytest

from evidence.archive import open_archive
from evidence.records import Record, ci_text, value_text

pytestmark = pytest.mark.site
RECORDS = Path(__file__).parents[2] / "records"
LARGEST, TODAYS = 4_000, 12_000
WHOLE = ("0.1.0", "0.2.0")  # releases with a page and files of their own for everything
UNPACKED = (*WHOLE, "0.3.0")  # releases with files one by one


@pytest.fixture(params=[release.version for release in open_archive(RECORDS).releases])
def release(request):
    return open_archive(RECORDS).release(request.param)


def test_every_address_of_a_result_resolves_and_shows_its_value_interval_and_hash(site, release):
    faults = []
    for rid, one in release.results.items():
        folder = site / "results" / "v" / one.since.version / rid
        page = html.unescape((folder / "index.html").read_text("utf8"))
        said = [f"<strong>{value_text(one.record)}</strong>", one.record.sha256]
        said += [ci_text(one.record)] if one.record.ci else []
        faults += [(rid, part) for part in said if part not in page]
        if one.since.version in UNPACKED and (Record.read(folder / "record.json") != one.record
                                              or not (folder / "record.bib").exists()):
            faults.append((rid, "its files"))
    assert faults == []
    assert release.version not in WHOLE or {one.since for one in release.results.values()} == {release}


def test_records_and_figures_of_a_packed_release_are_in_its_files(site, release):
    for since in {one.since for one in (*release.results.values(), *release.figures.values())}:
        if since.version in UNPACKED:
            continue
        records = light_site.records_of(site / "results" / "v" / since.version)
        assert {record.id: record for record in records} == {rid: since.own_record(rid) for rid in since.own_results}
        if since.own_figures:
            with tarfile.open(site / "figures" / "v" / since.version / "figures.tar.gz") as tar:
                files = {name: tar.extractfile(name).read() for name in tar.getnames()}
            assert files == {f"{fid}.{kind}": since.figures[fid].file(kind)
                             for fid in since.own_figures for kind in ("csv", "svg")}


def test_every_file_of_a_figure_is_at_its_address(site, release):
    for fid, figure in release.figures.items():
        if figure.since.version not in UNPACKED:
            continue
        for kind in figure.kinds if figure.since.version in WHOLE else ("svg", "csv"):
            file = site / "figures" / "v" / figure.since.version / f"{fid}.{kind}"
            assert file.stat().st_size and (kind == "png" or file.read_bytes() == figure.file(kind)), file
        if release.version in WHOLE:
            assert (figure.kinds, figure.since) == (("csv", "pdf", "png", "svg"), release)


def test_the_indexes_of_a_release_list_all_of_its_results(site, release):
    assert light_site.links(site, release.version) == {
        rid: one.since.version for rid, one in release.results.items()}
    assert (site / "results" / "v" / release.version / "index.html").exists()
    if release.version not in UNPACKED:
        return
    index = json.loads((site / "results" / "v" / release.version / "index.json").read_text("utf8"))
    assert {row["id"]: (row["value"], row["sha256"]) for row in index["results"]} == {
        rid: (release.own_record(rid).value, release.own_record(rid).sha256) for rid in release.own_results}
    assert index["build"] == release.build


@pytest.mark.parametrize(("pattern", "most"), [("results/v/*/*/index.html", LARGEST), ("results/*/index.html", TODAYS)])
def test_pages_of_results_are_light(site, pattern, most):
    sizes = {path.relative_to(site).as_posix(): path.stat().st_size for path in site.glob(pattern)}
    assert sizes
    assert {name: size for name, size in sizes.items() if size >= most} == {}
