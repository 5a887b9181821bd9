"""Sweeps: records that are read back exactly or not at all, and the command that computes one."""

import json
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from deref.cli import main
from deref.cli.sweep import compute
from deref.experiment import Experiment
from deref.model.config import ModelConfig
from deref.sections.ch06.depth.depth import ARMS, RECIPE, sized
from deref.sections.ch06.depth.phase_sweep import FULL_POINTS, POINTS, grid, table
from deref.sections.shared.solving import accuracies
from deref.sweep import Sweep, chosen, get, load_all, names, sweep
from deref.tasks.pointer import PointerTask
from deref.train.config import TrainConfig
from evidence import files
from evidence.runs import Store
from evidence.runs.sweep_record import SweepRecord

ENTRIES = st.one_of(st.none(), st.integers(-10**9, 10**9), st.floats(allow_nan=False, allow_infinity=False), st.text())


def record(columns):
    return SweepRecord(name="toy", about="A toy.", command="deref sweep toy", created="2026-01-01T00:00:00+00:00",
                       wall_s=1.5, hardware="a processor", versions={"python": "3"}, code="c0de", runs=["a", "b"],
                       columns=columns)


@given(st.lists(ENTRIES, max_size=5))
def test_a_record_comes_back_as_it_was_written(tmp_path_factory, entries):
    path = tmp_path_factory.mktemp("records") / "deep" / "toy.json"
    written = record({"x": entries, "y": entries})
    checksum = written.write(path)
    assert SweepRecord.read(path, checksum) == written


def test_a_record_that_changed_is_refused(tmp_path):
    path = tmp_path / "toy.json"
    checksum = record({"x": [1, 2]}).write(path)
    path.write_text(path.read_text().replace("2", "3"))
    with pytest.raises(ValueError, match=r"expected toy\.json to be the record with the checksum"):
        SweepRecord.read(path, checksum)


def test_a_record_that_is_missing_is_named(tmp_path):
    with pytest.raises(ValueError, match=r"expected the record of a sweep at .*nothing\.json, got none: No such file"):
        SweepRecord.read(tmp_path / "nothing.json", "0" * 64)


@pytest.mark.parametrize("when", ["flush", "rename"])
def test_a_record_that_cannot_be_written_leaves_the_old_one(tmp_path, monkeypatch, when):
    def full(*_):
        raise OSError(28, "No space left on device")

    path = tmp_path / "toy.json"
    old = record({"x": [1, 2]})
    checksum = old.write(path)
    monkeypatch.setattr(files.os, "fsync" if when == "flush" else "replace", full)
    with pytest.raises(OSError, match="No space left"):
        record({"x": [3]}).write(path)
    monkeypatch.undo()
    assert SweepRecord.read(path, checksum) == old
    assert list(tmp_path.iterdir()) == [path]


def test_a_record_of_another_format_is_refused(tmp_path):
    import hashlib

    path = tmp_path / "toy.json"
    path.write_text(json.dumps({"format": 2}))
    with pytest.raises(ValueError, match="a sweep's record of format 1"):
        SweepRecord.read(path, hashlib.sha256(path.read_bytes()).hexdigest())


def test_columns_of_different_lengths_are_refused():
    with pytest.raises(ValueError, match="to have one length"):
        record({"x": [1], "y": [1, 2]})


def test_rows_are_found_by_their_entries():
    found = record({"layers": [1, 2, 2], "accuracy": [0.5, 0.6, 0.7]})
    assert found.rows(layers=2) == [{"layers": 2, "accuracy": 0.6}, {"layers": 2, "accuracy": 0.7}]
    with pytest.raises(ValueError, match="expected columns of 'toy', layers, accuracy, got \\['depth'\\]"):
        found.rows(depth=2)


def test_the_grid_varies_one_thing_at_a_time():
    for point in grid([24]):
        usual = {"layers": 2, "heads": 1, "width": RECIPE.model.width}
        assert sum(point[key] != usual[key] for key in usual) <= 1
    assert len({tuple(point.items()) for point in grid([8, 16])}) == len(grid([8, 16])) == len(grid([8])) * 2


def test_the_diagram_has_the_experiments_of_the_chapter_as_its_points():
    assert sized() == RECIPE == ARMS["two"].config
    ours = {replace(one.config, stop_at=None) for one in POINTS}
    assert {ARMS[key].config for key in ("two", "wide", "heads", "three", "four")} <= ours
    assert not set(POINTS[0].seeds) & set(ARMS["two"].seeds)
    assert {one.config.task.M for one in FULL_POINTS} >= {256}


