"""Reading attention: a written pointer is wholly legible, a faint one is not, and the twins differ as they say."""

from dataclasses import replace

import numpy as np
import pytest
from written_runs import changed, run_of

from deref.constructions.pointer import pointer
from deref.sections.ch07.reading import reading
from deref.sections.shared.models import gather_waves, large_32, legible_8, runs
from deref.sections.shared.solving import solving


def test_the_written_pointer_is_read_off_its_maps():
    model, task = pointer(8)
    run = run_of(model, task=task)
    assert solving(run) == (0,)
    assert reading.covered(run).tolist() == [1.0]
    np.testing.assert_allclose(reading.address_mass(run), [1.0], atol=1e-6)
    assert reading.legible(run).tolist() == [True]
    assert (reading.flipped(run).addressed_rate() == 1).all() and (reading.flipped(run).other_rate() == 0).all()


def test_only_members_that_solve_the_task_are_read():
    model, task = pointer(8)
    blind = changed(model, "layers.0.q.bias", 0.0)  # layer 1 no longer knows where the address is
    run = run_of(blind, model, blind, task=task)
    assert solving(run) == (1,)
    assert len(reading.covered(run)) == len(reading.address_mass(run)) == len(reading.legible(run)) == 1


def test_further_seeds_are_of_the_same_recipe_and_no_seed_counts_twice():
    class Asked:
        def run(self, config, seeds, *, progress):
            return config, seeds

    for chosen in (large_32, gather_waves, legible_8):
        found = [(config, seed) for config, seeds in runs(chosen, Asked()) for seed in seeds]
        assert {config for config, _ in found} == {chosen.config}
        assert len(set(found)) == len(found) >= len(chosen.seeds)


def test_a_faint_lookup_covers_nothing():
    faint, task = pointer(8, sharpness=1.2)  # a cell that matches gets 1 / (1 + exp(-1.2))^3 of the weight at most
    found = reading.looked(run_of(faint, pointer(8)[0], task=task))
    assert found.coverage.tolist() == [0, 8]
    assert found.best[0].max() <= 1 / (1 + np.exp(-1.2)) ** 3


def test_a_layer_that_looks_everywhere_does_not_gather_the_address():
    model, task = pointer(8)
    everywhere = changed(model, "layers.0.q.bias", 0.0)
    mass = reading.looked(run_of(everywhere, task=task)).address_mass
    np.testing.assert_allclose(mass, task.A / task.T, rtol=1e-6)


@pytest.mark.parametrize(("made", "position"), [(reading.twin, "learned"), (reading.twin_sinusoidal, "sinusoidal")])
def test_the_twins_differ_from_the_large_model_as_they_say(made, position):
    assert made.config.task == legible_8.config.task
    assert made.config.model.positions == position
    back = replace(made.config.model, length=large_32.config.model.length, positions="learned")
    assert replace(made.config, task=large_32.config.task, model=back) == large_32.config


def test_every_ensemble_is_labelled_by_its_positions():
    for one in reading.SUBJECTS.values():
        model, words = one.chosen.config.model, one.positions.split(", ")
        assert words[0] == model.positions
        assert words[1:] in ([], ["large" if model.position_std == 1 else "small"])
