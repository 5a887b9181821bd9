"""The file of a release for a deposit: the same bytes each time, named as git names it, described for programs."""

import io
import json
import subprocess
import zipfile

import pytest
from small_releases import entry, figure, write

from evidence.archive import ArchiveError, deposit, swhid


@pytest.fixture
def release(tmp_path):
    write(tmp_path / "records", "0.1.0", [entry(0), entry(1)], [figure(0), figure(1)])
    return write(tmp_path / "records", "0.2.0", [entry(0), entry(1, 1)], [figure(0), figure(1, 1)])


def git(folder, *arguments):
    return subprocess.run(["git", "-C", folder, *arguments], capture_output=True, text=True, check=True).stdout.strip()


def test_identifiers_are_those_that_git_gives(tmp_path, release):
    packed, name = deposit.pack(release)
    git(tmp_path, "init", "-q", "deposit")
    folder = tmp_path / "deposit"
    with zipfile.ZipFile(io.BytesIO(packed)) as opened:
        opened.extractall(folder)
    git(folder, "add", "-A")
    assert name == f"swh:1:dir:{git(folder, 'write-tree')}"
    assert swhid.of_content((folder / "results.json").read_bytes()) == \
        f"swh:1:cnt:{git(folder, 'hash-object', 'results.json')}"


def test_folders_are_sorted_as_git_sorts_them(tmp_path):
    files = {"a.b": b"1", "a/c": b"2", "a-b/c/d": b"", "ab": b"3"}
    git(tmp_path, "init", "-q")
    for path, content in files.items():
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_bytes(content)
    git(tmp_path, "add", "-A")
    assert swhid.of_files(files) == f"swh:1:dir:{git(tmp_path, 'write-tree')}"


def test_a_deposit_has_everything_of_its_release_and_nothing_of_others(release):
    packed, _ = deposit.pack(release)
    assert packed == deposit.pack(release)[0]
    with zipfile.ZipFile(io.BytesIO(packed)) as opened:
        files = {name: opened.read(name) for name in opened.namelist()}
    results = json.loads(files["results.json"])
    assert [one["record"] for one in results["results"]] == [entry(0)["record"], entry(1, 1)["record"]]
    assert results["build"]["version"] == results["work"]["version"] == "0.2.0"
    assert json.loads(files["claims.json"])["claims"] == release.claims
    assert files["figures/fig.made-1.csv"] == b"x\n1.1\n" and files["figures/fig.made-0.csv"] == b"x\n0.0\n"
    graph = {one["@id"]: one for one in json.loads(files["ro-crate-metadata.json"])["@graph"]}
    assert graph["./"]["name"] == "Made up: a book, version 0.2.0"
    assert {one["@id"] for one in graph["./"]["hasPart"]} == files.keys() - {"ro-crate-metadata.json"}
    assert graph["results.json"]["contentSize"] == str(len(files["results.json"]))


def test_a_release_of_a_book_that_says_nothing_has_no_deposit(tmp_path):
    silent = write(tmp_path, "0.1.0", [entry(0)], work={})
    with pytest.raises(ArchiveError, match="expected a release of a book that says what it is"):
        deposit.pack(silent)
