"""The pointer task: an exact oracle, and samplers that draw from nothing but their generator."""

import pytest
import torch
from draws import drawn
from hypothesis import given
from hypothesis import strategies as st

from deref.tasks.pointer import PointerTask

sizes = st.integers(2, 70)
seeds = st.integers(0, 2**32 - 1)


def test_worked_example():
    task = PointerTask(M=4)
    memory = torch.tensor([[0, 1, 1, 0], [0, 1, 1, 0]])
    tokens = task.tokens(memory, torch.tensor([2, 3]))
    assert tokens.tolist() == [[0, 1, 1, 0, 1, 0], [0, 1, 1, 0, 1, 1]]
    assert task.oracle(tokens).tolist() == [1, 0]
    # Trie: the memory, the prefixes 0 and 1, then the addresses 00, 01, 10, 11.
    assert task.trie_tokens(memory[:1]).tolist() == [[0, 1, 1, 0, 0, 1, 0, 1, 0, 1]]


@pytest.mark.parametrize(("M", "A"), [(2, 1), (3, 2), (4, 2), (5, 3), (8, 3), (9, 4), (32, 5), (40, 6), (1024, 10)])
def test_sizes(M, A):
    task = PointerTask(M=M)
    assert (task.A, task.T, task.length, task.vocab, task.outputs) == (A, M + A, M + A, 2, 2)


@given(M=sizes, data=st.data())
def test_the_oracle_reads_the_addressed_bit(M, data):
    task = PointerTask(M=M)
    bits = data.draw(st.lists(st.integers(0, 1), min_size=M, max_size=M))
    address = data.draw(st.integers(0, M - 1))
    tokens = task.tokens(torch.tensor([bits]), torch.tensor([address]))
    spelled = "".join(str(bit) for bit in tokens[0, M:].tolist())
    assert int(spelled, 2) == address
    assert task.oracle(tokens).tolist() == [bits[address]]


@given(M=sizes, seed=seeds)
def test_flat_samples_carry_their_answers(M, seed):
    task = PointerTask(M=M)
    tokens, targets = task.sample(5, "flat", drawn(seed))
    assert tokens.shape == (5, task.T)
    assert torch.equal(targets[:, 0], task.oracle(tokens))


@given(M=sizes, seed=seeds)
def test_trie_samples_carry_their_answers(M, seed):
    task = PointerTask(M=M)
    layout = task.layout("trie")
    tokens, targets = task.sample(3, "trie", drawn(seed))
    assert targets.shape == (3, M)
    for readout, answers in zip(layout.readouts, targets.T, strict=True):
        assert torch.equal(task.oracle(tokens[:, layout.mask[readout]]), answers)


def test_a_generator_goes_on():
    task, generator = PointerTask(M=40), drawn(0)
    assert not torch.equal(task.sample_memory(1, generator), task.sample_memory(1, generator))


@pytest.mark.parametrize("M", [2, 3, 13])
def test_flat_samples_reach_every_address_and_both_bits_alike(M):
    task = PointerTask(M=M)
    tokens, _ = task.sample(4000 * M, "flat", drawn(1))
    counts = torch.tensor([(tokens[:, M:] == task.address_bits(torch.tensor([a]))).all(1).sum() for a in range(M)])
    # Five standard deviations of a count that is 4000 on average, and of a share of ones near one half.
    assert ((counts - 4000).abs() < 5 * 4000**0.5).all()
    assert ((tokens[:, :M].double().mean(0) - 0.5).abs() < 5 * 0.5 / (4000 * M) ** 0.5).all()


@pytest.mark.parametrize("M", [1, 0, -3, 2.0, True, "8", None])
@pytest.mark.usefixtures("unchecked")
def test_impossible_memories(M):
    with pytest.raises(ValueError, match="at least 2, got"):
        PointerTask(M=M)


def test_addresses_that_no_cell_has():
    task = PointerTask(M=5)
    memory = torch.zeros(2, 5, dtype=torch.long)
    for outside in (5, 7, -1):
        with pytest.raises(ValueError, match=f"from 0 to 4, got {outside}"):
            task.tokens(memory, torch.tensor([0, outside]))
    with pytest.raises(ValueError, match="from 0 to 4, got 6"):
        task.oracle(torch.tensor([[0, 0, 0, 0, 0, 1, 1, 0]]))


def test_sequences_of_another_length():
    task = PointerTask(M=5)
    with pytest.raises(ValueError, match="T = 8 tokens, got 7"):
        task.oracle(torch.zeros(1, 7, dtype=torch.long))
    with pytest.raises(ValueError, match="M = 5 cells, got 4"):
        task.trie_tokens(torch.zeros(1, 4, dtype=torch.long))
