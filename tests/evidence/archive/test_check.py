"""What is damaged, missing or left over in an archive is named; what is whole is quiet."""

import json
import lzma
import shutil

import pytest
from small_releases import entry, figure, write

from evidence.archive import ArchiveError, Objects, check, notebooks, open_archive

LONG = "the outputs of a cell " * 200


@pytest.fixture
def records(tmp_path):
    """Two releases with a chapter of the newer one."""
    write(tmp_path, "0.1.0", [entry(number) for number in range(5)], [figure(0)])
    write(tmp_path, "0.2.0", [entry(number, int(number < 2)) for number in range(5)], [figure(0)])
    notebooks.keep(tmp_path, "0.2.0", {"book/a": {"cells": [{"outputs": [{"text": LONG}]}]}})
    return tmp_path


def object_of(records, what):
    one = open_archive(records).release("0.2.0")
    return {"index": one.manifest.index, "bundle": one.manifest.bundle, "claims": one.manifest.claims,
            "figure": one.figures["fig.made-0"].since.own_figures["fig.made-0"]["pdf"],
            "chapter": notebooks.newest(records).pages["book/a"],
            "output": next(name for name in check.objects_of_notebooks(records)
                           if LONG.encode() == Objects(records).get(name))}[what]


def test_a_whole_archive_has_no_problems(records):
    assert check.problems(records) == []
    assert check.problems(records / "nothing") == []


@pytest.mark.parametrize("what", ["index", "bundle", "claims", "figure", "chapter", "output"])
@pytest.mark.parametrize(("damage", "said"), [
    (lambda path: path.unlink(), "missing"),
    (lambda path: path.write_bytes(path.read_bytes()[:-9]), "damaged"),
    (lambda path: path.write_bytes(lzma.compress(b"{}")), "damaged")])
def test_every_object_that_is_damaged_or_missing_is_named(records, what, damage, said):
    name = object_of(records, what)
    damage(Objects(records).path(name))
    found = check.problems(records)
    assert found and all(len(line.splitlines()) == 1 for line in found)
    assert any(name in line and said in line for line in found), found


def test_what_is_left_over_is_named(records):
    name = Objects(records).put(b"of no release")
    (records / "objects" / "readme.txt").write_text("hello")
    (records / "releases" / "draft.json").write_text("{}")
    assert check.problems(records) == [
        f"left over: {records / 'objects' / 'readme.txt'} is no object",
        f"left over: {records / 'releases' / 'draft.json'} is no release",
        f"left over: object {name}, which no release has"]


@pytest.mark.parametrize(("field", "value", "said"), [
    ("version", "0.3.0", "expected the release 0.2.0, got '0.3.0'"),
    ("seal", "0" * 64, "expected records whose hashes have the hash"),
    ("work", "a book", "expected a release's manifest with build"),
    ("surprise", 1, "expected a release's manifest with build")])
def test_a_manifest_that_was_edited_is_named(records, field, value, said):
    path = records / "releases" / "0.2.0.json"
    path.write_text(json.dumps(json.loads(path.read_text("utf8")) | {field: value}))
    (line,) = check.problems(records)
    assert said in line and "0.2.0" in line


def test_a_release_whose_records_are_in_another_is_damaged_with_it(records):
    (records / "releases" / "0.1.0.json").unlink()
    assert any("expected a version among 0.2.0, got '0.1.0'" in line for line in check.problems(records))


def test_chapters_of_an_older_release_are_deleted_and_nothing_else(records):
    before = set(check.objects_of_notebooks(records))
    shutil.copytree(records, records / "copy")
    write(records, "0.3.0", [entry(number, 3) for number in range(5)], [figure(0)])
    notebooks.keep(records, "0.3.0", {"book/a": {"cells": [{"outputs": [{"text": LONG + "more"}]}]}})
    assert check.prune(records, before) == 2, "the chapter, and its output"
    shutil.rmtree(records / "copy")
    assert check.problems(records) == []


def test_nothing_is_deleted_from_a_damaged_archive(records):
    before = set(check.objects_of_notebooks(records))
    Objects(records).path(object_of(records, "bundle")).write_bytes(b"")
    names = Objects(records).names()
    with pytest.raises(ArchiveError):
        check.prune(records, before)
    assert Objects(records).names() == names
