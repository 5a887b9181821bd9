"""Fetch or gather: measures on hand-built weights, where the algorithm is known, and pairs that differ in a bit."""

import pytest
import torch
from random_models import memories

from deref.constructions.pointer import pointer
from deref.model.taps import Site
from deref.probes.base.address_pairs import address_pairs
from deref.probes.base.pairs import pointer_pairs
from deref.probes.base.tappable import Head, every_head
from deref.probes.interventions.ablation import ablate
from deref.probes.interventions.activation_patches import patch_stream
from deref.probes.interventions.path_patching import path_patch
from deref.probes.interventions.path_runs import EMBEDDING
from deref.probes.measures.concentration import participation
from deref.tasks.pointer import PointerTask


@pytest.mark.parametrize(("effects", "number"), [
    ([1.0, 0.0, 0.0], 1.0), ([0.2, 0.2, 0.2, 0.2], 4.0), ([1.0, 1.0, -5.0], 2.0), ([0.0, 0.0], 0.0),
    ([-1.0, -2.0], 0.0), ([3.0, 1.0], 1.6)])
def test_participation_counts_equal_parts_and_ignores_what_helps(effects, number):
    assert participation(torch.tensor(effects, dtype=torch.float64)).item() == pytest.approx(number)


def test_participation_does_not_hang_on_units():
    effects = torch.rand(3, 7, generator=torch.Generator().manual_seed(0))
    assert torch.allclose(participation(effects), participation(effects * 1e-3))


def test_the_hand_built_pointer_works_with_one_head_a_bit_and_one_to_fetch():
    """Without a gathering head a bit is a donor's, without the fetching head the answer is; the others do nothing."""
    model, task = pointer(8)
    memory = memories(task, 16)
    tokens = task.tokens(memory.repeat_interleave(8, 0), torch.arange(8).repeat(16))
    donors, _ = task.sample(len(tokens), "flat", torch.Generator().manual_seed(3))
    answers = memory.reshape(-1, 1)
    heads = every_head(2, task.A)
    found = ablate(model, tokens, task.layout("flat"), answers, [[head] for head in heads], kind="resample",
                   donors=donors, others=1 - answers)
    lost = 1 - found.margin.mean((1, 2, 3)) / found.margin_before.mean()
    assert (lost[:4] > 0.3).all()
    assert torch.allclose(lost[4:], torch.zeros(2), atol=1e-5)
    assert 3 < participation(lost).item() <= 4


def test_the_hand_built_pointer_sends_the_bit_straight_from_the_cell():
    """Its fetching head reads the embedding; nothing of the bit passes through the heads of layer 1."""
    model, task = pointer(8)
    pairs = pointer_pairs(task, memories(task, 2))
    found = path_patch(model, pairs, into="v", receivers=[Head(1, 0)], senders=[EMBEDDING, Site("attn_out", 0)])
    assert torch.allclose(found.mean()[0], torch.tensor([1.0, 0.0]), atol=1e-5)
    elsewhere = path_patch(model, pairs[torch.arange(0, 16, 8)], into="v", receivers=[Head(1, 0)],
                           senders=[EMBEDDING], nodes=range(1, task.T))
    assert torch.allclose(elsewhere.mean(), torch.zeros(1, 1), atol=1e-5)


@pytest.mark.parametrize("M", [5, 8])
def test_address_pairs_differ_in_one_bit_and_in_the_answer(M):
    task = PointerTask(M=M)
    found = address_pairs(task, 3, torch.Generator().manual_seed(0))
    pairs = found.pairs
    differs = pairs.clean != pairs.corrupted
    assert (differs.sum(1) == 1).all()
    assert torch.equal(differs.int().argmax(1), task.M + found.bit)
    assert torch.equal(task.oracle(pairs.clean).flatten(), pairs.answers)
    assert torch.equal(task.oracle(pairs.corrupted).flatten(), pairs.others)
    assert (pairs.answers != pairs.others).all()
    assert sum(int(found.flips(bit).sum()) for bit in range(task.A)) == len(pairs)
    assert len(pairs) == 3 * (24 if M == 8 else 10)  # of 5 cells: 4 pairs of bit 1, 4 of bit 2, and 0 with 4


def test_address_pairs_need_a_memory():
    with pytest.raises(ValueError, match="expected at least one memory for each address and bit, got 0"):
        address_pairs(PointerTask(M=4), 0, torch.Generator())


def test_the_hand_built_pointer_assembles_its_query_in_one_stage():
    """All bits but the last arrive at the readout in layer 1; the last is there from the start."""
    model, task = pointer(8)
    found = address_pairs(task, 2, torch.Generator().manual_seed(1))
    recovery = patch_stream(model, found.pairs, nodes=[task.T - 1]).recovery[0, :, :, 0]
    held = torch.stack([recovery[found.flips(bit)].mean(0) for bit in range(task.A)], dim=-1)
    assert torch.allclose(held, torch.tensor([[0.0, 0, 1], [1, 1, 1], [1, 1, 1]]), atol=1e-4)
    assert participation(held[:, :-1].mean(1).diff()).item() == pytest.approx(1, abs=1e-3)
