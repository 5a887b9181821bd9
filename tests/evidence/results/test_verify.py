"""Verification: a published number computed again, from its record alone."""

import gzip
import json
import os
import subprocess
import sys
from dataclasses import replace

import pytest
from made_up import record
from quadratic import Quadratic

from deref.cli.commands import main
from deref.cli.verify import known
from evidence.archive import writing
from evidence.config import to_json
from evidence.records import Record, released_file, sha256_of
from evidence.records.compare import DIFFERS, SAME, WITHIN, compare
from evidence.results import exact, mean_t, registry, result
from evidence.results.provenance import record_of
from evidence.results.verify import differences, report, verify
from evidence.runs import Store

TODAY = {"config": Quadratic(steps=4), "seeds": (2, 0, 5)}


@pytest.fixture
def store(tmp_path):
    return Store(tmp_path / "runs", device="cpu")


@pytest.fixture(autouse=True)
def forget():
    """Forget the results that a test declares, and no others."""
    before = set(registry._REGISTRY)
    yield
    for id in {id for id in registry._REGISTRY if id.startswith("toy.")} - before:
        del registry._REGISTRY[id]


@pytest.fixture
def declared():
    """One result whose experiment can be changed: give it other runs to ask for."""
    runs = [TODAY]

    @result("toy.first", title="Mean of the first coordinate", format=".4f")
    def first(store):
        made = [store.run(one["config"], one["seeds"]) for one in runs]
        return mean_t([x for run in made for x in run.model.x[:, 0].tolist()])

    return runs


def published(store):
    return record_of(registry.get("toy.first"), store)


def with_config(given, config):
    """The record as it would have been published with another configuration of its one run."""
    return replace(given, runs=(replace(given.runs[0], config=config),))


def older(given):
    """The record as releases 0.1.0 and 0.2.0 wrote it."""
    data = given.to_json()
    kept = {name: value for name, value in data.items() if name not in ("form", "module", "function")}
    kept |= {"seeds": list(given.seeds), "configs": list(given.configs), "runs": list(given.addresses)}
    return Record.from_json({**kept, "sha256": sha256_of(kept)})


@pytest.mark.parametrize(("field", "value"), [("unit", "km"), ("unit", "per cent")])
def test_a_number_in_another_unit_is_another_number(declared, store, field, value):
    published_then = replace(older(published(store)), **{field: value})  # which the older hash lets pass
    assert published_then.sha256 == older(published(store)).sha256
    found = verify(Record.from_json(published_then.to_json()), store)
    assert found.verdict == DIFFERS
    assert f"unit  then {value}, now none" in report(found)
    assert "whose hash leaves out its title, unit" in report(found)


@pytest.mark.parametrize(("field", "value"), [("title", "Retitled"), ("method", "guessed"), ("n_of", "memories")])
def test_what_is_said_of_a_number_is_compared_too(declared, store, field, value):
    found = verify(replace(published(store), **{field: value}), store)
    assert found.verdict == SAME
    assert [(name, then) for name, then, _ in found.environment] == [(field, value)]


def test_the_same_code_finds_the_same(declared, store):
    found = verify(published(store), Store(store.root, device="cpu"))
    assert (found.verdict, found.notes, found.environment) == (SAME, (), ())
    assert report(found).startswith("toy.first: same\n")
    assert "the environment is the same" in report(found)


def test_missing_runs_are_trained(declared, store, tmp_path):
    fresh = Store(tmp_path / "elsewhere", device="cpu")
    assert verify(published(store), fresh).verdict == SAME
    assert fresh.has(**TODAY)


def test_the_record_s_own_configuration_is_used(declared, store):
    old = published(store)
    declared[0] = {**TODAY, "config": Quadratic(steps=40)}
    assert published(store).value != old.value
    found = verify(old, store)
    assert (found.verdict, found.now.value, found.now.configs) == (SAME, old.value, old.configs)
    assert found.notes == ("run 1: today's experiment has another configuration; the record's was used",)


def test_the_record_s_own_seeds_are_used(declared, store):
    old = published(store)
    declared[0] = {**TODAY, "seeds": (7, 8)}
    found = verify(old, store)
    assert (found.now.seeds, found.now.n) == ((0, 2, 5), 3)
    assert found.notes == ("run 1: today's experiment has other seeds; the record's were used",)


def test_each_of_several_runs_gets_its_own(declared, store):
    declared.append({"config": Quadratic(steps=9), "seeds": (0,)})
    old = published(store)
    declared[:] = [{**TODAY, "config": Quadratic(steps=5)}, {"config": Quadratic(steps=6), "seeds": (0,)}]
    found = verify(old, store)
    assert (found.verdict, found.now.runs) == (SAME, old.runs)
    assert len(found.notes) == 2


def test_runs_that_only_one_side_has_are_said(declared, store):
    one = published(store)
    declared.append({"config": Quadratic(steps=9), "seeds": (0,)})
    two = published(store)
    assert "the record has no run number 2, which today's code asks for" in verify(one, store).notes
    declared.pop()
    assert "the record rests on 2 runs, today's code asks for 1" in verify(two, store).notes


