"""`deref replicate`: the whole command on toy results, its store, and what becomes of failures."""

import json
import os
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from quadratic import Quadratic

from deref import discovery
from deref.cli import replicate
from deref.cli.commands import main
from evidence.records.replication import Replication
from evidence.results.shifted import Shifted
from evidence.runs import Store, default_store, using

SUPPORT = Path(__file__).parents[2] / "support"
# Nothing of the book but its claims: what is tested does not depend on which experiments there are.
TOYS = """
import sys, deref.cli, deref.discovery as d, deref.cli.replicate as r
from pathlib import Path
d.declaring = list
r.PROJECT = Path(sys.argv.pop(1))
import toy_replicas, toy_results
sys.exit(deref.cli.main())
"""


@pytest.fixture
def environment(tmp_path):
    return {**os.environ, "PYTHONPATH": os.pathsep.join([str(SUPPORT), os.environ.get("PYTHONPATH", "")]),
            "DEREF_STORE": str(tmp_path / "runs"), "DEREF_DEVICE": "cpu", "COLUMNS": "200"}


@pytest.fixture
def deref(environment, forks, tmp_path):
    def run(*arguments):
        return forks.run(["-c", TOYS, str(tmp_path), *arguments], env=environment)

    return run


def written(tmp_path):
    (path,) = (tmp_path / "records" / "replications").glob("*.json.xz")
    return path, Replication.read(path)


@settings(max_examples=20, deadline=None)
@given(st.lists(st.integers(0, 50), min_size=1, max_size=4, unique=True), st.integers(0, 10_000))
def test_a_shifted_store_asks_for_the_run_that_an_experiment_with_those_seeds_declares(seeds, offset):
    plain = Store("/nowhere", device="cpu")
    there = [seed + offset for seed in seeds]
    assert Shifted(plain, offset).address(Quadratic(), seeds) == plain.address(Quadratic(), there)
    assert Shifted(plain, 0).address(Quadratic(), seeds) == plain.address(Quadratic(), seeds)


def test_a_shifted_store_gives_that_run_and_knows_it(tmp_path):
    plain = Store(tmp_path, device="cpu")
    shifted = Shifted(plain, 7)
    assert not shifted.has(Quadratic(), (2, 0))
    run = shifted.run(Quadratic(), (2, 0))
    assert run.seeds == (9, 7)
    assert shifted.has(Quadratic(), (2, 0)) and plain.has(Quadratic(), (9, 7))
    assert plain.run(Quadratic(), (9, 7)).path == run.path
    assert (plain.run(Quadratic(), (9, 7)).model.x == run.model.x).all()


def test_the_store_in_use_is_the_process_s_own(tmp_path):
    before, mine = default_store(), Shifted(Store(tmp_path, device="cpu"), 1)
    with using(mine):
        assert default_store() is mine
    assert default_store() is before


def test_a_replication_is_made_with_what_there_is_of_it(deref, environment, tmp_path):
    done = deref("replicate", "--offset", "100", "--jobs", "2")
    assert done.returncode == 1, done.stderr  # results failed
    path, found = written(tmp_path)
    assert path.name == f"{found.name}.json.xz" and found.name.endswith("-100")
    assert found.values["toy.six"].value == 42
    assert found.values["toy.first"] == found.values["toy.first.own"], "nothing gets round the shift"
    assert found.not_run == {"toy.first.absent": "no network"}
    assert found.failed["toy.first.low"] == "ValueError: no seed solves it"
    assert "toy.endless" in found.failed
    assert (found.offset, found.exact, found.machine["device"]) == (100, False, "cpu")
    assert set(found.verdicts) and all(one["verdict"] == "not run" for one in found.verdicts.values())
    assert "failed: toy.first.low: ValueError: no seed solves it" in done.stdout
    seeds = sorted(json.loads(run.read_text())["seeds"] for run in Path(environment["DEREF_STORE"]).glob("*/run.json"))
    assert seeds == [[100, 101], [102, 100, 105]]  # each once: two experiments share the second

    checked = deref("replicate", "--check", str(path))
    assert checked.returncode == 0 and f"{len(found.values)} values" in checked.stderr


def test_without_an_offset_it_is_the_build_and_what_is_whole_leaves_nothing_behind(deref, environment, tmp_path):
    done = deref("replicate", "--offset", "0", "--section", "toy_results", "--out", str(tmp_path / "x.json"))
    found = Replication.read(tmp_path / "x.json")
    assert not (tmp_path / "records").exists()
    assert "toy.mean" in done.stdout and "toy.first" not in done.stdout
    store = Store(environment["DEREF_STORE"], device="cpu")
    assert store.has(Quadratic(steps=4), (2, 0, 5)) and store.has(Quadratic(steps=9), (0, 1))
    assert found.values["toy.mean"].n == 3


def test_a_killed_process_loses_its_module_alone_and_the_next_try_takes_up_the_rest(deref, environment, tmp_path):
    (tmp_path / "kill").touch()
    done = deref("replicate", "--jobs", "1")
    assert done.returncode == 1
    _, found = written(tmp_path)
    assert "toy.six" in found.values
    assert "its process was ended by SIGKILL" in found.failed["toy.first"]
    (tmp_path / "kill").unlink()
    again = deref("replicate", "--jobs", "1")
    _, found = written(tmp_path)
    assert found.values["toy.first.killed"].value == 1
    assert "every run is in the store" in again.stderr


def test_modules_whose_packages_are_missing_are_left_out(monkeypatch, tmp_path):
    (tmp_path / "toy_lacking.py").write_text("import a_package_that_nobody_has\n")
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setattr(discovery, "declaring", lambda: ["toy_lacking"])
    assert replicate.load_what_can_be() == {
        "toy_lacking": "the package a_package_that_nobody_has is not installed"}


@pytest.mark.parametrize(("arguments", "message"), [
    (("--claim", "a.one-layer-fails", "no.claim"), "expected the id of a claim, got 'no.claim'"),
    (("--section", "nothing"), "expected a module of results, got 'nothing'; there are "),
    (("--section", "x", "--from-build"), "expected one of --claim, --section, --from-build and --check"),
    (("--offset", "-1"), "expected an offset of at least 0"),
    (("--from-build",), "expected a book that was built here, found none; first: make book"),
    (("--check", "nowhere.json"), "expected a replication's file"),
])
def test_wrong_arguments_are_answered_in_a_line(capsys, monkeypatch, tmp_path, arguments, message):
    monkeypatch.setattr(replicate, "PROJECT", tmp_path)
    monkeypatch.setattr(discovery, "declaring", list)
    monkeypatch.setenv("DEREF_DEVICE", "cpu")
    assert main(["replicate", *arguments]) == 2
    assert message in capsys.readouterr().err
