"""The pages of releases: small, written once, and only for what a release was the first to publish."""

import gzip
import io
import itertools
import json
import re
import shutil
import tarfile
from pathlib import Path

import bibtexparser
import light_site
import pytest
from bs4 import BeautifulSoup
from light_site import catalogue, links, records_of, written
from PIL import Image
from small_releases import entry, figure, weight, write
from toybook import dead_links, validator

from bookkit.pages import released
from evidence.archive import open_archive
from evidence.records import Record, released_file

LARGEST = 4_000


@pytest.fixture
def book(tmp_path):
    """A function that writes what the site lacks of releases; it returns the versions that were written."""
    records, site = tmp_path / "records", tmp_path / "html"

    def build():
        return released.write(light_site.application(tmp_path, site), site, catalogue(records))

    build.records, build.site = records, site
    return build


@pytest.fixture
def two(book):
    """Two releases; in the second one result of four and one figure of two changed."""
    write(book.records, "0.1.0", [entry(n) for n in range(4)], [figure(0), figure(1)])
    write(book.records, "0.2.0", [entry(0, 1), *(entry(n) for n in range(1, 4))], [figure(0, 1), figure(1)])
    assert book() == ["0.2.0", "0.1.0"]
    return book


def test_a_release_has_pages_for_what_it_was_the_first_to_publish(two):
    assert sorted(written(two.site)) == [
        "figures/v/0.1.0/figures.tar.gz", "figures/v/0.2.0/figures.tar.gz", "results/v/0.1.0/index.html",
        *(f"results/v/0.1.0/made.up-{n}/index.html" for n in range(4)),
        "results/v/0.1.0/records.bib.gz", "results/v/0.1.0/records.json.gz", "results/v/0.2.0/index.html",
        "results/v/0.2.0/made.up-0/index.html", "results/v/0.2.0/records.bib.gz", "results/v/0.2.0/records.json.gz",
        "results/v/index.json"]
    assert links(two.site, "0.2.0") == {"made.up-0": "0.2.0", **{f"made.up-{n}": "0.1.0" for n in range(1, 4)}}
    index = BeautifulSoup((two.site / "results/v/0.2.0/index.html").read_text("utf8"), "html.parser")
    assert "by the version that published them so: 3 in 0.1.0." in index.get_text()
    assert [a["href"] for a in index.find("table").find_all("a")] == ["made.up-0/index.html"]


def test_a_page_says_all_that_a_released_number_needs_and_weighs_little(two):
    path = two.site / "results/v/0.1.0/made.up-0/index.html"
    page = BeautifulSoup(path.read_text("utf8"), "html.parser")
    record = open_archive(two.records).release("0.1.0").results["made.up-0"].record
    text = " ".join(page.find("article").get_text().split())
    for part in ("0.25", "no interval", "As released in version 0.1.0; this page does not change.", record.sha256,
                 "deref verify made.up-0 --record records.json.gz", "made up", "10 seeds",
                 "Made up: a book, version 0.1.0", f"commit {'c' * 12}", "seeds 0 to 2, 4"):
        assert part in text, part
    assert path.stat().st_size < LARGEST
    assert page.find("meta", attrs={"name": "citation_title"})["content"] == "A made-up share: 0.25 (no interval)"
    assert page.find("link", rel="canonical")["href"].endswith("a-book/results/v/0.1.0/made.up-0/")
    assert [len(page.find_all(name)) for name in ("main", "h1", "nav")] == [1, 1, 1]
    policy = page.find("meta", attrs={"http-equiv": "Content-Security-Policy"})
    assert policy is page.find("head").find(True), "before all that it speaks of"
    assert "script-src 'self';" in policy["content"]
    assert all(script.get("src") or "json" in script["type"] for script in page.find_all("script"))


def test_every_page_of_the_project_s_releases_is_light(tmp_path, book):
    book.records.symlink_to(Path(__file__).parents[3] / "records")
    (tmp_path / "archive").symlink_to(book.records)  # an archive of this test's own: what is read is kept by its path
    sample = catalogue(tmp_path / "archive")
    for release in sample.releases:  # one of twenty, and the longest titles among them
        ids = sorted(release.own_results, key=lambda rid: -len(release.own_record(rid).title + rid * 2))
        keep = set(ids[:5] + ids[5::20])
        release._bundle["records"] = {rid: one for rid, one in release._bundle["records"].items() if rid in keep}
        release._bundle["figures"].clear()
    released.write(light_site.application(tmp_path, book.site), book.site, sample)
    sizes = {path.parent.name: path.stat().st_size for path in book.site.glob("results/v/*/*/index.html")}
    assert len(sizes) > 50
    assert {name: size for name, size in sizes.items() if size >= LARGEST} == {}


