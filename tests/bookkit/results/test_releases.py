"""Releases: frozen once, never moved, compared with, and not to be withdrawn."""

import datetime
import json
import re
import shutil
import subprocess
import sys
import tarfile
from pathlib import Path

import bibtexparser
import pytest
from light_site import records_of
from sphinx.errors import ConfigError
from toybook import article, build, data, dead_links, text, validator

from bookkit.release import release
from bookkit.results.releases import NEW, drift, published, releases
from evidence.archive import check, notebooks, open_archive, writing
from evidence.records import Record
from evidence.records.compare import DIFFERS, SAME, WITHIN
from serve import serving


def nothing_wrong(records):
    """The toy's cells write their records themselves; what a release says of such ones is in `test_recomputed`."""
    return {}


@pytest.fixture(scope="module")
def released(make_shared_book):
    """A toy book that was built, released as 0.1.0, and built again."""
    book = make_shared_book("results")
    book.edit("_toc.yml", "  - file: book/claims", "  - file: book/claims\n  - file: book/changes")
    book.write("book/changes.md", "# Changes\n\n```{changes}\n```\n")
    built = build(book)
    assert built.ok, built.log
    said = release(book.path, "0.1.0", nothing_wrong)
    assert said[0].startswith("released 0.1.0: 2 results, 1 figures, 2 pages")
    after = build(book)
    assert after.ok and after.executed == [], after.log
    return book, after


def test_a_release_freezes_all_that_the_build_found(released):
    book, built = released
    frozen = open_archive(book.path / "records").release("0.1.0")
    validator("manifest").validate(json.loads(book.read("records/releases/0.1.0.json")))
    left = json.loads((book.path / "_build" / "release" / "results.json").read_text("utf-8"))
    validator("release").validate(left)
    for entry in left["results"]:
        validator("record").validate(entry["record"])
        assert frozen.results[entry["record"]["id"]].record.to_json() == entry["record"]
    assert [(rid, one.page) for rid, one in frozen.results.items()] == [
        ("coin.flips.count", "book/ch01/measure"), ("coin.heads.share", "book/ch01/measure")]
    assert frozen.claims[0]["verdict"] == "supported"
    drawn = frozen.figures["fig.coin-runs"]
    assert drawn.kinds == ("csv", "pdf", "svg")
    for kind in drawn.kinds:
        assert drawn.file(kind) == (built.html / f"figures/fig.coin-runs.{kind}").read_bytes()
    assert sorted(notebooks.newest(book.path / "records").pages) == ["book/ch01/draw", "book/ch01/measure"]
    assert check.problems(book.path / "records") == []
    ids = json.loads((book.path / "records" / "published.json").read_text("utf-8"))
    validator("published").validate(ids)
    assert ids["results"]["coin.heads.share"] == {"page": "book/ch01/measure", "since": "0.1.0"}
    assert list(ids["figures"]) == ["fig.coin-runs"]


def test_a_release_is_refused_once_its_records_have_changed(released, tmp_path):
    whole = released[0].path / "records"
    frozen = open_archive(whole).release("0.1.0").manifest
    for number, name in enumerate((frozen.index, frozen.bundle)):
        for damage in (lambda path: path.write_bytes(path.read_bytes()[:-5] + b"later"), Path.unlink):
            records = tmp_path / f"{number} {damage.__name__}"  # what is read is kept by its path
            shutil.copytree(whole, records)
            damage(records / "objects" / f"{name}.xz")
            with pytest.raises(ConfigError, match=f"{name}.*(damaged|missing)"):
                releases(records)
    assert [one.version for one in releases(whole)] == ["0.1.0"]
    assert check.problems(whole) == []


def test_a_version_is_released_once_and_only_as_what_the_book_says_it_is(released, tmp_path):
    book, _ = released
    before = {path: path.read_bytes() for path in (book.path / "records").rglob("*") if path.is_file()}
    for version, message in (("0.1.0", "which is released"),
                             ("0.2.0", "expected the version of CITATION.cff, '0.1.0'")):
        ran = subprocess.run([sys.executable, "-m", "bookkit", "release", version], cwd=book.path, text=True,
                             capture_output=True, check=False)
        assert ran.returncode == 1 and message in ran.stderr and "Traceback" not in ran.stderr, ran.stderr
    assert {path: path.read_bytes() for path in (book.path / "records").rglob("*") if path.is_file()} == before
    with pytest.raises(ValueError, match="expected a full build that succeeded, got none"):
        release(tmp_path, "0.1.0", nothing_wrong)


