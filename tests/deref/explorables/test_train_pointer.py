"""What the page trains by: recipes that are the book's, its seeds' own times, and a recorded training."""

import json
from dataclasses import replace

import numpy as np
import pytest
from gradient_case import CASE
from javascript import run
from matplotlib import pyplot as plt

from deref.explorables.train_pointer import BASES, case, drawing, frames, recipe, recorded, rungs
from deref.model.config import ModelConfig
from deref.sections.ch06.layers.layers import one
from deref.sections.shared.models import gather, large_32, legible_8
from deref.tasks.induction import InductionTask
from deref.tasks.pointer import PointerTask
from deref.train.config import TrainConfig


@pytest.fixture(autouse=True)
def closed():
    yield
    plt.close("all")


def test_a_recipe_says_all_that_the_page_needs():
    told = recipe(legible_8.config)
    assert told == {"cells": 8, "layers": 2, "heads": 1, "width": 32, "positions": "sinusoidal", "position_std": 0.02,
                    "final_norm": False, "batch": 16, "steps": 2500, "lr": 5e-3, "weight_decay": 0.0, "warmup": 200,
                    "betas": [0.9, 0.95]}
    assert recipe(one.config)["layers"] == 1 and recipe(one.config)["position_std"] == 1.0
    assert json.loads(json.dumps(told)) == told


def test_there_is_one_recipe_for_each_kind_of_choice():
    told = [recipe(base.config) for base in BASES]
    assert len({(one["heads"] > 1, one["positions"]) for one in told}) == len(told) == 4


def test_a_recipe_on_another_task_is_refused():
    task = InductionTask(first=2, passage=2, offsets=(0,), vocab=8)
    shape = ModelConfig(length=task.length, vocab=task.vocab, outputs=task.outputs, layers=2, heads=1, width=8)
    with pytest.raises(ValueError, match="expected a recipe on the pointer task, got one on InductionTask"):
        recipe(TrainConfig(task=task, model=shape, steps=10, batch=1, form=task.forms[0], schedule="cosine"))


@pytest.mark.parametrize("config", [
    large_32.config, replace(legible_8.config, schedule="constant"), replace(legible_8.config, clip=1.0),
    replace(legible_8.config, form="flat"), replace(legible_8.config, fixed_examples=100)])
def test_a_recipe_that_the_page_cannot_follow_is_refused(config):
    with pytest.raises(ValueError, match="expected a recipe that pages can follow"):
        recipe(config)


def test_rungs_are_the_ladders():
    # 8 cells with 2 bits known leave 2 cells: the majority of two fair bits is right in 3 of 4 cases
    assert rungs(PointerTask(M=8))[2:] == [0.75, 1.0]
    assert rungs(PointerTask(M=4)) == rungs(PointerTask(M=8))[1:], "a known bit halves the memory"


def test_frames_lie_on_both_sides_of_the_solution():
    assert frames(400, 50) == (0, 100, 200, 300, 600)
    assert frames(450, 50)[-1] == 700, "the curve ends with an evaluation"


def test_a_recorded_training_is_the_training(tmp_path):
    config = replace(gather.config, steps=30, eval_every=10, model=replace(gather.config.model, heads=1))
    recording = recorded(config, 3, (0, 20, 30))
    assert recording.maps.shape == (3, 8, 11)
    assert recording.maps.sum(-1) == pytest.approx(1, abs=1e-5)
    trainer = config.trainer((3,))
    trainer.step_many(30)
    assert np.array_equal(recording.history.accuracy, trainer.history.accuracy)
    figure, table = drawing(recording)
    assert {len(column) for column in table.values()} == {3 * 8 * 11}
    assert table["weight"][:11] == recording.maps[0, 0].round(6).tolist()
    figure.savefig(tmp_path / "figure.svg")


def test_the_case_for_browsers_is_what_the_scripts_compute():
    expected = case()
    assert json.loads(json.dumps(expected)) == expected
    found = run(CASE, expected)
    assert found["loss"] == pytest.approx(expected["loss"], rel=1e-9)
    assert found["norms"] == pytest.approx(expected["norms"], rel=1e-9, abs=1e-12)
    assert len(found["norms"]) == len(ModelConfig(length=6, layers=2, heads=2, width=8).build((0,)).state_dict())
