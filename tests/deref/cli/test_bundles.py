"""Runs taken along: exported by one store, imported by another, and read by `deref verify` from the file itself."""

import json
from pathlib import Path

import pytest
from quadratic import Quadratic

from deref.cli import bundles
from deref.cli.commands import main
from deref.experiment import Experiment, experiment
from evidence.results import Estimate, mean_t, registry, result
from evidence.results.provenance import record_of
from evidence.runs import Store
from evidence.runs.inventory import items

RESULTS = "packed.mean", "packed.gap"
TOY = experiment("packed-toy", config=Quadratic(steps=4), seeds=(2, 0, 5), about="It takes no time.")


@result("packed.mean", title="Mean of the first coordinate", format=".3f")
def mean(store):
    return mean_t(TOY.run(store).model.x[:, 0].numpy())


@result("packed.gap", title="A gap between two trainings", format=".3f")
def gap(store):
    longer = store.run(Quadratic(steps=9), (0, 1))
    return Estimate((longer.model.x.mean() - TOY.run(store).model.x.mean()).abs(), None, "difference", 2, "trainings")


@pytest.fixture(autouse=True)
def project(tmp_path, monkeypatch):
    """A project of toys, whose book was built here and released, and the store with its runs."""
    monkeypatch.setenv("DEREF_STORE", str(tmp_path / "runs"))
    monkeypatch.setenv("DEREF_DEVICE", "cpu")
    monkeypatch.setattr(bundles, "_every", lambda: (TOY,))
    monkeypatch.setattr("deref.cli.verify.load_all", tuple)
    monkeypatch.setattr(bundles, "PROJECT", tmp_path)
    store = Store()
    records = [record_of(registry.get(id), store) for id in RESULTS]
    released = tmp_path / "records" / "1.0.0" / "results.json"
    released.parent.mkdir(parents=True)
    released.write_text(json.dumps({"results": [{"record": records[0].to_json(), "page": "ch06", "line": 3}]}))
    for record in records:
        built = tmp_path / "_build" / "html" / "results" / record.id / "record.json"
        built.parent.mkdir(parents=True)
        built.write_text(record.dumps())
    return tmp_path


@pytest.fixture
def deref(capsys):
    def run(*arguments):
        return (main([str(one) for one in arguments]), *capsys.readouterr())

    return run


def elsewhere(project, monkeypatch):
    monkeypatch.setenv("DEREF_STORE", str(project / "elsewhere"))
    return Store()


def addresses(root):
    return {item.address for item in items(Path(root)) if item.kind == "run"}


def test_the_runs_of_the_book_built_here_travel_and_nothing_is_trained_there(deref, project, monkeypatch):
    drawn = Experiment(name="toy-drawn", config=Quadratic(steps=7), seeds=(0,), about="No result reads it.", module="")
    monkeypatch.setattr(bundles, "_every", lambda: (TOY, drawn))
    status, out, err = deref("runs", "--export", project / "runs.zip")
    assert (status, err) == (0, "")
    assert out.startswith(f"wrote {project / 'runs.zip'}: 2 runs of the book built here, ")
    Store().run(Quadratic(steps=7), (0,))
    Store().run(Quadratic(steps=8), (0,))  # nobody's
    assert deref("runs", "--export", project / "runs.zip")[1].count("3 runs") == 1
    store = elsewhere(project, monkeypatch)
    status, out, err = deref("runs", "--import", project / "runs.zip")
    assert (status, out) == (0, "")
    assert err == f"imported 3 runs of the book built here into {project / 'elsewhere'}; 0 were there\n"
    assert addresses(store.root) == {Store().address(Quadratic(steps=n), seeds)
                                     for n, seeds in ((4, (2, 0, 5)), (7, (0,)), (9, (0, 1)))}
    assert deref("runs", "--import", project / "runs.zip")[2].startswith("imported 0 runs of ")


def test_a_release_and_names_choose_fewer(deref, project, monkeypatch):
    status, out, _ = deref("runs", "--export", project / "released.zip", "--of", "1.0.0")
    assert status == 0 and "1 run of release 1.0.0" in out
    status, out, _ = deref("runs", "--export", project / "named.zip", "packed-toy")
    assert status == 0 and "1 run of the experiments packed-toy" in out


def test_what_cannot_be_exported_is_refused_in_one_line(deref, project):
    path = project / "runs.zip"
    for arguments, status, message in (
        (("--export", path, "--of", "9.9.9"), 2, "expected a release, one of 1.0.0, got '9.9.9'"),
        (("--export", path, "toy-nobody"), 2, "expected the name of an experiment, got 'toy-nobody'"),
        (("--export", path, "packed-toy", "--of", "1.0.0"), 2, "expected --of VERSION or names of experiments"),
        (("--export", path, "--import", path), 2, "expected one of --prune, --export and --import"),
        (("--of", "1.0.0"), 2, "expected --of and names of experiments together with --export"),
        (("--import", path), 2, "expected a bundle of runs: "),
        (("--import", project / "records" / "1.0.0" / "results.json"), 2, "it is no zip archive"),
        (("--export", project / "nowhere" / "runs.zip"), 1, "cannot be written: No such file or directory"),
    ):
        found, out, err = deref("runs", *arguments)
        assert (found, out, len(err.splitlines())) == (status, "", 1), (arguments, err)
        assert err.startswith("deref: ") and message in err
    assert not path.exists()


def test_runs_that_are_missing_are_counted_and_no_file_is_written(deref, project, monkeypatch):
    elsewhere(project, monkeypatch)
    for arguments, message in (((), "expected all 2 runs of the book built here in "),
                               (("--of", "1.0.0"), "expected all 1 runs of release 1.0.0 in "),
                               (("packed-toy",), "found none; first: deref train packed-toy")):
        status, _, err = deref("runs", "--export", project / "runs.zip", *arguments)
        assert status == 1 and message in err
    assert not (project / "runs.zip").exists()


def test_a_result_is_verified_from_the_file_without_the_store(deref, project, monkeypatch):
    deref("runs", "--export", project / "runs.zip")
    deref("runs", "--export", project / "one.zip", "packed-toy")
    store = elsewhere(project, monkeypatch)
    record = project / "_build" / "html" / "results" / "packed.gap" / "record.json"
    status, out, err = deref("verify", "--record", record, "--runs", project / "runs.zip")
    assert (status, out.splitlines()[0], err) == (0, "packed.gap: same", "")
    status, out, err = deref("verify", "--record", record, "--runs", project / "one.zip")
    assert (status, out) == (1, "")
    assert "in one.zip, which has runs of the experiments packed-toy: other code, PyTorch" in err
    status, _, err = deref("verify", "--record", record, "--runs", record)
    assert status == 2 and err.startswith("deref: expected a bundle of runs, got record.json: ")
    assert not store.root.exists()