def test_released_records_keep_their_addresses_when_results_move_on(released, tmp_path):
    book = released[0].copy(tmp_path / "book")
    book.edit("code/toy/coin.py", "SHARE = 0.5", "SHARE = 0.55")
    built = build(book)
    assert built.ok, built.log
    assert "results against release 0.1.0: 1 same, 1 within interval" in built.log
    old = records_of(built.html / "results/v/0.1.0")[1].to_json()
    assert old["value"] == 0.5
    assert old == json.loads((released[1].html / "results/coin.heads.share/record.json").read_text("utf-8"))
    assert data(built, "results/coin.heads.share/record.json", "record")["value"] == 0.55
    page = article(built, "results/v/0.1.0/coin.heads.share/index")
    assert "50.0%" in page and "55.0%" not in page and "As released in version 0.1.0" in text(page)
    assert "https://toy.example/results/v/0.1.0/coin.heads.share/" in page
    with tarfile.open(built.html / "figures/v/0.1.0/figures.tar.gz") as tar:
        assert tar.getnames() == ["fig.coin-runs.csv", "fig.coin-runs.svg"]
    said = text(article(built, "results/coin.heads.share/index"))
    assert "Against release 0.1.0 (50.0% (95% CI 40.0% to 60.0%)), this build has another value, within the" in said
    assert "55.0% 40.0% to 60.0% 100 flips within interval" in text(article(built, "results/index"))
    page = article(built, "results/coin.heads.share/index")
    cited = page[page.index('id="cite"'):page.index('<pre id="cite-')]
    assert "The page of version 0.1.0 stays as it is." in text(cited)
    bib = (built.html / "results/coin.heads.share/record.bib").read_text("utf-8")
    assert "version = {0.1.0, rebuilt from its source of 20" in bib and "url = " not in bib
    assert "version 0.1.0, rebuilt from its source of 20" in text(page)
    assert "No permanent address: a build that is not a release keeps none." in text(page)
    described = re.search(r'<script type="application/ld.json">(.*?)</script>',
                          built.page("results/coin.heads.share/index"))
    assert json.loads(described[1])["version"].startswith("0.1.0, rebuilt from its source of 20")
    said = text(article(built, "book/changes"))
    assert "Against version 0.1.0: 1 the same to nine digits; 1 moved within the interval that was released." in said
    assert ("Share of heads coin.heads.share 50.0% (95% CI 40.0% to 60.0%) 55.0% (95% CI 40.0% to 60.0%) "
            "(within interval) nothing") in said
    assert "2 results, with nothing before them to compare with." in said
    for name in ("results/v/0.1.0/index.html", "results/v/0.1.0/coin.heads.share/index.html",
                 "results/coin.heads.share/index.html", "book/changes.html"):
        assert dead_links(built.html, name) == []


def test_a_result_that_did_not_move_is_cited_by_its_released_address(released):
    _, built = released
    said = text(article(built, "results/coin.heads.share/index"))
    assert "the same value and interval" in said
    assert "https://toy.example/results/v/0.1.0/coin.heads.share/" in said
    bib = (built.html / "results/coin.heads.share/record.bib").read_text("utf-8")
    assert "url = {https://toy.example/results/v/0.1.0/coin.heads.share/}" in bib and "version = {0.1.0}," in bib


@pytest.mark.site
def test_a_copied_entry_of_a_release_has_its_address_and_the_day(released, browser):
    context = browser.new_context(permissions=["clipboard-read", "clipboard-write"])
    with serving(released[1].html) as url:
        page = context.new_page()
        page.goto(f"{url}/results/v/0.1.0/coin.heads.share/index.html")
        page.get_by_role("button", name="Copy BibTeX").click()
        page.locator(".bookkit-copied", has_text="Copied: BibTeX.").wait_for()
        (entry,) = bibtexparser.parse_string(page.evaluate("navigator.clipboard.readText()")).entries
    context.close()
    fields = {name: field.value for name, field in entry.fields_dict.items()}
    assert fields["url"] == "https://toy.example/results/v/0.1.0/coin.heads.share/"
    assert fields["urldate"] == datetime.date.today().isoformat()
    assert "accessed" not in fields["note"] and "record sha256" in fields["note"]


