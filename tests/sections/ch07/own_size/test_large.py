"""The large model's record: what results make of it, and that its measures are those that a reading gives."""

import pytest
from written_runs import run_of

from deref.constructions.pointer import pointer
from deref.sections.ch07.own_size import large
from deref.sections.shared import book_records
from deref.sections.shared.book_reading import measures
from evidence.results import registry
from evidence.runs import Store
from evidence.runs.sweep_record import SweepRecord


@pytest.fixture
def released(tmp_path, monkeypatch):
    rows = [dict(seed=seed, measure=name, value=value)
            for seed, values in ((1, {"right": 0.9, "covered": 10, "trace.cell-1": None}),
                                 (0, {"right": 1.0, "covered": 8, "trace.cell-1": 0.5}))
            for name, value in values.items()]
    made = SweepRecord(name="book-read-x", about="A toy.", command=book_records.command("read-x"), created="",
                       wall_s=1.0, hardware="", versions={}, code="", runs=[],
                       columns={name: [row[name] for row in rows] for name in rows[0]})
    monkeypatch.setattr(book_records, "SHA256", {"read-x": made.write(tmp_path / "book-read-x.json")})
    monkeypatch.setattr(book_records, "record_path", lambda name: tmp_path / f"{name}.json")
    book_records.record.cache_clear()
    yield
    book_records.record.cache_clear()


def test_a_measure_is_a_mean_over_the_seeds_that_have_it(released):
    def found(rid):
        return registry.get(rid).function(Store("nowhere", device="cpu"))

    assert book_records.measured("right").tolist() == [1.0, 0.9]
    assert (found("x.right").value, found("x.right").n) == (pytest.approx(0.95), 2)
    assert found("x.covered").value == 9
    assert (found("x.trace.cell-1").value, found("x.trace.cell-1").n) == (0.5, 1)


def test_results_are_of_measures_that_a_reading_gives():
    model, task = pointer(8)
    given = {name.replace("-2", "-3") for name in measures(run_of(model, task=task))}  # two layers here, three there
    for name in (*large.SHARES, *large.WEIGHTS, *large.COUNTS):
        assert name in given or name.rpartition("-")[0] in {one.rpartition("-")[0] for one in given}, name