def test_what_a_release_has_beside_pages_is_packed(two):
    archive = open_archive(two.records)
    for version, own, drawn in (("0.1.0", 4, 2), ("0.2.0", 1, 1)):
        release, folder = archive.release(version), two.site / "results/v" / version
        records = records_of(folder)
        assert records == [release.own_record(rid) for rid in release.own_results] and len(records) == own
        assert released_file.read(folder / "records.json.gz", "made.up-0") == records[0]
        entries = bibtexparser.parse_string(gzip.decompress((folder / "records.bib.gz").read_bytes()).decode()).entries
        assert [one.key for one in entries] == [f"deref-{record.id}" for record in records]
        assert all(record.sha256 in one["note"] for one, record in zip(entries, records, strict=True))
        with tarfile.open(two.site / "figures/v" / version / "figures.tar.gz") as tar:
            files = {name: tar.extractfile(name).read() for name in tar.getnames()}
        assert files == {f"{fid}.{kind}": release.figures[fid].file(kind)
                         for fid in release.own_figures for kind in ("csv", "svg")} and len(files) == 2 * drawn
    index = BeautifulSoup((two.site / "results/v/0.2.0/index.html").read_text("utf8"), "html.parser")
    files = [a["href"] for a in index.find("p").find_all("a")]
    assert files == ["records.json.gz", "records.bib.gz", "../../../figures/v/0.2.0/figures.tar.gz"]
    assert all((two.site / "results/v/0.2.0" / name).is_file() for name in files)


def test_releases_up_to_one_that_is_named_have_every_file_at_its_address(book, tmp_path):
    picture = io.BytesIO()
    Image.effect_noise((64, 64), 90).convert("RGB").save(picture, "PNG")
    place, files = figure(0)
    write(book.records, "0.1.0", [entry(0)], [(place, {**files, "png": picture.getvalue()})])
    write(book.records, "0.2.0", [entry(0, 1)], [figure(0, 1)])
    write(book.records, "0.10.0", [entry(0, 2)], [figure(0, 2)])
    app = light_site.application(tmp_path, book.site, unpacked="0.2.0")
    assert released.write(app, book.site, catalogue(book.records)) == ["0.10.0", "0.2.0", "0.1.0"]
    assert sorted(path.name for path in book.site.glob("figures/v/0.1.0/*")) == [
        f"fig.made-0.{kind}" for kind in ("csv", "pdf", "png", "svg")]
    shown = Image.open(book.site / "figures/v/0.1.0/fig.made-0.png")
    assert shown.size == (64, 64) and len(shown.convert("RGB").getcolors()) <= 256
    assert sorted(path.name for path in book.site.glob("figures/v/0.2.0/*")) == ["fig.made-0.csv", "fig.made-0.svg"]
    assert [path.name for path in book.site.glob("figures/v/0.10.0/*")] == ["figures.tar.gz"]
    archive = open_archive(book.records)
    assert archive.release("0.2.0").figures["fig.made-0"].file("pdf") == figure(0, 1)[1]["pdf"]
    first, later = (archive.release(version).results["made.up-0"].record for version in ("0.1.0", "0.2.0"))
    assert (book.site / "results/v/0.1.0/made.up-0/record.json").read_text("utf8") == first.dumps()
    kept = book.site / "results/v/0.2.0/made.up-0/record.json"
    assert Record.read(kept) == later and kept.stat().st_size < len(later.dumps())
    assert "--record record.json<" in (kept.parent / "index.html").read_text("utf8")
    index = json.loads((book.site / "results/v/0.2.0/index.json").read_text("utf8"))
    validator("released").validate({**index, "build": BUILD})
    for version in ("0.1.0", "0.2.0"):
        assert (book.site / f"results/v/{version}/made.up-0/record.bib").read_text("utf8").startswith("@misc{")


def test_an_unchanged_release_costs_no_rendering(two, monkeypatch):
    before = {path: path.stat().st_mtime_ns for path in two.site.rglob("*")}

    def refuse(*given, **named):
        raise AssertionError("expected nothing to be rendered")

    monkeypatch.setattr(released, "_write", refuse)
    assert two() == []
    assert {path: path.stat().st_mtime_ns for path in two.site.rglob("*")} == before


