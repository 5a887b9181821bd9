"""Records that ask for more than anybody waits for, or that are not what they say, are refused at once, in one line."""

import json
import os
from pathlib import Path

import pytest
from made_up import record
from quadratic import Quadratic

from deref.cli.commands import main
from deref.model.config import ModelConfig
from deref.tasks.pointer import PointerTask
from deref.train.config import TrainConfig
from evidence.config import to_json
from evidence.records import Record
from evidence.records.content import FORM, HASHED, sha256_of
from evidence.records.format import apply
from evidence.records.replication import Replication
from evidence.results import mean_t, registry, result
from evidence.results.provenance import record_of
from evidence.results.replay import TooMuch, growth
from evidence.results.verify import verify
from evidence.runs import Store

SUPPORT = Path(__file__).parents[2] / "support"
TODAY, SEEDS = Quadratic(steps=4), (0, 1)
TASK = PointerTask(M=2)
MODEL = TrainConfig(task=TASK, model=ModelConfig(length=TASK.length, layers=1, heads=1, width=4), steps=2, batch=2)


@pytest.fixture
def published(tmp_path):
    """The record of a result of a run that takes no time, and a store without the run."""
    @result("toy.hostile", title="Mean of the first coordinate", format=".4f")
    def first(store):
        return mean_t(store.run(TODAY, SEEDS).model.x[:, 0].tolist())

    yield record_of(registry.get("toy.hostile"), Store(tmp_path / "first", device="cpu")), Store(tmp_path, device="cpu")
    del registry._REGISTRY["toy.hostile"]


def resealed(given, *, configs=None, seeds=None, **changes):
    """A record that says something else, under the hash that fits it."""
    data = {**given.to_json(), **changes}
    for run, config in zip(data["runs"], configs or [run["config"] for run in data["runs"]], strict=True):
        run |= {"config": config, "seeds": run["seeds"] if seeds is None else list(seeds)}
    return {**data, "sha256": sha256_of(data)}


@pytest.mark.parametrize("config", [
    *({**to_json(TODAY), **more} for more in ({"steps": 10**15}, {"size": 10**12}, {"size": 60, "steps": 80},
                                              {"steps": 1e15}, {"steps": 10**400})),
    {**to_json(MODEL), "steps": 10**15},
    {**to_json(MODEL), "model": {**to_json(MODEL.model), "layers": 10**7}},
    {**to_json(MODEL), "task": {"type": "PointerTask", "M": 10**6},
     "model": {**to_json(MODEL.model), "length": PointerTask(M=10**6).length}},
])
def test_work_that_nobody_waits_for_is_refused(published, config):
    given, store = published
    with pytest.raises(TooMuch, match="times the work"):
        verify(Record.from_json(resealed(given, configs=[config])), store)
    assert not list(store.root.glob("*/run.json"))


def test_more_seeds_than_anybody_waits_for_are_refused(published):
    given, store = published
    with pytest.raises(TooMuch, match="times the work"):
        verify(Record.from_json(resealed(given, seeds=list(range(1000)))), store)


def test_twice_the_work_is_done(published):
    given, store = published
    found = verify(Record.from_json(resealed(given, configs=[{**to_json(TODAY), "steps": 8}])), store)
    assert found.verdict and "today's experiment has another configuration" in found.notes[0]


def test_growth():
    now = to_json(MODEL)
    assert growth(now, now) == 1
    assert growth({**now, "lr": 0.9}, now) == 1
    assert growth({**now, "steps": 20, "batch": 4}, now) == 20
    assert growth({**now, "seeds": [1] * 10}, {**now, "seeds": [1]}) == 10


@pytest.mark.parametrize("spec", [".1000000000f", "1000000000", "01000000000d", ".٩٩٩٩٩٩f", "101", ".1000%",
                                  "," + "9" * 5000])
def test_formats_of_too_many_digits_are_refused(spec):
    with pytest.raises(ValueError, match="expected a format of at most 100"):
        apply(spec, 0.5)
    with pytest.raises(ValueError, match=r"expected a format of at most 100|limit"):
        Record.from_json(resealed(record("toy.a", 0.5), format=spec))


@pytest.mark.parametrize("value", [10**400, -(10**400)])
def test_numbers_that_no_format_writes_are_refused(value):
    with pytest.raises(ValueError, match="expected a format that fits"):
        Record.from_json(resealed(record("toy.a", 0.5), value=value, ci=None, format=".1%"))


ODD = [None, True, "text", 7, -1, 0.5, 1e308, 2**70, 10**400, [], {}, [[]], [None], ["a"], {"type": []}, [{"type": 7}],
       [{"type": "PointerTask"}], "\0", "é" * 1000]


@pytest.mark.parametrize("name", sorted(record("toy.a", 0.5).to_json()))
def test_a_field_of_another_kind_is_refused_or_harmless(name):
    whole = record("toy.a", 0.5).to_json()
    for odd in ODD:
        for data in (whole | {name: odd}, {key: value for key, value in whole.items() if key != name}):
            try:
                if name not in ("form", "sha256") and not set(HASHED[FORM]) - set(data):
                    data = {**data, "sha256": sha256_of(data)}
                found = Record.from_json(data)
            except ValueError:
                continue
            assert Record.from_json(json.loads(found.dumps())) == found


@pytest.mark.parametrize("text", [
    "[" * 100_000, '{"a":' * 100_000, "9" * 5000, "NaN", "", "\0", "\ud800".encode("utf-8", "surrogatepass"), b"\xff",
    "null", "7", '"text"'])
def test_files_that_are_no_records_are_one_line(tmp_path, capsys, text):
    path = tmp_path / "record.json"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    assert main(["verify", "--record", str(path)]) == 2
    said = capsys.readouterr().err
    assert said.count("\n") == 1 and said.startswith("deref: expected ")


def test_configurations_nested_without_end_are_refused():
    data = record("toy.a", 0.5).to_json()
    deep = {"type": "x"}
    for _ in range(900):
        deep = {"type": "x", "a": deep}
    with pytest.raises(ValueError, match="nested too deeply"):
        Record.from_json({**data, "runs": [{**data["runs"][0], "config": deep}]})


@pytest.mark.parametrize("arguments", [["verify", "--record"], ["replicate", "--check"]])
def test_pipes_and_devices_are_not_waited_for(forks, tmp_path, arguments):
    os.mkfifo(tmp_path / "pipe")
    for path in (tmp_path / "pipe", "/dev/zero", tmp_path):
        done = forks.run(["-m", "deref", *arguments, path], timeout=60,
                         env={**os.environ, "DEREF_STORE": str(tmp_path / "runs")})
        assert done.returncode == 2
        assert done.stderr.count("\n") == 1 and "Traceback" not in done.stderr


def test_a_replication_is_no_pipe(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(OSError, match="no regular file"):
        Replication.read(tmp_path / "pipe")
