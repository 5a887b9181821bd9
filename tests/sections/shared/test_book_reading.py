"""The measures of chapter 7, on a pointer written by hand whose answers are known."""

from itertools import permutations

import pytest
import torch

from deref.constructions.pointer import pointer
from deref.probes.base.memories import probe_memories
from deref.sections.shared.book_reading import measures, right_when_shuffled, right_with_uniform, shuffled
from deref.tasks.pointer import PointerTask


@pytest.fixture(scope="module")
def found():
    model, task = pointer(8)
    return {name: value.item() for name, value in measures(model, task).items()}


def test_a_pointer_written_by_hand_is_read_as_it_was_written(found):
    """Three heads gather; the first of layer two fetches, and the two others look at everything alike."""
    assert (found["right"], found["flip.addressed"], found["flip.other"]) == (1, 1, 0)
    assert found["address-1"] == pytest.approx(1, abs=1e-6)
    assert found["head-1"] == pytest.approx(1, abs=1e-3)
    assert [found["head-2"], found["head-3"]] == pytest.approx([1 / 11, 1 / 11])
    assert (found["covered"], found["covered-last"], found["best-head"]) == (8, 8, 8)
    assert [found[f"trace.cell-{row}"] for row in range(3)] == pytest.approx([1, 1, 0], abs=1e-3)
    assert [found[f"trace.readout-{row}"] for row in range(3)] == pytest.approx([0, 0, 1], abs=1e-3)
    assert [found[f"trace.{name}-1"] for name in ("others", "bits")] == pytest.approx([0, 0], abs=1e-3)


def test_uniform_attention_in_either_layer_takes_the_lookup_away(found):
    assert 0.5 < found["uniform-1"] < 0.7 and 0.5 < found["uniform-2"] < 0.7
    model, task = pointer(8)
    assert right_with_uniform(model, task, 0).item() == found["uniform-1"]


def test_a_reader_of_shuffled_addresses_is_right_in_three_quarters():
    model, task = pointer(8)
    assert right_when_shuffled(model, task).item() == pytest.approx(0.75)
    memories, right = probe_memories(task), []
    for order in permutations(range(3)):
        for address, bits in enumerate(task.address_bits(torch.arange(8)).tolist()):
            shown = int("".join(str(bits[place]) for place in order), 2)
            right.append((memories[:, shown] == memories[:, address]).double().mean())
    assert torch.stack(right).mean().item() == pytest.approx(0.75)


def test_half_of_the_shuffled_addresses_are_the_right_ones():
    share = shuffled(PointerTask(M=8))
    assert torch.allclose(share.sum(0), torch.ones(8, dtype=torch.double))
    assert share.diagonal().tolist() == pytest.approx([1, *[1 / 3] * 6, 1])
    assert share.diagonal().mean().item() == pytest.approx(0.5)
    with pytest.raises(ValueError, match="expected a power of two of cells, got 6"):
        shuffled(PointerTask(M=6))