@pytest.mark.parametrize("gone", ["results/v/0.1.0/index.html", "figures/v/0.1.0/figures.tar.gz",
                                  "results/v/0.1.0/records.json.gz", "results/v/0.1.0/made.up-2"])
def test_what_is_missing_from_the_site_is_written_again_and_what_is_too_much_goes(two, gone):
    before = written(two.site)
    target = two.site / gone
    shutil.rmtree(target) if target.is_dir() else target.unlink()
    (two.site / "results/v/0.0.9/a.b").mkdir(parents=True)
    assert two() == ["0.1.0"]
    assert written(two.site) == before and not (two.site / "results/v/0.0.9").exists()


def test_the_list_of_all_versions_is_written_again_where_it_is_missing(two):
    path = two.site / "results/v/index.json"
    before = path.read_bytes()
    assert json.loads(before)["results"]["made.up-0"] == ["0.2.0", "0.1.0"]
    path.unlink()
    assert two() == [] and path.read_bytes() == before
    for release in (two.records / "releases").iterdir():
        release.unlink()
    two()
    assert not path.exists(), "without releases there is no list of them"


def test_a_page_describes_its_result_in_the_words_of_schema_org(two):
    page = BeautifulSoup((two.site / "results/v/0.1.0/made.up-0/index.html").read_text("utf8"), "html.parser")
    record = open_archive(two.records).release("0.1.0").results["made.up-0"].record
    about = page.find(itemtype="https://schema.org/Dataset")
    said = {one["itemprop"]: one for one in about.find_all(attrs={"itemprop": True})}
    assert (said["name"].get_text(), said["identifier"].get_text(), said["version"].get_text()) == (
        record.title, "made.up-0", "0.1.0")
    assert said["description"].get_text() == record.method
    assert said["license"]["href"] == "https://creativecommons.org/licenses/by/4.0/"
    assert float(page.find("data")["value"]) == record.value


def test_another_address_of_the_site_rewrites_every_page(two, tmp_path):
    app = light_site.application(tmp_path, two.site, base="")
    assert released.write(app, two.site, catalogue(two.records)) == ["0.2.0", "0.1.0"]
    page = (two.site / "results/v/0.1.0/made.up-0/index.html").read_text("utf8")
    assert "canonical" not in page and "made.up.example" not in page


def test_links_and_indexes_hold(two):
    (two.site / "results/made.up-0").mkdir(parents=True)
    for name in ("results/v/0.2.0/index.html", "results/v/0.1.0/index.html"):
        assert dead_links(two.site, name) == ["../../index.html", "../../../book/index.html"][::-1]
    validator("versions").validate(json.loads((two.site / "results/v/index.json").read_text("utf8")))


BUILD = {"version": "0.1.0", "date": "2026-01-01", "commit": None, "clean": None, "python": "3.11", "fast": None,
         "compared_with": None}


def test_many_releases_cost_what_changed(book):
    """Of 40 results 2 change in each release; a hundred of them are the benchmark `releases`."""
    count, changed, versions = 40, 2, 12
    state = dict.fromkeys(range(count), 0)
    objects, pages, sizes = [], [], []
    for step in range(versions):
        for number in range(changed):
            state[(step * changed + number) % count] += step > 0
        write(book.records, f"0.{step}.0", [entry(n, state[n]) for n in range(count)], [figure(0, step // 4)])
        assert book() == [f"0.{step}.0"], "no other release is written again"
        objects.append(len(list((book.records / "objects").iterdir())))
        pages.append(sum(name.endswith("index.html") for name in written(book.site)))
        sizes.append(weight(book.site))
    added = [after - before for before, after in itertools.pairwise(objects)]
    assert set(added) == {2, 5}, "an index and a bundle; and at times the three files of a figure"
    assert {after - before for before, after in itertools.pairwise(pages)} == {changed + 1}
    # a page and two rows for what changed, a list, which names nothing else, and three packed files
    most = changed * (LARGEST + 500) + 4_500
    assert max(after - before for before, after in itertools.pairwise(sizes)) < most
    newest = open_archive(book.records).releases[0]
    assert {rid: one.record.value for rid, one in newest.results.items()} == {
        f"made.up-{n}": entry(n, state[n])["record"]["value"] for n in range(count)}
    assert weight(book.records) < versions * 3000
    assert re.fullmatch(r"0\.\d+\.0", links(book.site, newest.version)["made.up-0"])
