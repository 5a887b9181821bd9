"""Some members of an ensemble as a smaller one: each computes what it did among all."""

import pytest
import torch

from deref.model.config import ModelConfig
from deref.model.members import some
from deref.model.transformer import Transformer


@pytest.fixture
def model():
    return Transformer(ModelConfig(length=11, layers=2, heads=2, width=8), (3, 7, 4, 9))


def test_members_are_themselves_in_the_order_asked_for(model):
    found = some(model, [2, 0])
    assert found.seeds == (4, 3)
    for place, one in enumerate((2, 0)):
        alone, among = model.member(one).state_dict(), found.member(place).state_dict()
        assert all(torch.equal(alone[name], among[name]) for name in alone)


def test_the_parameters_are_copies(model):
    some(model, [1]).token.data.zero_()
    assert model.token.data[1].abs().sum() > 0


def test_no_members_are_no_model(model):
    with pytest.raises(ValueError, match="expected at least one seed, got none"):
        some(model, [])
