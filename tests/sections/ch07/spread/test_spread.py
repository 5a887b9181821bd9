"""How work spreads, on the pointer written by hand: three heads gather the address, one fetches, two are idle."""

import numpy as np
import pytest
import torch
from written_runs import changed, run_of

from deref.constructions.pointer import pointer
from deref.sections.ch07.spread import spread

HEADS = 3


@pytest.fixture(scope="module")
def run():
    """A pointer, and one whose first layer does not find the address; the first alone is read."""
    model, task = pointer(8)
    return run_of(model, changed(model, "layers.0.q.bias", 0.0), task=task)


def test_the_bit_goes_straight_from_the_cell_into_the_values(run):
    found = spread.brought(run, ("cell", "heads-here", "heads-away"))
    assert {name: values.tolist() for name, values in found.items()} == {
        "cell": [pytest.approx(1, abs=1e-4)], "heads-here": [pytest.approx(0, abs=1e-4)],
        "heads-away": [pytest.approx(0, abs=1e-4)]}


def test_one_head_brings_the_bit_back(run):
    np.testing.assert_allclose(spread.head_recoveries(run, "denoise"), [[0, 0, 0, 1, 0, 0]], atol=1e-4)


def test_answers_need_the_heads_that_gather_and_the_one_that_fetches_and_no_other(run):
    found = spread.without_heads(run, 4)
    assert found.seeds == (0,) and found.covered.tolist() == [1]
    wrong = ~found.right.flatten(3).all(-1)[0]
    assert wrong.tolist() == [[True] * HEADS, [True, False, False]]
    assert torch.allclose(found.lost[0, 1, 1:], torch.zeros(2, dtype=torch.double), atol=1e-4)
    assert (found.lost[0, 0] > 0.1).all() and found.lost[0, 1, 0] > 0.1
    effects = found.lost[0].clamp(min=0)
    assert found.first.item() == pytest.approx((effects[0].sum() / effects.sum()).item())
    assert 1 < found.effective.item() < HEADS + 1 + 1e-6


def test_a_model_without_mlps_has_no_connections_through_them():
    for one in spread.PATCHED:
        expected = tuple(spread.CONNECTIONS) if one.config.model.mlp else ("cell", "heads-here", "heads-away")
        assert spread.connections(one) == expected
    assert {bool(one.config.model.mlp) for one in spread.PATCHED} == {False, True}
