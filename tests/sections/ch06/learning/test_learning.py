"""When a curve is halfway, worked out on paper, and what the section reads from a run."""

from dataclasses import replace

import numpy as np
import pytest

from deref.sections.ch06.learning.learning import MEASURES, MODELS, Learning, crossing, fetch_kept, learning, probed
from deref.sections.shared.models import legible_8
from deref.train.snapshots import kept
from evidence.runs import Store

STEP = np.array([0, 10, 20, 40])


def test_a_level_is_reached_on_the_line_between_two_steps_the_first_time():
    curves = np.array([[0, 0, 0.6, 0], [0, 1, 0, 0], [0.4, 0, 0, 0], [0.8, 1, 1, 0.4]])
    assert crossing(STEP, curves, 0.5).tolist() == [25, 5, 0, np.inf]


def test_a_measure_is_halfway_between_its_own_ends_in_the_seeds_that_solve_the_task():
    told = np.array([[0.2, 0.0, 0.0], [0.2, 0.0, 0.0], [0.4, 0.0, 0.0], [0.6, 1.0, 0.1]])
    known = np.array([[0, 0, 0], [1, 3, 0], [3, 2, 0], [3, 3, 1.0]])
    found = Learning(seeds=(0, 1, 2), step=STEP, solving=np.array([True, True, False]),
                     curves={"told": told, "known": known})
    assert found.halfway("told").tolist() == [20, 30]
    assert found.halfway("known").tolist() == [20, 10]
    # From 0.24 to 0.56, on a slope of 0.02 a step and then of 0.01: 12 to 36. And from 22 to 38.
    assert found.width("told") == pytest.approx([24 / 20, 16 / 30])


def test_a_run_is_read_at_every_kept_step(tmp_path):
    config = replace(fetch_kept.config, train=replace(legible_8.config, steps=2), at=(0, 2))
    run = Store(tmp_path).run(config, (100, 101), progress=lambda _: None)
    found = learning(run)
    assert found.step.tolist() == [0, 2] and not found.solving.any()
    assert set(found.curves) == {*MEASURES, "cell", "readout"} - {"trace"}
    assert {curve.shape for curve in found.curves.values()} == {(2, 2)}
    assert np.isnan(found.curves["cell"]).all()  # two steps in, no answer follows a cell
    assert probed(kept(run.model)[0]).shape == (2,)


def test_a_plateau_is_looked_at_where_weights_were_kept():
    for recipe in MODELS.values():
        assert recipe.early in recipe.kept.config.at
