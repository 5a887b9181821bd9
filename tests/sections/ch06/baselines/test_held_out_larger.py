"""The record of never-asked addresses in larger memories: it is that of the sweep's own points."""

from deref.sections.ch06.baselines import held_out, held_out_larger
from deref.sections.ch06.baselines import held_out_sweep as swept
from evidence.runs import Store


def test_the_record_is_that_of_the_points_and_has_every_seed_of_them(tmp_path):
    record, store = held_out_larger.record(), Store(tmp_path)
    assert len(record.runs) == len(swept.POINTS)
    assert {(row["kind"], row["cells"], row["seed"]) for row in record.rows()} == {
        (*point, seed) for point, one in swept.POINTS.items() for seed in one.seeds}
    assert set(held_out_larger.POINTS) == set(swept.POINTS)
    assert not any(store.has(one.config, one.seeds) for one in swept.POINTS.values())  # a record needs no run


def test_points_differ_from_those_of_the_build_in_size_and_steps_alone():
    for (kind, cells), one in swept.POINTS.items():
        task = held_out.HeldOutTask(M=cells, never=held_out.never(cells))
        assert one.config == held_out.recipe(kind, task, steps=swept.STEPS[cells])
        assert held_out.ADDRESSES[kind, 16].config == held_out.recipe(
            kind, held_out.HeldOutTask(M=16, never=held_out.never(16)))
