"""What the section makes of flips, on pointers written by hand."""

import numpy as np
from written_runs import changed, run_of

from deref.constructions.pointer import pointer
from deref.sections.ch07.flip import flip


def test_rates_over_seeds_are_those_of_every_solving_member_of_every_run():
    model, task = pointer(8)
    blind = changed(model, "layers.0.q.bias", 0.0)
    every = (run_of(blind, model, task=task), run_of(model, model, blind, task=task))
    rates = flip.over_solving(every, lambda run: flip.flipped(run).addressed_rate())
    np.testing.assert_array_equal(rates, [1.0, 1.0, 1.0])


def test_flips_of_addresses_and_sets_are_exact_on_the_written_pointer():
    model, task = pointer(8)
    run = run_of(model, task=task)
    found, sets = flip.readdressed(run), flip.sets_flipped(run)
    assert (found.changed_rate() == 1).all() and (found.strayed_rate() == 0).all()
    assert sets.sizes == (2, 4, 7)
    assert (sets.inside_rate() == 1).all() and (sets.outside_rate() == 0).all()
    assert len(found.memories) == 256 and len(sets.flipped) == flip.SET_MEMORIES
