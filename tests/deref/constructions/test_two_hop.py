"""The pointer that is followed twice by one lookup: exact on every input, and for the reasons that it gives."""

import pytest
import torch

from deref.constructions.two_hop import FETCHED, FOUND, GATHERED, two_hop


def asked(model, task, memories):
    layout = task.layout("trie")
    return model(task.pointer.trie_tokens(memories), layout)[0].argmax(-1)


@pytest.mark.parametrize("M", [4, 8, 16])
def test_it_is_right_on_every_input(M):
    model, task = two_hop(M)
    assert (model.config.layers, model.config.heads, model.config.mlp) == (2, 1, 0)
    memories = (torch.arange(2**M)[:, None] >> torch.arange(M)) & 1
    assert torch.equal(asked(model, task, memories), task.answers(memories))


@pytest.mark.parametrize("M", [32, 128, 512])
def test_larger_memories_need_no_wider_stream(M):
    model, task = two_hop(M)
    assert model.config.width == 7
    memories = torch.randint(0, 2, (64, M), generator=torch.Generator().manual_seed(M))
    assert torch.equal(asked(model, task, memories), task.answers(memories))


def test_the_first_bit_is_what_the_two_codes_differ_by():
    model, task = two_hop(8)
    memories = torch.randint(0, 2, (16, 8), generator=torch.Generator().manual_seed(0))
    layout = task.layout("trie")
    read = model.read(task.pointer.trie_tokens(memories), layout, ["resid_post"])
    stream = read.resid_post[-1, 0][:, layout.readouts]
    first = (torch.arange(8) >= 4).float() - 0.5
    assert torch.allclose(stream[..., GATHERED] - stream[..., FOUND], first.expand(16, -1), atol=1e-4)
    assert set(stream[..., FETCHED].round(decimals=4).unique().tolist()) <= {-1.0, 0.0, 1.0}


def test_half_of_the_weight_is_on_each_of_two_cells():
    model, task = two_hop(8)
    layout = task.layout("trie")
    pattern = model.read(task.pointer.trie_tokens(torch.zeros(1, 8, dtype=torch.long)), layout, ["pattern"]).pattern
    looks = pattern[1, 0, 0, 0][layout.readouts]
    for address in range(8):
        assert looks[address, [address % 4, address % 4 + 4]].tolist() == pytest.approx([0.5, 0.5], abs=1e-4)


def test_without_the_second_layer_it_guesses():
    model, task = two_hop(8)
    with torch.no_grad():
        model.layers[1].o.weight.zero_()
    memories = (torch.arange(256)[:, None] >> torch.arange(8)) & 1
    assert (asked(model, task, memories) == task.answers(memories)).double().mean() < 0.76


def test_what_there_is_not_is_refused():
    with pytest.raises(ValueError, match="expected a sharpness above 0, got 0"):
        two_hop(8, sharpness=0)
    with pytest.raises(ValueError, match="a power of two of at least 4, got 6"):
        two_hop(6)
