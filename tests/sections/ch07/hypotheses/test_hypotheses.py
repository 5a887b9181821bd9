"""Refinement and partition: measures that must say yes where a hypothesis holds by construction, and no elsewhere."""

import pytest
import torch
from random_models import memories

from deref.constructions.pointer import pointer
from deref.probes.base.tappable import every_head
from deref.probes.interventions.ablation import ablate
from deref.probes.interventions.ablation_targets import Edge
from deref.probes.measures.concentration import broken, lift, owned, partitions, refines
from deref.probes.measures.linear import linear_probe
from deref.probes.pointer.coverage import attention_coverage
from deref.tasks.pointer import PointerTask

TASK = PointerTask(M=8)


def knows(bits):
    """The map of a readout that knows the first few address bits, and divides its weight evenly over what fits."""
    cells = torch.arange(8)
    same = (cells[:, None] >> (3 - bits)) == (cells >> (3 - bits))
    pattern = torch.zeros(8, TASK.T)
    pattern[:, :8] = same / same.sum(1, keepdim=True)
    return pattern


def test_lift_of_a_map_that_knows_nothing_is_one_however_sharp():
    sharp = torch.zeros(8, TASK.T)
    sharp[:, 3] = 1
    even = torch.full((8, TASK.T), 1 / TASK.T)
    assert lift(torch.stack([sharp, even, knows(0)]), TASK).tolist() == pytest.approx([1, 1, 1])


def test_lift_grows_with_what_the_readout_knows():
    found = lift(torch.stack([knows(1), knows(2)]), TASK)
    assert found.tolist() == pytest.approx([0.25 / (0.75 / 7), 0.5 / (0.5 / 7)])
    assert lift(knows(3), TASK) > 1e6


def test_the_hand_built_pointer_does_not_refine():
    """Its layer 1 looks at address tokens alone; layer 2 looks for the cell and moves all of the bit."""
    model, task = pointer(8)
    found = lift(attention_coverage(model, task, memories(task, 4)).pattern, task).amax(2).T
    assert found[0, 1] > 1e6
    assert not refines(found.clamp(max=1e6), torch.tensor([[0.0, 0.0, 1.0]])).any()


@pytest.mark.parametrize(("lifts", "arrived", "verdict"), [
    ([2.0, 4.0], [0, 0.1, 1], True),
    ([1.9, 4.0], [0, 0.1, 1], False),  # the first layer knows too little
    ([2.0, 3.9], [0, 0.1, 1], False),  # the second is hardly sharper
    ([2.0, 4.0], [0, 0.05, 1], False),  # the first moves too little
    ([2.0, 4.0], [0, 0.95, 1], False),  # and here too much
    ([2.0, 1.0, 4.0], [0, 0.1, 0.1, 1], True),  # the layers need not be neighbours
    ([2.0, 1.0, 4.0], [0, 0.1, 1, 1], False)])
def test_refining_takes_a_beginning_and_a_sharper_end(lifts, arrived, verdict):
    found = refines(torch.tensor([lifts], dtype=torch.float64), torch.tensor([arrived], dtype=torch.float64))
    assert found.tolist() == [verdict]


def test_cutting_the_glance_hurts_in_the_layer_that_fetches_alone():
    model, task = pointer(8)
    memory = memories(task, 8)
    addresses = torch.arange(8).repeat(8)
    tokens = task.tokens(memory.repeat_interleave(8, 0), addresses)
    glances = [[Edge(task.T - 1, tuple(addresses.tolist()), layer=layer)] for layer in (0, 1)]
    found = ablate(model, tokens, task.layout("flat"), memory.reshape(-1, 1), glances, kind="mask")
    assert found.accuracy_before().item() == found.accuracy()[0].item() == 1
    assert found.accuracy()[1].item() < 0.8


HALVES = torch.tensor([[1, 1, 1, 1, 0, 0, 0, 0], [0, 0, 0, 0, 1, 1, 1, 1]]).bool()


@pytest.mark.parametrize(("sets", "share", "verdict"), [
    (HALVES, 1.0, True),
    (torch.stack([HALVES[0] | HALVES[1], torch.zeros(8).bool()]), 1.0, False),  # one head has them all
    (torch.stack([HALVES[0], HALVES[0]]), 0.0, False),  # two heads share the same ones
    (torch.cat([HALVES, HALVES[:1]]), 0.5, False),
    (torch.zeros(2, 8).bool(), 0.0, False)])
def test_a_partition_gives_each_address_to_one_head_and_none_all(sets, share, verdict):
    assert owned(sets).item() == share
    assert bool(partitions(sets)) == verdict


def test_an_address_breaks_below_the_bar():
    assert broken(torch.tensor([[0.9, 0.89, 1.0]], dtype=torch.float64)).tolist() == [[False, True, False]]


def test_the_fetching_head_of_the_hand_built_pointer_has_all_addresses():
    model, task = pointer(8)
    memory = memories(task, 32)
    tokens = task.tokens(memory.repeat_interleave(8, 0), torch.arange(8).repeat(32))
    donors, _ = task.sample(len(tokens), "flat", torch.Generator().manual_seed(5))
    found = ablate(model, tokens, task.layout("flat"), memory.reshape(-1, 1), [[h] for h in every_head(2, 3)],
                   kind="resample", donors=donors)
    sets = broken(found.correct[:, 0, :, 0].reshape(2, 3, 32, 8).double().mean(2))
    assert sets[1].tolist() == [[True] * 8, [False] * 8, [False] * 8]
    assert sets[0].all()  # each gathers a bit that every address needs
    assert not partitions(sets).any()


def test_the_hand_built_pointer_has_the_address_where_it_asks():
    """After layer 1 every bit can be read at the readout, also of addresses that the probe has not seen."""
    model, task = pointer(16)
    memory, layout = memories(task, 4), task.layout("trie")
    stream = model.read(task.trie_tokens(memory), layout, ["resid_pre"]).resid_pre[:, 0][..., layout.readouts, :]
    address = torch.arange(16).repeat(4)
    for bit in range(task.A):
        labels = task.address_bits(address)[:, bit].numpy()
        right = [((linear_probe(x.flatten(0, 1).numpy(), labels, address.numpy(), kind="ridge", folds=4).predicted
                   > 0.5) == labels).mean() for x in stream]
        assert right[1] == 1
        assert (right[0] == 1) == (bit == task.A - 1)