def test_ids_that_were_published_must_stay_published(released, tmp_path):
    book = released[0].copy(tmp_path / "book")
    book.edit("book/ch01/measure.md", 'flips("coin.flips.count")', 'flips("coin.flips.number")')
    book.edit("book/ch01/measure.md", "{r}`coin.flips.count`", "{r}`coin.flips.number`")
    book.edit("book/ch01/before.md", "{r}`coin.flips.count`", "{r}`coin.flips.number`")
    draw = book.read("book/ch01/draw.md")
    book.write("book/ch01/draw.md", draw[:draw.index("```{code-cell}")])
    book.edit("book/ch01/before.md", "{numref}`fig.coin-runs`", "nothing")
    built = build(book)
    assert not built.ok
    was = book.read("book/ch01/measure.md").split("\n").index('flips("coin.flips.number")') + 1
    lines = book.read("records/published.json").split("\n")
    listed = next(number for number, line in enumerate(lines, 1) if line.startswith('  "coin.flips.count": '))
    assert (f"book/ch01/measure.md:{was}: no page publishes the result 'coin.flips.count' any more, but release 0.1.0 "
            f"did, here, and others may cite it (records/published.json:{listed})") in built.log
    assert "no page publishes the figure 'fig.coin-runs' any more" in built.log
    assert "'coin.heads.share'" not in built.log


def test_a_fast_build_shows_released_results_also_of_cells_that_changed(released, tmp_path):
    book = released[0].copy(tmp_path / "book")
    book.edit("book/ch01/measure.md", "heads()", "heads()  # as before")
    book.edit("book/ch01/draw.md", "runs()", "runs()  # as before")
    book.edit("book/index.md", "headline", "main result")
    built = build(book, BOOK_FAST="1", BOOK_STRICT="1")
    assert built.ok and built.executed == [], built.log
    assert "Its main result: 50% (95% CI [40, 60])." in text(article(built, "book/index"))
    assert "<svg" in article(built, "book/ch01/draw")
    assert "this fast build did not compute it" in text(article(built, "results/coin.heads.share/index"))
    assert data(built, "results/index.json", "results")["build"]["fast"] == "0.1.0"
    assert not (book.path / "_build" / "release").exists(), "a fast build is nothing to release"

    book.edit("book/ch01/measure.md", 'flips("coin.flips.count")', 'flips("coin.flips.number")')
    book.edit("book/ch01/before.md", "{r}`coin.flips.count`", "{r}`coin.flips.number`")
    unreleased = build(book, BOOK_FAST="1")
    assert unreleased.ok, unreleased.log
    assert "coin.flips.number (not in this fast build)" in text(article(unreleased, "book/ch01/before"))
    assert "'coin.flips.number' is not in release 0.1.0; a full build computes it" in unreleased.log


def _record(**changes):
    given = {"id": "a.b", "title": "T", "value": 0.5, "ci": (0.4, 0.6), "method": "m", "unit": "", "format": ".1f",
             "n": 3, "n_of": "seeds", "runs": (), "module": "m", "function": "f", "code": "0" * 64,
             "versions": {"python": "3", "torch": "2", "numpy": "2", "deref": "0"},
             "build": {"commit": None, "clean": None, "hardware": "h", "threads": 1, "wall_s": None}}
    return Record(**(given | changes))


@pytest.fixture
def one_release(tmp_path):
    def make(*records):
        for version in ("0.2.0", "0.10.0"):
            entries = [{"record": r.to_json(), "page": "p", "line": 1} for r in records]
            writing.write(tmp_path, version, build={"date": "2026-01-01"}, work={}, results=entries, figures=[],
                          files={}, claims=[])
        return releases(tmp_path)
    return make


