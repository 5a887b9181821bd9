"""What is asked of a copy: how much it knows, and how far its attention moved from where it was."""

from dataclasses import dataclass

import pytest
import torch

from deref.model.transformer import Transformer
from deref.sections.ch07.knowledge import knowledge

RECIPE = knowledge.finetuned.config.first
SEEDS = (0, 1)


@dataclass(frozen=True, eq=False)
class Held:
    """A run that holds models which nothing trained."""

    model: dict[str, Transformer]


def changed(name, value):
    """An untrained model that differs from the first in one parameter, or in none."""
    model = Transformer(RECIPE.model, SEEDS)
    with torch.no_grad():
        if name:
            model.get_parameter(name).copy_(value)
    return model


@pytest.fixture(scope="module")
def found():
    always = torch.zeros(RECIPE.model.outputs)
    always[0] = 1e3
    copies = {"first": changed("", None), "same": changed("", None), "stubborn": changed("unembedding.bias", always),
              "blind": changed("layers.1.q.weight", torch.tensor(0.0))}
    return {name: knowledge._answers(Held(copies), name) for name in copies}


def test_a_copy_that_nothing_changed_has_moved_nowhere(found):
    assert found["same"].moved.tolist() == [[0, 0], [0, 0]]
    for kind in ("notes", "old", "new"):
        assert getattr(found["same"], kind).tolist() == getattr(found["first"], kind).tolist()


def test_one_answer_to_everything_knows_a_fourth_and_moves_nothing(found):
    facts, old = knowledge.NOTES.facts, knowledge.OLD
    known = (found["stubborn"].old * old + found["stubborn"].new * (facts - old)) / facts
    assert known.tolist() == [1 / knowledge.NOTES.values] * len(SEEDS)
    assert found["stubborn"].moved.max() == 0


def test_attention_that_no_longer_asks_moves_in_its_layer_alone(found):
    moved = found["blind"].moved
    assert moved.shape == (RECIPE.model.layers, len(SEEDS))
    assert (moved[0] == 0).all() and (moved[1] > 0).all() and (moved <= 1).all()
