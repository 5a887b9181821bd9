"""Sweeps: their names and parts, and the command that computes one."""

import json
from dataclasses import replace

import pytest

from deref.cli import main
from deref.cli.sweep import compute
from deref.experiment import Experiment
from deref.model.config import ModelConfig
from deref.sections.ch06.depth.phase_sweep import table
from deref.sections.shared.solving import accuracies
from deref.sweep import Sweep, chosen, get, load_all, names, sweep
from deref.tasks.pointer import PointerTask
from deref.train.config import TrainConfig
from evidence.runs import Store


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
    kept = Sweep(name="kept", about="A toy.", experiments=points, table=curves(points), rows_by=("seed",), part="toy",
                 module="deref.sections.ch06.depth.phase_sweep")
    monkeypatch.setattr("deref.sweep.chosen", lambda name, part: (kept,))
    monkeypatch.setattr("deref.cli.sweep.record_path", lambda key: tmp_path / "released.json")
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


def test_seeds_that_were_trained_elsewhere_stay_in_the_record(tmp_path, monkeypatch, capsys):
    """A seed is released; a machine with an empty store trains another: the record has both, each once."""
    points = tuple(replace(tiny(f"stay-{seed}", 1), seeds=(seed,)) for seed in range(2))
    stay = Sweep(name="stay", about="A toy.", experiments=points, table=curves(points), rows_by=("seed",), part="toy",
                 module="deref.sections.ch06.depth.phase_sweep")
    released = tmp_path / "released.json"
    monkeypatch.setattr("deref.sweep.chosen", lambda name, part: (stay,))
    monkeypatch.setattr("deref.cli.sweep.record_path", lambda key: released)
    runs = []
    for point in points[::-1]:
        monkeypatch.setenv("DEREF_STORE", str(tmp_path / point.name))
        runs.append(point.run(Store(tmp_path / point.name), progress=lambda report: None).address)
        assert main(["sweep", "stay", "--kept"]) == 0
    found = json.loads(released.read_text())
    assert (found["columns"]["seed"], found["runs"]) == ([0, 1], runs)
    assert main(["sweep", "stay", "--kept"]) == 0
    assert json.loads(released.read_text())["columns"]["seed"] == [0, 1]


def test_runs_of_a_sweep_that_is_kept_as_it_ends_are_not_pruned():
    from deref.cli.runs import _names

    (part,) = chosen("book", "x")
    addresses = {Store("nowhere", device="cpu", exact=False).address(one.config, one.seeds): one.name
                 for one in part.experiments}
    names = _names()
    assert {address: names[address] for address in addresses} == addresses
