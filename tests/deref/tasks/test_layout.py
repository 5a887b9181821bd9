"""Layouts: a trie node sees exactly what it would see in the flat sequence that spells its prefix."""

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from deref.tasks.layout import Layout, flat, trie
from deref.tasks.pointer import PointerTask

sizes = st.integers(2, 70)


@given(M=sizes, seed=st.integers(0, 2**32 - 1))
def test_a_leaf_sees_the_flat_sequence_of_its_address(M, seed):
    task = PointerTask(M=M)
    layout = task.layout("trie")
    memory = task.sample_memory(1, torch.Generator().manual_seed(seed))
    nodes = task.trie_tokens(memory)[0]
    for readout, address in zip(layout.readouts, layout.addresses, strict=True):
        seen = layout.mask[readout]
        assert layout.positions[seen].tolist() == list(range(task.T))
        assert torch.equal(nodes[seen], task.tokens(memory, address[None])[0])


@given(M=sizes)
def test_every_node_sees_itself_and_one_node_at_each_earlier_position(M):
    layout = PointerTask(M=M).layout("trie")
    for node in range(layout.size):
        seen = layout.mask[node]
        assert seen[node]
        assert layout.positions[seen].tolist() == list(range(int(layout.positions[node]) + 1))


@given(M=sizes)
def test_every_address_has_one_leaf_and_every_prefix_leads_to_one(M):
    layout = PointerTask(M=M).layout("trie")
    assert layout.addresses.tolist() == list(range(M))
    assert layout.readouts.tolist() == list(range(layout.size - M, layout.size))
    assert layout.mask[layout.readouts].any(0).all()


@pytest.mark.parametrize(("M", "size"), [(2, 4), (3, 3 + 2 + 3), (5, 5 + 2 + 3 + 5), (32, 94), (40, 120), (256, 766)])
def test_size_of_the_trie(M, size):
    assert PointerTask(M=M).layout("trie").size == size


def test_mask_of_the_smallest_tries():
    # Nodes: two cells, then the address bits 0 and 1.
    two = trie(2, 1).mask.int().tolist()
    assert two == [[1, 0, 0, 0], [1, 1, 0, 0], [1, 1, 1, 0], [1, 1, 0, 1]]
    # Nodes: three cells, the prefixes 0 and 1, the addresses 00, 01 and 10; no address starts with 11.
    three = trie(3, 2).mask[3:].int().tolist()
    assert three == [
        [1, 1, 1, 1, 0, 0, 0, 0],
        [1, 1, 1, 0, 1, 0, 0, 0],
        [1, 1, 1, 1, 0, 1, 0, 0],
        [1, 1, 1, 1, 0, 0, 1, 0],
        [1, 1, 1, 0, 1, 0, 0, 1],
    ]


def test_flat_layout_is_causal_and_read_at_its_end():
    layout = flat(5, 3)
    assert layout.positions.tolist() == list(range(8))
    assert torch.equal(layout.mask, torch.tril(torch.ones(8, 8)).bool())
    assert layout.readouts.tolist() == [7]
    assert layout.addresses is None
    assert layout.length == 8


def test_rows_index_the_readouts():
    line = torch.arange(10)
    for readouts in ([3, 4, 5], [9], [0, 2, 3]):
        layout = Layout(positions=line, mask=torch.eye(10).bool(), readouts=torch.tensor(readouts))
        assert line[layout.rows].tolist() == readouts
        assert isinstance(layout.rows, slice) == (readouts != [0, 2, 3])


def test_a_layout_is_built_once_and_stays_where_it_is():
    task = PointerTask(M=6)
    assert task.layout("trie") is PointerTask(M=6).layout("trie")
    assert task.layout("trie").to("cpu") is task.layout("trie")


@pytest.mark.parametrize(
    ("changed", "complaint"),
    [
        ({"mask": torch.eye(4).bool()}, "mask of 3 by 3 nodes, got (4, 4)"),
        ({"mask": torch.tensor([[1, 0, 0], [0, 0, 0], [0, 0, 1]]).bool()}, r"got none for nodes [1]"),
        ({"readouts": torch.tensor([2, 1])}, "got [2, 1]"),
        ({"readouts": torch.tensor([1, 3])}, "below 3, got [1, 3]"),
        ({"readouts": torch.tensor([-1])}, "got [-1]"),
        ({"readouts": torch.tensor([], dtype=torch.long)}, "got []"),
        ({"positions": torch.tensor([0, -1, 2])}, "at least 0, got -1"),
        ({"addresses": torch.tensor([0, 1])}, "got 2 for 1"),
    ],
)
@pytest.mark.usefixtures("unchecked")
def test_impossible_layouts(changed, complaint):
    parts = {"positions": torch.arange(3), "mask": torch.eye(3).bool(), "readouts": torch.tensor([2])}
    with pytest.raises(ValueError) as error:
        Layout(**{**parts, **changed})
    assert complaint in str(error.value)
