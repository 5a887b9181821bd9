"""The share of the address at the readout: of a circuit written by hand, of a model that is told nothing."""

import pytest
import torch
from random_models import memories

from deref.constructions.pointer import pointer
from deref.probes.pointer.address_share import address_share
from deref.tasks.pointer import PointerTask


def test_the_hand_written_pointer_holds_the_address_and_hardly_anything_else():
    model, task = pointer(8)
    share = address_share(model, task, memories(task, 16))
    assert share.shape == (1, 3)
    assert (share > 0.2).all()
    assert share.sum().item() > 0.99  # the rest is what LayerNorm makes of it


def test_without_attention_the_readout_knows_its_own_bit_alone():
    model, task = pointer(8)
    with torch.no_grad():
        model.layers[0].o.weight.zero_()
        model.layers[0].o.bias.zero_()
    share = address_share(model, task, memories(task, 16))
    assert share[0].tolist() == pytest.approx([0, 0, 1], abs=1e-9)


def test_bits_must_vary_freely_and_there_must_be_memories():
    model, task = pointer(8)
    with pytest.raises(ValueError, match="expected a memory of a power of two of cells"):
        address_share(model, PointerTask(M=6), torch.zeros(1, 6, dtype=torch.long))
    with pytest.raises(ValueError, match="expected at least one memory, got none"):
        address_share(model, task, torch.zeros(0, 8, dtype=torch.long))
