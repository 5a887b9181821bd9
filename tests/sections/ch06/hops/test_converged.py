"""The record of lookups chained: it is that of the sweep's own points, and pages count from it."""

from deref.sections.ch06.hops import converged
from deref.sections.ch06.hops import hops_sweep as swept
from deref.sections.ch06.hops.hops import HOPS, RECIPE
from deref.tasks.hops import HopsTask
from evidence.runs import Store


def test_the_record_is_that_of_the_points_and_has_every_seed_of_them(tmp_path):
    record, store = converged.record(), Store(tmp_path)
    assert len(record.runs) == len(swept.POINTS)
    assert {(row["layers"], row["seed"]) for row in record.rows()} == {
        (one.config.train.model.layers, seed) for one in swept.POINTS for seed in one.seeds}
    assert set(converged.DEPTHS) == set(swept.DEPTHS)
    assert not any(store.has(one.config, one.seeds) for one in swept.POINTS)  # a record needs no run


def test_points_are_the_page_s_task_with_more_heads_and_steps():
    for one in swept.POINTS:
        recipe = one.config.train
        assert recipe.task == RECIPE.task == HopsTask(M=8, hops=HOPS)
        assert (recipe.model.width, recipe.model.heads, recipe.steps) == (RECIPE.model.width, 4, 5 * RECIPE.steps)


def test_lookups_are_counted_up_to_the_first_that_is_not_solved(monkeypatch):
    rows = {1: [(1.0, 0.98, 1.0, 1.0), (0.99, 1.0, 1.0, 1.0), (0.991, 0.991, 1.0, 0.9)]}

    class Made:
        def rows(self, layers):
            return [{f"h{k}": value for k, value in zip(HOPS, row, strict=True)} for row in rows[layers]]

    monkeypatch.setattr(converged, "record", Made)
    assert converged.chained(1).tolist() == [1, 0, 3]