def test_each_run_gets_the_seeds_that_the_record_has_for_it(declared, store):
    declared.append({"config": Quadratic(steps=9), "seeds": (1,)})
    old = published(store)
    declared[1] = {"config": Quadratic(steps=9), "seeds": (0,)}
    found = verify(old, store)
    assert (found.verdict, found.now.runs) == (SAME, old.runs)
    assert found.notes == ("run 2: today's experiment has other seeds; the record's were used",)


def test_seeds_of_an_older_record_that_belong_to_no_run_are_said(declared, store):
    declared.append({"config": Quadratic(steps=9), "seeds": (1,)})
    old = older(published(store))
    declared[1] = {"config": Quadratic(steps=9), "seeds": (0,)}
    assert "the seeds of the record cannot be assigned to its runs" in verify(old, store).notes


def test_an_older_record_is_verified_from_its_configurations(declared, store):
    old = older(published(store))
    declared[0] = {"config": Quadratic(steps=40), "seeds": (2, 0, 5)}
    found = verify(old, store)
    assert (found.verdict, found.now.configs) == (SAME, old.configs)
    assert "module" not in dict((name, then) for name, then, _ in found.environment)


def test_a_configuration_that_cannot_be_built_is_said(declared, store):
    old = with_config(published(store), {"type": "Quadratix", "steps": 4})
    (note,) = verify(old, store).notes
    assert "run 1: the record's configuration cannot be built today (expected a known configuration type" in note
    assert "the nearest are Quadratic); today's was used" in note


def test_code_that_cannot_take_the_record_s_configuration_falls_back(declared, store, monkeypatch):
    old = with_config(published(store), to_json(Quadratic(size=9)))
    strict = registry.get("toy.first").function

    def only_three(store):
        assert store.run(TODAY["config"], TODAY["seeds"]).model.x.shape[1] == 3, "expected three coordinates"
        return strict(store)

    monkeypatch.setitem(registry._REGISTRY, "toy.first", replace(registry.get("toy.first"), function=only_three))
    found = verify(old, store)
    assert found.verdict == SAME
    assert "cannot be computed from the record's own configurations (expected three coordinates" in found.notes[0]


def test_an_error_of_today_s_code_is_not_hidden(store):
    @result("toy.broken", title="Broken")
    def broken(store):
        raise RuntimeError("today's code is broken")

    with pytest.raises(RuntimeError, match="today's code is broken"):
        verify(record("toy.broken", runs=()), store)


@pytest.mark.parametrize(("then", "now", "verdict"), [
    ({"value": 0.5}, {"value": 0.5}, SAME),
    ({"value": 0.5}, {"value": 0.5 + 1e-12}, SAME),
    ({"value": 0.5}, {"value": 0.5 + 1e-6}, DIFFERS),
    ({"value": 0.0}, {"value": 1e-300}, DIFFERS),
    ({"value": 0.5, "ci": (0.4, 0.6)}, {"value": 0.5, "ci": (0.4, 0.6)}, SAME),
    ({"value": 0.5, "ci": (0.4, 0.6)}, {"value": 0.5, "ci": (0.4, 0.7)}, WITHIN),
    ({"value": 0.5, "ci": (0.4, 0.6)}, {"value": 0.5}, WITHIN),
    ({"value": 0.5, "ci": (0.4, 0.6)}, {"value": 0.6, "ci": (0.5, 0.7)}, WITHIN),
    ({"value": 0.5, "ci": (0.4, 0.6)}, {"value": 0.61, "ci": (0.5, 0.7)}, DIFFERS),
    ({"value": 0.5}, {"value": 0.5, "ci": (0.4, 0.6)}, DIFFERS),
])
def test_the_verdict_is_a_matter_of_value_and_interval(then, now, verdict):
    assert compare(record(**then), record(**now)) == verdict


def test_what_differs_around_the_number_is_listed(declared, store):
    old = published(store)
    moved = replace(old, code="1" * 64, versions={**old.versions, "torch": "1.0"},
                     build={**old.build, "hardware": "an abacus", "threads": 8})
    found = verify(moved, store)
    assert {(name, then) for name, then, _ in found.environment} == {
        ("version of torch", "1.0"), ("hardware", "an abacus"), ("threads", "8"), ("code", "1" * 12)}
    assert "hardware          then an abacus, now " in report(found)


def test_differences_are_named_by_their_path():
    then = [{"type": "A", "task": {"M": 8}, "old": 1, "betas": [1, 2]}]
    now = [{"type": "A", "task": {"M": 32}, "new": 2, "betas": [1]}, {"type": "B"}]
    assert differences(then, now, "configs") == [
        ("configs[0].task.M", 8, 32), ("configs[0].old", 1, None), ("configs[0].betas[1]", 2, None),
        ("configs[0].new", None, 2), ("configs[1]", None, {"type": "B"})]
    assert differences(then, then, "configs") == []


