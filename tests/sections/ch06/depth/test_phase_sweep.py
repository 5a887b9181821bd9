"""The points of the phase diagram: one thing varies at a time, and those of the chapter are among them."""

from dataclasses import replace

from deref.sections.ch06.depth.depth import ARMS, RECIPE, sized
from deref.sections.ch06.depth.phase_sweep import FULL_POINTS, POINTS, grid


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
