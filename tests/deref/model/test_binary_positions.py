"""Positions in binary: the code itself, and a model that holds it."""

import pytest
import torch

from deref.model.binary_positions import BinaryPositions, binary_codes
from deref.model.config import ModelConfig
from deref.tasks.pointer import PointerTask
from deref.tasks.two_hop import TwoHopTask
from deref.train.binary_positions import BinaryPositionsConfig
from deref.train.config import TrainConfig
from evidence.config import from_json, to_json
from evidence.runs import Store

TASK = PointerTask(M=4)
SHAPE = ModelConfig(length=TASK.length, layers=2, heads=1, width=8, positions="sinusoidal")
CONFIG = BinaryPositionsConfig(train=TrainConfig(task=TASK, model=SHAPE, steps=2, batch=2, warmup=1))


def test_cells_say_their_number_in_bits_and_address_bits_their_place():
    codes = binary_codes(4, 2, 8)
    assert torch.equal(codes.sign(), torch.tensor([
        [-1, -1, 0, 0, 0, 0, 0, 0], [-1, 1, 0, 0, 0, 0, 0, 0], [1, -1, 0, 0, 0, 0, 0, 0], [1, 1, 0, 0, 0, 0, 0, 0],
        [0, 0, 1, 0, 0, 0, 0, 0], [0, 0, 0, 1, 0, 0, 0, 0]]).float())
    assert torch.allclose(codes.norm(dim=1), torch.full((6,), 2.0))
    with pytest.raises(ValueError, match="expected a width of at least 6, for 3 bits"):
        binary_codes(8, 3, 5)


def test_a_run_keeps_its_positions_and_members_have_them(tmp_path):
    assert from_json(to_json(CONFIG)) == CONFIG
    made, found = (Store(tmp_path).run(CONFIG, (0, 3), progress=lambda _: None) for _ in range(2))
    tokens, layout = TASK.trie_tokens(TASK.sample_memory(3, torch.Generator().manual_seed(0))), TASK.layout("trie")
    assert torch.equal(found.model.position[0], binary_codes(4, 2, 8))
    assert torch.equal(found.model(tokens, layout), made.model(tokens, layout))
    assert torch.allclose(found.model.member(1)(tokens, layout), made.model(tokens, layout)[1:], atol=1e-6)
    with pytest.raises(ValueError, match="expected a member from 0 to 1, got 2"):
        found.model.member(2)


def test_what_it_cannot_be_trained_on_is_refused():
    learned = ModelConfig(length=TASK.length, layers=1, heads=1, width=8)
    with pytest.raises(ValueError, match="expected a shape whose positions are not trained, got learned"):
        BinaryPositions(learned, (0,), 4)
    with pytest.raises(ValueError, match="expected a shape whose positions are not trained, got learned"):
        BinaryPositionsConfig(train=TrainConfig(task=TwoHopTask(M=4), model=learned, steps=1, batch=1))
