"""The large model: what results make of its measures, and that they are measures which a reading gives."""

import numpy as np
import pytest

from deref.constructions.pointer import pointer
from deref.sections.ch07.own_size import large
from deref.sections.shared.book_reading import measures
from evidence.results import registry
from evidence.runs import Store


def test_a_measure_is_a_mean_over_the_seeds_that_have_it(monkeypatch):
    def found(rid):
        return registry.get(rid).function(Store("nowhere", device="cpu"))

    read = {"right": [1.0, 0.9], "covered": [8, 10], "trace.cell-1": [0.5, np.nan]}
    monkeypatch.setattr(large, "read", lambda: {name: np.array(values) for name, values in read.items()})
    assert (found("x.right").value, found("x.right").n) == (pytest.approx(0.95), 2)
    assert found("x.covered").value == 9
    assert (found("x.trace.cell-1").value, found("x.trace.cell-1").n) == (0.5, 1)


def test_results_are_of_measures_that_a_reading_gives():
    given = {name.replace("-2", "-3") for name in measures(*pointer(8))}  # two layers here, three there
    for name in (*large.SHARES, *large.WEIGHTS, *large.COUNTS):
        assert name in given or name.rpartition("-")[0] in {one.rpartition("-")[0] for one in given}, name
