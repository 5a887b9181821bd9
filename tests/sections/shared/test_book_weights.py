"""The weights of model X: rounded, written to a record, and read again."""

import numpy as np
import pytest
import torch

from deref.model.transformer import Transformer
from deref.sections.shared import book_weights
from deref.sections.shared.book_models import model_x
from deref.sections.shared.book_weights import LEVELS, restored, rounded

SEEDS = (3, 5)


@pytest.fixture(scope="module")
def model():
    return Transformer(model_x().train.model, SEEDS)


@pytest.fixture(scope="module")
def columns(model):
    return rounded(model)


def test_a_weight_moves_by_half_a_level_of_its_row_at_most(model, columns):
    found = restored(SEEDS, columns)
    assert found.seeds == SEEDS and np.abs(columns["levels"]).max() == LEVELS
    for (name, was), value in zip(model.state_dict().items(), found.state_dict().values(), strict=True):
        room = was.abs().amax(-1, keepdim=True) / LEVELS / 2 if was.ndim == 3 else 0
        assert ((was - value).abs() <= room * 1.02 + 1e-3 * was.abs()).all(), name  # units are halves: three digits


def test_what_was_rounded_once_stays_as_it_is(columns):
    again = rounded(restored(SEEDS, columns))
    assert all(np.array_equal(again[name], columns[name]) for name in columns)


def test_a_row_of_zeros_stays_one(model):
    state = {name: torch.zeros_like(value) for name, value in model.state_dict().items()}
    found = restored(SEEDS, rounded(Transformer.from_state(model.config, SEEDS, state)))
    assert all((value == 0).all() for value in found.state_dict().values())


def test_numbers_of_another_model_are_refused(columns):
    with pytest.raises(ValueError, match="expected at least 128 further rest of model X, got 6"):
        restored(SEEDS, {**columns, "rest": columns["rest"][:, :6]})
    with pytest.raises(ValueError, match=r"expected the numbers of model X and no more, got \{'units': 1\} more"):
        restored(SEEDS, {**columns, "units": np.pad(columns["units"], ((0, 0), (0, 1)))})


def test_the_record_holds_members_that_answer(monkeypatch):
    found = book_weights.members()
    assert len(set(found.seeds)) == len(found.seeds) >= 1