@pytest.mark.parametrize(("changes", "kind", "environment"), [
    ({}, SAME, ()), ({"code": "1" * 64}, SAME, ("code",)), ({"value": 0.6}, WITHIN, ()),
    ({"value": 0.61, "ci": (0.6, 0.7)}, DIFFERS, ()), ({"ci": (0.3, 0.6), "n": 4}, WITHIN, ("n",)),
    ({"versions": {"python": "3", "torch": "3", "numpy": "2", "deref": "0"}}, SAME, ("torch 2 → 3",)),
    ({"id": "a.c"}, NEW, ()), ({"unit": "km"}, DIFFERS, ()),
])
def test_drift_against_the_newest_release(one_release, changes, kind, environment):
    found = one_release(_record())
    assert [r.version for r in found] == ["0.10.0", "0.2.0"], "by version, not by letters"
    moved = drift(_record(**changes), found[0])
    assert (moved.kind, moved.environment) == (kind, environment)


def test_without_an_interval_another_value_differs(one_release):
    newest = one_release(_record(ci=None))[0]
    assert drift(_record(value=0.6, ci=None), newest).kind == DIFFERS
    assert drift(_record(), None).kind == NEW


def test_lists_that_cannot_be_read_say_what_was_expected(tmp_path):
    (tmp_path / "published.json").write_text('{"results": ["a.b"]}')
    with pytest.raises(Exception, match=r"published\.json: expected"):
        published(tmp_path)
    (tmp_path / "releases").mkdir()
    (tmp_path / "releases" / "1.0.json").write_text('{"version": "1.0"}')
    with pytest.raises(Exception, match=r"1\.0\.json: expected a release's manifest with build, bundle"):
        releases(tmp_path)


@pytest.mark.parametrize("data", [b"", b'{"0.1.0": ', b"[1]", b"\xff"])
def test_a_damaged_list_of_written_releases_is_made_again(released, tmp_path, data):
    book = released[0].copy(tmp_path / "book")
    (book.path / "_build/.doctrees/bookkit-released-html.json").write_bytes(data)
    built = build(book)
    assert built.ok, built.log
    assert (built.html / "results/v/0.1.0/coin.heads.share/index.html").is_file()


@pytest.fixture
def candidate(judged, tmp_path):
    """A book that was built and could be released."""
    return judged[0].copy(tmp_path / "book")


LEFT = ("release/results.json", "release/claims.json", "release/figures/fig.coin-runs.svg", "release/sums.json",
        "release/figures/fig.coin-runs.csv", "executed/book/ch01/draw.ipynb", "executed/build.json")


def digit(data):
    """The same with another digit in its middle, as valid as before."""
    at = next(at for at in range(len(data) // 2, len(data)) if data[at:at + 1].isdigit())
    return data[:at] + (b"1" if data[at:at + 1] != b"1" else b"2") + data[at + 1:]


@pytest.mark.parametrize("name", LEFT)
@pytest.mark.parametrize("damage", [
    digit, lambda data: data[: len(data) // 2], lambda data: None, lambda data: b"[" * 100_000, lambda data: b"{}"],
    ids=["digit", "half", "lost", "nested", "empty object"])
def test_nothing_is_released_that_is_not_as_the_build_left_it(candidate, name, damage):
    path = candidate.path / "_build" / name
    data = path.read_bytes()
    if not any(character in b"0123456789" for character in data[len(data) // 2:]):
        data += b"1"
    changed = damage(data)
    path.unlink() if changed is None else path.write_bytes(changed)
    with pytest.raises(ValueError, match=r"^expected .*(run `make book`)|as the last build left it") as caught:
        release(candidate.path, "0.1.0", nothing_wrong)
    assert "\n" not in str(caught.value)
    assert not (candidate.path / "records" / "releases").exists()


def test_the_next_build_leaves_again_what_was_damaged(candidate):
    for name in LEFT:
        (candidate.path / "_build" / name).write_bytes(b"{}")
    assert build(candidate).ok
    said = release(candidate.path, "0.1.0", nothing_wrong)
    assert said[0].startswith("released 0.1.0: 2 results, 1 figures, 2 pages")