def test_every_sweep_has_a_name_and_a_stranger_is_told_the_nearest():
    assert {"phase", "phase-full"} <= {one.key for one in load_all()} == set(names())
    with pytest.raises(ValueError, match="expected the name of a sweep, got 'phaze'; the nearest are phase"):
        get("phaze")
    with pytest.raises(ValueError, match="expected a new sweep's name, got 'phase'"):
        sweep("phase", about="Another.")(lambda store: {})


def tiny(name, layers):
    task = PointerTask(M=4)
    model = ModelConfig(length=task.length, layers=layers, heads=1, width=8)
    config = TrainConfig(task=task, model=model, steps=4, batch=2, eval_every=2, eval_memories=4)
    return Experiment(name=name, config=config, seeds=(0, 1), about="Tiny.", module=__name__)


def test_a_record_holds_one_row_a_seed_and_where_it_came_from(tmp_path):
    points = (tiny("one", 1), tiny("two", 2))
    chosen = Sweep(name="toy", about="A toy.", experiments=points, table=lambda store: table(points, store),
                   module="deref.sections.ch06.depth.phase_sweep")
    store = Store(tmp_path)
    found = compute(chosen, store)
    assert found.columns["layers"] == [1, 1, 2, 2]
    assert found.columns["seed"] == [0, 1, 0, 1]
    assert found.columns["accuracy"] == [round(float(x), 6) for one in points
                                         for x in accuracies(one.run(store))]
    assert found.runs == [store.address(one.config, one.seeds) for one in points]
    assert found.wall_s > 0 and found.hardware and found.command == "deref sweep toy"


def test_the_command_lists_sweeps_and_refuses_a_stranger(capsys):
    assert main(["sweep"]) == 0
    assert "phase-full" in capsys.readouterr().out
    assert main(["sweep", "phaze"]) == 2
    assert "expected the name of a sweep, got 'phaze'" in capsys.readouterr().err


def test_a_large_sweep_is_one_after_the_other_or_a_part(capsys):
    load_all()
    parts = chosen("book")
    assert {"at-8", "two-hop", "x", "depth-32"} <= {one.part for one in parts}
    (one,) = chosen("book", "two-hop")
    assert (one.key, one.command) == ("book-two-hop", "deref sweep book --part two-hop")
    assert [one.key for one in chosen("phase")] == ["phase"]
    with pytest.raises(ValueError, match=r"expected a part of the sweep book, one of at-8, .*, got 'at-9'"):
        chosen("book", "at-9")
    assert main(["sweep", "phase", "--kept"]) == 2
    assert "expected --kept and --seeds with a sweep that can be kept in part, got phase" in capsys.readouterr().err
    assert main(["sweep", "book", "--out", "x.json"]) == 2
    assert "expected --part with --out: book has" in capsys.readouterr().err


def curves(points):
    def columns(store):
        rows = [row for one in points if store.has(one.config, one.seeds) for row in one.run(store).seeds]
        return {"seed": rows}

    return columns


def test_what_has_ended_is_kept_and_the_rest_is_trained_later(tmp_path, monkeypatch, capsys):
    """A record of the runs that the store has; then the same with more seeds, where nothing is trained twice."""
    monkeypatch.setenv("DEREF_STORE", str(tmp_path / "runs"))
    points = tuple(replace(tiny(f"kept-{seed}", 1), seeds=(seed,)) for seed in range(3))
    kept = Sweep(name="kept", about="A toy.", experiments=points, table=curves(points), partial=True, part="toy",
                 module="deref.sections.ch06.depth.phase_sweep")
    monkeypatch.setattr("deref.sweep.chosen", lambda name, part: (kept,))
    out = tmp_path / "kept.json"
    assert main(["sweep", "kept", "--kept", "--out", str(out)]) == 2
    assert "expected finished runs of kept-toy in the store, found none" in capsys.readouterr().err
    points[1].run(Store(tmp_path / "runs"), progress=lambda report: None)
    assert main(["sweep", "kept", "--kept", "--out", str(out)]) == 0
    first = json.loads(out.read_text())
    assert (first["columns"]["seed"], first["command"]) == ([1], "deref sweep kept --part toy")
    made = []
    monkeypatch.setattr("deref.cli.sweep.make", lambda wanted, store, given: made.extend(wanted))
    assert main(["sweep", "kept", "--seeds", "2", "--out", str(out)]) == 0
    assert [one.seeds for one in made] == [(0,), (1,)]


def test_runs_of_a_sweep_that_is_kept_as_it_ends_are_not_pruned():
    from deref.cli.runs import _names

    (part,) = chosen("book", "x")
    addresses = {Store("nowhere", device="cpu", exact=False).address(one.config, one.seeds): one.name
                 for one in part.experiments}
    names = _names()
    assert {address: names[address] for address in addresses} == addresses
