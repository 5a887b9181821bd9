"""Figures and tables of the sweep `book`, drawn from made-up records and from runs that take a moment."""

from dataclasses import replace

import matplotlib.pyplot as plt
import pytest
from matplotlib.figure import Figure

from deref.experiment import Experiment
from deref.sections.ch06.own_size import book_sweep, figures
from deref.sections.ch06.own_size.arms import ARMS, SIXTEEN
from deref.sections.shared import book_records
from deref.sections.shared.book_models import book_mlp, model_n, model_p
from evidence.results.figure_files import save
from evidence.runs import Store
from evidence.runs.sweep_record import SweepRecord
from evidence.unavailable import Absent

DRAWN = {"eight": ("at-8",), "depth": ("depth-32",), "sixteen": ("scale", "variants", "supervision", "data", "recipes")}


@pytest.fixture
def released(tmp_path, monkeypatch):
    """Release made-up records of some parts: three seeds an arm, one of which stopped early."""

    def release(*parts):
        sums = {}
        for part in parts:
            rows = [dict(arm=arm, seed=seed, step=100 * i, loss=0.7 / i, accuracy=0.4 + 0.1 * i + 0.01 * seed)
                    for arm, told in ARMS.items() if told.part == part for seed in range(3)
                    for i in range(1, 5 - seed % 2)]
            made = SweepRecord(name=part, about="A toy.", command=book_records.command(part), created="", wall_s=1.0,
                               hardware="", versions={}, code="", runs=[],
                               columns={name: [row[name] for row in rows] for name in rows[0]})
            sums[part] = made.write(tmp_path / f"book-{part}.json")
        monkeypatch.setattr(book_records, "SHA256", sums)

    monkeypatch.setattr(book_records, "record_path", lambda name: tmp_path / f"{name}.json")
    yield release
    for cached in (book_records.record, book_records._rows):
        cached.cache_clear()


@pytest.fixture(autouse=True)
def forgotten():
    for cached in (book_records.record, book_records._rows):
        cached.cache_clear()
    yield
    plt.close("all")


@pytest.mark.parametrize("name", DRAWN)
def test_a_figure_is_drawn_from_its_records(released, name):
    released(*DRAWN[name])
    figure, data = getattr(figures, name)()
    assert isinstance(figure, Figure)
    assert len({len(column) for column in data.values()}) == 1
    files = save(figure, data)
    assert files["svg"].startswith("<") and files["csv"].count("\n") == len(data["arm"]) + 1
    if name == "sixteen":
        assert set(data["arm"]) == set(SIXTEEN)
        assert len(data["arm"]) == 3 * len(SIXTEEN)
    else:
        assert data["step"].count(400) == 2 * len(set(data["arm"])), "one of three seeds stopped early"


def test_arms_whose_record_is_not_released_are_left_out(released):
    released("scale", "data")
    _, data = figures.sixteen()
    assert set(data["arm"]) == {"base-16", "few-16", "learned-16"}


@pytest.mark.parametrize("name", DRAWN)
def test_without_its_records_a_figure_says_what_computes_it(monkeypatch, name):
    monkeypatch.setattr(book_records, "SHA256", {})
    reason, data = getattr(figures, name)()
    assert isinstance(reason, Absent) and data == {}
    assert str(reason) == f"deref sweep book --part {DRAWN[name][0]} computes it"


def short(config):
    """A configuration of the sweep, cut to a moment."""
    given = {"steps": 4, "eval_every": 2, "eval_memories": 4, "fixed_examples": 20, "stop_at": None}
    train = getattr(config, "train", None)
    return replace(config, train=replace(train, **given)) if train is not None else replace(config, **given)


def test_a_table_has_the_runs_that_the_store_has(tmp_path):
    store = Store(tmp_path, device="cpu")
    points = [Experiment(name=f"book-{arm}-s{seeds[0]}", config=short(config), seeds=seeds, about="Short.", module="")
              for arm, config in (("two-8", model_n(8, width=8)), ("mlp-64-8", book_mlp(8, hidden=4)))
              for seeds in ((0, 1), (2,))]
    assert book_sweep.curves(points, store) == {name: [] for name in ("arm", "seed", "step", "loss", "accuracy")}
    for one in points[:3]:
        one.run(store, progress=lambda report: None)
    found = book_sweep.curves(points, store)
    assert list(zip(found["arm"], found["seed"], found["step"], strict=True)) == [
        (arm, seed, step) for arm, seeds in (("two-8", (0, 1, 2)), ("mlp-64-8", (0, 1))) for seed in seeds
        for step in (2, 4)]


def test_every_recipe_of_the_sweep_trains(tmp_path):
    """One of each kind of model, start and task, for four steps."""
    kinds = {}
    for part in book_sweep.PARTS.values():
        for config in part.arms.values():
            kinds.setdefault((type(config).__name__, getattr(config, "start", ""), type(config.task).__name__,
                              getattr(config.task, "kind", "")), config)
    assert len(kinds) >= 10
    for config in kinds.values():
        trainer = short(config).trainer((0,))
        trainer.step_many(2)
        assert trainer.history.step.tolist() == [2]


def test_the_book_s_sizes_are_its_own():
    def count(config):
        model = config.build([0]) if hasattr(config, "build") else config.model.build([0])
        return sum(values.numel() for values in model.parameters())

    assert count(model_n(8, width=32, layers=1)) == 8_738
    assert count(model_n(8, width=32)) == 17_282
    assert count(book_mlp(8, hidden=64)) == 3_018
    for given, printed in (({"layers": 2}, 270), ({"layers": 3}, 403)):
        assert round(count(model_p(32, steps=1, **given)) / 1_000) == printed
    assert round(count(model_p(32, steps=1, layers=3, width=256, heads=8)) / 1e4) == 159
