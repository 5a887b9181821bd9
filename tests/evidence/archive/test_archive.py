"""Releases are read as they were written, and what did not change is kept once."""

import json

import pytest
import small_releases
from small_releases import entry, figure, weight, write

from evidence.archive import Archive, ArchiveError, Objects, open_archive
from evidence.records import Record

MANY = 400


@pytest.fixture
def first(tmp_path):
    return write(tmp_path, "0.1.0", [entry(number) for number in range(MANY)], [figure(n) for n in range(3)])


def read(release):
    return {rid: (json.dumps(one.record.to_json(), sort_keys=True), one.page, one.line)
            for rid, one in release.results.items()}


def given(entries):
    return {one["record"]["id"]: (json.dumps(one["record"], sort_keys=True), one["page"], one["line"])
            for one in entries}


def test_an_object_is_named_by_its_content_and_written_once(tmp_path):
    objects = Objects(tmp_path)
    name = objects.put(b"some text" * 100)
    before = objects.path(name).stat().st_mtime_ns, objects.path(name).read_bytes()
    assert objects.put(b"some text" * 100) == name
    assert (objects.path(name).stat().st_mtime_ns, objects.path(name).read_bytes()) == before
    assert objects.get(name) == b"some text" * 100
    assert objects.names() == [name]


def test_two_archives_of_the_same_are_the_same_bytes(tmp_path, first):
    write(tmp_path / "again", "0.1.0", [entry(number) for number in reversed(range(MANY))],
          [figure(n) for n in range(3)])
    found = [{path.relative_to(root).as_posix(): path.read_bytes() for path in root.rglob("*") if path.is_file()
              and "again" not in path.relative_to(root).parts} for root in (tmp_path, tmp_path / "again")]
    assert found[0] == found[1]


def test_a_release_is_read_as_it_was_written(tmp_path, first):
    assert read(first) == given(entry(number) for number in range(MANY))
    assert first.claims == [{"id": "claim.a", "verdict": "supported"}]
    for number in range(3):
        place, files = figure(number)
        found = first.figures[place["id"]]
        assert {kind: found.file(kind) for kind in found.kinds} == files
        assert (found.page, found.line, found.modules, found.runs) == ("book/ch06/page", number, ("a.b",), ())
    with pytest.raises(ArchiveError, match=r"expected a file of fig\.made-0 among csv, pdf, svg, got 'png'"):
        first.figures["fig.made-0"].file("png")


def test_what_did_not_change_is_that_of_the_release_that_had_it_first(tmp_path, first):
    write(tmp_path, "0.2.0", [entry(number, int(number < 4)) for number in range(MANY)],
          [figure(n, int(n == 1)) for n in range(3)])
    third = write(tmp_path, "0.3.0", [entry(number, int(number < 4)) for number in range(MANY)],
                  [figure(n, int(n == 1)) for n in range(3)])
    assert third.own_results == [] and third.own_figures == {}
    second = open_archive(tmp_path).release("0.2.0")
    assert second.own_results == [f"made.up-{number}" for number in range(4)]
    assert list(second.own_figures) == ["fig.made-1"]
    assert third.results["made.up-3"].since.version == "0.2.0"
    assert third.results["made.up-4"].since.version == "0.1.0"
    assert third.figures["fig.made-1"].file("csv") == b"x\n1.1\n"
    assert read(third) == read(second) == given(entry(number, int(number < 4)) for number in range(MANY))
    assert [one.version for one in open_archive(tmp_path).releases] == ["0.3.0", "0.2.0", "0.1.0"]


def test_a_release_in_which_nothing_or_only_the_commit_changed_is_small(tmp_path, first):
    before = weight(tmp_path)
    write(tmp_path, "0.2.0", [entry(number) for number in range(MANY)], [figure(n) for n in range(3)])
    nothing = weight(tmp_path) - before
    build = entry(0)["record"]["build"] | {"commit": "d" * 40}
    again = [entry(number, build=build) for number in range(MANY)]
    third = write(tmp_path, "0.3.0", again, [figure(n) for n in range(3)])
    commit = weight(tmp_path) - before - nothing
    assert read(third) == given(again)
    assert third.own_results == sorted(f"made.up-{number}" for number in range(MANY)), "each has another commit"
    assert nothing < 10_000 and commit < 15_000, (nothing, commit)


def test_a_result_that_comes_back_and_one_that_is_gone(tmp_path, first):
    write(tmp_path, "0.2.0", [entry(0)])
    third = write(tmp_path, "0.3.0", [entry(0), entry(1)])
    assert list(open_archive(tmp_path).release("0.2.0").results) == ["made.up-0"]
    assert third.results["made.up-0"].since.version == "0.1.0"
    assert third.results["made.up-1"].record == Record.from_json(entry(1)["record"])


def test_whole_numbers_stay_as_they_were_written(tmp_path):
    def made(value):
        one = Record.from_json(entry(0)["record"])
        changed = one.to_json() | {"value": value, "ci": None}
        del changed["sha256"]
        return {**entry(0), "record": small_releases.sealed(changed)}

    write(tmp_path, "0.1.0", [made(1.0)])
    second = write(tmp_path, "0.2.0", [made(1)])
    assert isinstance(second.results["made.up-0"].record.value, int)
    assert isinstance(open_archive(tmp_path).release("0.1.0").results["made.up-0"].record.value, float)


def test_an_older_version_can_still_be_released(tmp_path, first):
    write(tmp_path, "1.0.0", [entry(0, 1)])
    patch = write(tmp_path, "0.1.1", [entry(0)])
    assert patch.results["made.up-0"].since.version == "0.1.0"
    assert [one.version for one in Archive(tmp_path).releases] == ["1.0.0", "0.1.1", "0.1.0"]


@pytest.mark.parametrize(("version", "message"), [
    ("0.1.0", "expected a new version, got '0.1.0', which is released and never changes"),
    ("next", "expected a version such as \"0.1.0\", got 'next'")])
def test_versions_that_cannot_be_released(tmp_path, first, version, message):
    before = weight(tmp_path)
    with pytest.raises(ArchiveError, match=message):
        write(tmp_path, version, [entry(0, 5)])
    assert weight(tmp_path) == before


def test_a_record_that_was_tampered_with_is_not_released(tmp_path):
    broken = entry(0)
    broken["record"]["value"] = 0.9
    with pytest.raises(ValueError, match="was changed after it was published"):
        write(tmp_path, "0.1.0", [broken])
    assert open_archive(tmp_path).releases == []


@pytest.mark.parametrize(("name", "message"), [
    ("../../etc/passwd", "expected the name of an object, 64 hexadecimal digits"), ("0" * 64, "it is missing")])
def test_names_of_no_object_are_refused(tmp_path, name, message):
    with pytest.raises(ArchiveError, match=message):
        Objects(tmp_path).get(name)
