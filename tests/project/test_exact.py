"""Exact runs: golden hashes here and on emulated processors, addresses of their own, and refusals that say why."""

import dataclasses
import json
import os
import subprocess
import sys
from pathlib import Path

import emulated
import pytest
from made_up import RUN, record
from quadratic import Quadratic

import golden
from deref import experiment as experiments
from deref.cli.commands import main
from evidence import exact
from evidence.records import Record
from evidence.records.content import rounded
from evidence.results import Estimate, result
from evidence.results import registry as results
from evidence.results.provenance import record_of
from evidence.results.stages import report, stages
from evidence.runs import Store, origin
from evidence.runs.address import address_of, identity

able = pytest.mark.skipif(emulated.unable() is not None, reason=str(emulated.unable()))
SUPPORT, GOLDEN = Path(golden.__file__).parents[1] / "support", Path(golden.__file__)
STORED = json.loads(golden.FILE.read_text("utf-8"))["hashes"]
# What two steps make, of all kinds of training, with the most costly left out; an emulated processor is slow.
EARLY = [name for name in STORED if name != "addition-8-1"]
PATIENCE_S = 1200  # a busy machine is no failure


def compared(done: subprocess.CompletedProcess) -> dict[str, tuple[str, str]]:
    """The hashes that are not those that are stored: (stored, found), by subject and name."""
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    pairs = {f"{subject} {name}": (STORED[subject][name], value) for subject, values in found.items()
             for name, value in values.items()}
    assert len(pairs) >= len(found)
    return {name: pair for name, pair in pairs.items() if pair[0] != pair[1]}


@able
@pytest.mark.slow
def test_every_kind_of_training_and_every_probe_has_its_golden_hash(record_property):
    record_property("golden", f"{origin.hardware('cpu')}, {exact.described().split(';')[0]}")
    done = emulated.run(None, [str(GOLDEN)], PATIENCE_S)
    assert compared(done) == {}
    assert set(json.loads(done.stdout)) == set(STORED)


@able
@pytest.mark.slow
@pytest.mark.parametrize("processor", emulated.PROCESSORS)
def test_other_processors_have_the_same_hashes(record_property, processor):
    if reason := emulated.problem():
        pytest.skip(reason)
    record_property("golden", f"{processor}, emulated: {emulated.PROCESSORS[processor]}")
    assert compared(emulated.run(processor, [str(GOLDEN), "--early", *EARLY], PATIENCE_S)) == {}


def test_golden_hashes_cover_every_kind_of_training_in_the_book():
    kinds = {golden.kind_of(config) for config in golden.stored().values()}
    lacking = {one.name: golden.kind_of(one.config) for one in experiments.load_all()
               if one.module.startswith("deref.sections.") and not one.module.endswith("_sweep")
               and golden.kind_of(one.config) not in kinds}
    assert lacking == {}, "make golden takes them in"


def test_an_exact_run_has_an_address_of_its_own_and_others_keep_theirs(tmp_path, monkeypatch):
    config, seeds = Quadratic(), (0, 1)
    ordinary, exactly = (Store(tmp_path, device="cpu", exact=on) for on in (False, True))
    assert "exact" not in ordinary.identity(config, seeds)
    assert ordinary.address(config, seeds) == address_of(identity(config, seeds, device="cpu", threads=1))
    assert ordinary.address(config, seeds) != exactly.address(config, seeds)
    monkeypatch.setenv(exact.SWITCH, "1")
    assert Store(tmp_path).address(config, seeds) == exactly.address(config, seeds)


@able
def test_a_process_that_is_not_exact_does_not_train_exact_runs(tmp_path, monkeypatch):
    with pytest.raises(exact.Inexact, match="expected DEREF_EXACT=1 in the environment of an exact process"):
        Store(tmp_path, exact=True).run(Quadratic(), (0,))
    monkeypatch.setenv(exact.SWITCH, "1")
    with pytest.raises(exact.Inexact, match=r"expected ATEN_CPU_CAPABILITY=avx2 .* got None: start it with --exact"):
        Store(tmp_path).run(Quadratic(), (0,))
    assert not list(tmp_path.glob("*/run.json"))


@able
def test_settings_that_come_too_late_are_noticed():
    """PyTorch has read them by then, and an ordinary process may have chosen other kernels."""
    script = ("import os, torch; from evidence import exact; from evidence.runs import training; torch.zeros(2) + 1; "
              "os.environ.update(exact.environment()); training.check_exact()")
    env = {name: value for name, value in os.environ.items() if name not in exact.environment()}
    done = subprocess.run([sys.executable, "-c", script], env={**env, "ATEN_CPU_CAPABILITY": "default"},
                          capture_output=True, text=True, check=False)
    assert "expected PyTorch with MKL and its AVX2 kernels in an exact process, got " in done.stderr


@pytest.mark.parametrize("flags", ["fpu sse4_2 avx", "fpu avx fma", "fpu avx2"])
def test_a_processor_without_avx2_is_refused(tmp_path, flags):
    (tmp_path / "cpuinfo").write_text(f"processor : 0\nmodel name : An old one\nflags : {flags}\n")
    with pytest.raises(exact.Inexact, match="expected an x86-64 processor with AVX2 under Linux") as refused:
        exact.check_machine(tmp_path / "cpuinfo")
    assert "other architectures and GPUs make replications" in str(refused.value)