@pytest.fixture
def run(declared, store, monkeypatch, capsys):
    """Run the command on the store; gives its exit status and what it wrote to both streams."""
    monkeypatch.setenv("DEREF_STORE", str(store.root))
    monkeypatch.setenv("DEREF_DEVICE", "cpu")

    def call(*arguments):
        return (main(["verify", *map(str, arguments)]), *capsys.readouterr())

    return call


def test_the_command_works_from_a_downloaded_record(run, store, tmp_path):
    path = tmp_path / "download.json"
    path.write_text(published(store).dumps(), "utf8")
    for arguments in (("--record", path), ("toy.first", "--record", path)):
        status, out, _ = run(*arguments)
        assert (status, out.splitlines()[0]) == (0, "toy.first: same")
    path.write_text(replace(published(store), value=99.0, ci=(98.0, 99.5)).dumps(), "utf8")
    status, out, _ = run("--record", path)
    assert (status, out.splitlines()[0]) == (1, "toy.first: differs")
    assert "then  99.0000, interval 98.0000 to 99.5000 (exactly 99.0; mean over seeds, t interval)" in out


def test_the_command_takes_a_record_from_those_of_a_release(run, store, tmp_path):
    listed = [{"line": 3, "page": "ch06", "record": one.to_json()} for one in (record("toy.other"), published(store))]
    path, other = tmp_path / "records.json.gz", tmp_path / "other.json.gz"
    path.write_bytes(released_file.write({"version": "1.0.0"}, listed))
    other.write_bytes(gzip.compress(b"{}"))
    status, out, _ = run("toy.first", "--record", path)
    assert (status, out.splitlines()[0]) == (0, "toy.first: same")
    for arguments, message in (
        (("toy.second", "--record", path), "to have a record of 'toy.second' among its 2, found none"),
        (("--record", path), "expected the id of the result whose record is to be taken from"),
        (("toy.first", "--record", other), "to hold the records of a release: KeyError"),
    ):
        status, out, err = run(*arguments)
        assert (status, out, len(err.splitlines())) == (2, "", 1) and message in err, err
    path.write_bytes(path.read_bytes()[:-20])
    assert "to hold the records of a release: EOFError" in run("toy.first", "--record", path)[2]


def test_a_record_is_found_in_the_book_built_here_or_else_in_the_newest_release(tmp_path):
    for version, value in (("0.9.0", 98.0), ("0.10.0", 99.0)):
        row = {"record": record("toy.first", value).to_json(), "page": "ch06", "line": 3}
        writing.write(tmp_path / "records", version, build={}, work={}, results=[row], figures=[], files={}, claims=[])
    assert known("toy.first", tmp_path).value == 99
    built = tmp_path / "_build" / "html" / "results" / "toy.first" / "record.json"
    built.parent.mkdir(parents=True)
    built.write_text(record("toy.first", 97.0).dumps(), "utf8")
    assert known("toy.first", tmp_path).value == 97
    with pytest.raises(ValueError, match=r"got 'toy\.second', which neither the book built here nor a release has"):
        known("toy.second", tmp_path)


def test_the_command_refuses_in_one_line(run, store, tmp_path):
    path = tmp_path / "tampered.json"
    path.write_text(json.dumps({**published(store).to_json(), "value": 1.0}))
    other = tmp_path / "other.json"
    other.write_text(record("toy.second").dumps(), "utf8")
    for arguments, message in (
        ((), "expected the id of a result, or --record FILE"),
        (("toy.nine",), "expected the id of a published result, got 'toy.nine'"),
        (("--record", tmp_path / "nothing.json"), "expected a record file: "),
        (("--record", path), "was changed after it was published"),
        (("toy.first", "--record", other), "expected a record of 'toy.first', got one of 'toy.second'"),
        (("--record", other), "expected the id of a declared result, got 'toy.second'"),
    ):
        status, out, err = run(*arguments)
        assert (status, out, len(err.splitlines())) == (2, "", 1)
        assert err.startswith("deref: ")
        assert message in err


def test_a_stranger_s_process_reproduces_a_result_of_the_book(tmp_path):
    environment = {**os.environ, "DEREF_STORE": str(tmp_path / "runs"), "DEREF_DEVICE": "cpu"}
    script = ("import deref.sections.shared.partial_address_accuracy; from evidence.results.publish import publish\n"
              "print(publish('ladder.8.known-1').records[0].dumps())")
    made = subprocess.run([sys.executable, "-c", script], env=environment, capture_output=True, text=True, timeout=120)
    assert made.returncode == 0, made.stderr
    (tmp_path / "record.json").write_text(made.stdout)
    done = subprocess.run([sys.executable, "-m", "deref", "verify", "--record", str(tmp_path / "record.json")],
                          env=environment, capture_output=True, text=True, timeout=120, cwd=tmp_path)
    assert (done.returncode, done.stdout.splitlines()[0]) == (0, "ladder.8.known-1: same")


def test_a_worked_out_number_has_nothing_to_replay(store):
    result("toy.counted", title="Six by nine", format="d")(lambda store: exact(42, "counted"))
    assert verify(record_of(registry.get("toy.counted"), store), store).verdict == SAME