def test_a_gpu_is_refused(capsys, monkeypatch):
    monkeypatch.setenv(exact.SWITCH, "1")
    monkeypatch.setenv("DEREF_DEVICE", "cuda")
    assert main(["list"]) == 2
    said = capsys.readouterr().err
    assert said.startswith("deref: expected the CPU for exact runs, got the device 'cuda': other architectures")
    assert len(said.splitlines()) == 1
    with pytest.raises(exact.Inexact, match="expected one thread for exact runs, got 2"):
        Store(device="cpu", threads=2)


def test_records_keep_twelve_digits():
    assert [rounded(x) for x in (1 / 3, 2e-300 / 3, -1e300 / 7, 0.0, 1, 10**20 + 1, 5.0)] == [
        0.333333333333, 6.66666666667e-301, -1.42857142857e299, 0.0, 1, 10**20 + 1, 5.0]
    assert rounded(0.1 + 0.2) == 0.3
    id = "toy.thirds"
    result(id, title="Thirds")(lambda store: Estimate(1 / 3, (0.1 + 0.2, 2 / 3), "made up"))
    try:
        made = record_of(results.get(id), Store(device="cpu"))
    finally:
        del results._REGISTRY[id]
    assert (made.value, made.ci) == (0.333333333333, (0.3, 0.666666666667))


BUILD = {**record().build, "exact": {"settings": "a C library; A=1", "weights": ["1" * 64]}}


def changed(**fields):
    return dataclasses.replace(record(build=BUILD), **fields)


@pytest.mark.parametrize(("now", "first", "what"), [
    (changed(), None, "identical"),
    (changed(build={**BUILD, "hardware": "another desk", "commit": None, "wall_s": 9.0}), None, "identical"),
    (changed(versions={**record().versions, "python": "3.11.9"}), "environment", "version of python: then 3.11.7"),
    (changed(build={**BUILD, "exact": {**BUILD["exact"], "settings": "a C library; A=2"}}), "environment", "settings"),
    (changed(build={**BUILD, "exact": {**BUILD["exact"], "weights": ["2" * 64]}}), "runs",
     "sha256 of the weights of run 1 of 1 (aaaaaaaaaaaa): then 1111"),
    (changed(runs=(dataclasses.replace(RUN, seeds=(0, 1)),)), "runs", "seeds: then [0, 1, 2, 4], now [0, 1]"),
    (changed(value=0.25, build={**BUILD, "exact": {**BUILD["exact"], "weights": ["2" * 64]}}), "runs", "value"),
    (changed(value=0.25), "result", "value: then 0.5, now 0.25"),
])
def test_the_first_stage_that_differs_is_named(now, first, what):
    then = changed()
    found = stages(then, now)
    assert [stage.name for stage in found] == ["environment", "runs", "result"]
    assert next((stage.name for stage in found if stage.differences), None) == first
    said = report(then, found)
    assert said.startswith(f"made.up: {f'differs, first in: {first}' if first else 'identical'}\n")
    assert what in said
    assert first is not None or now.sha256 == then.sha256


def test_an_exact_record_is_read_back_and_an_older_one_too():
    for made in (record(), changed()):
        assert Record.from_json(json.loads(made.dumps())) == made
    assert changed().sha256 == record().sha256  # where it was built is no part of what it is
    with pytest.raises(ValueError, match="from an exact build, got one whose bits are those of one processor"):
        stages(record(), changed())


@able
@pytest.mark.slow
def test_the_commands_train_exactly_and_find_the_result_identical(tmp_path):
    env = {**os.environ, "DEREF_STORE": str(tmp_path / "runs"), "PYTHONPATH": os.pathsep.join(
        [str(Path(exact.__file__).parents[1]), str(SUPPORT)])}

    def python(*arguments, **more):
        return subprocess.run([sys.executable, *arguments], env={**env, **more}, capture_output=True, text=True,
                              timeout=PATIENCE_S, check=False)

    done = python("-m", "deref", "train", "--module", "toy_experiments", "--exact")
    assert done.returncode == 0, done.stderr
    (about, *_) = [json.loads(path.read_text()) for path in tmp_path.glob("runs/*/run.json")]
    assert about["exact"] is True
    again = python("-m", "deref", "train", "--module", "toy_experiments", "--exact")
    assert "every run is in the store" in again.stderr

    script = ("from deref.sections.shared import partial_address_accuracy\n"
              "from evidence.results.publish import publish\n"
              "print(publish('ladder.8.known-1').records[0].dumps())")
    path = tmp_path / "record.json"
    path.write_text(python("-c", script).stdout)
    refused = python("-m", "deref", "verify", "--record", str(path), "--exact")
    assert refused.returncode == 2 and "expected a record of ladder.8.known-1 from an exact build" in refused.stderr
    path.write_text(python("-c", script, **exact.environment()).stdout)
    done = python("-m", "deref", "verify", "--record", str(path), "--exact")
    assert (done.returncode, done.stdout.splitlines()[0]) == (0, "ladder.8.known-1: identical"), done.stderr
