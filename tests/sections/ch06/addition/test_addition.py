"""The addition task: sums in plain Python, chains, layouts that agree, and the adder written by hand."""


import pytest
import torch
from draws import drawn
from hypothesis import given
from hypothesis import strategies as st

from deref.constructions.adder import adder
from deref.model.config import ModelConfig
from deref.model.transformer import Transformer
from deref.sections.ch06.addition.addition import longest_carries
from deref.tasks.addition import AdditionTask

TASK = AdditionTask(digits=4)
seeds = st.integers(0, 2**32 - 1)
sizes = st.integers(2, 12)


def number(digits):
    return sum(digit << place for place, digit in enumerate(digits))


def spelled(value, digits):
    return [value >> place & 1 for place in range(digits)]


def chain(a, b, column):
    """Look to the right for the first column where the digits agree."""
    for back in range(1, column + 1):
        if a[column - back] == b[column - back]:
            return back
    return 0


def test_the_worked_example():
    tokens = TASK.tokens(torch.tensor([[1, 1, 0, 1]]), torch.tensor([[1, 1, 0, 0]]))
    assert tokens.tolist() == [[3, 3, 0, 2]]
    assert TASK.oracle(tokens).tolist() == [[0, 1, 1, 1]]
    assert TASK.chains(tokens).tolist() == [[0, 1, 1, 1]]


@given(digits=sizes, seed=seeds)
def test_answers_are_sums_and_chains_lead_to_the_deciding_column(digits, seed):
    task = AdditionTask(digits=digits)
    tokens, answers = task.sample(5, "trie", drawn(seed))
    for row, told, found in zip(tokens.tolist(), answers.tolist(), task.chains(tokens).tolist(), strict=True):
        a, b = [token // 2 for token in row], [token % 2 for token in row]
        assert told == spelled((number(a) + number(b)) % 2**digits, digits)
        assert found == [chain(a, b, column) for column in range(digits)]


@given(digits=sizes, seed=seeds)
def test_the_column_at_the_end_of_the_chain_decides_the_carry(digits, seed):
    task = AdditionTask(digits=digits)
    tokens, answers = task.sample(5, "trie", drawn(seed))
    a, b = tokens >> 1, tokens & 1
    chains = task.chains(tokens)
    source = (torch.arange(digits) - chains).clamp(min=0)
    carry = torch.where(chains > 0, a.gather(1, source), 0)
    assert torch.equal(answers, a ^ b ^ carry)


def test_samples_have_long_chains_and_fair_carries():
    task = AdditionTask(digits=8)
    tokens, answers = task.sample(20_000, "trie", drawn(0))
    chains = task.chains(tokens)
    carry = answers ^ (tokens >> 1) ^ (tokens & 1)
    for length in range(1, 8):
        found = carry[chains == length].double()
        assert len(found) > 250
        assert abs(found.mean() - 0.5) < 0.1
    assert carry[chains == 0].sum() == 0


def test_all_columns_at_once_equal_the_last_one_alone():
    config = ModelConfig(length=4, vocab=4, layers=3, heads=2, width=8, mlp=8, position_std=1.0, token_std=1.0)
    model = Transformer(config, seeds=(0, 1)).double()
    tokens, answers = TASK.sample(3, "trie", drawn(0))
    same, last = TASK.sample(3, "flat", drawn(0))
    assert torch.equal(tokens, same)
    assert torch.equal(answers[:, -1:], last)
    together, alone = (model(tokens, TASK.layout(form)) for form in TASK.forms)
    assert torch.allclose(together[:, :, -1:], alone, atol=1e-12)


def test_every_column_sees_every_column_and_is_read():
    layout = TASK.layout("trie")
    assert layout.mask.all()
    assert layout.positions.tolist() == layout.readouts.tolist() == [0, 1, 2, 3]


@pytest.mark.parametrize("digits", [2, 3, 4, 5, 6])
def test_the_written_adder_adds_every_pair(digits):
    model, task = adder(digits)
    every = torch.cartesian_prod(*[torch.arange(4)] * digits)
    assert torch.equal(model(every, task.layout("trie"))[0].argmax(-1), task.oracle(every))


@pytest.mark.parametrize("digits", [17, 40])
def test_the_written_adder_carries_all_the_way(digits):
    model, task = adder(digits)
    tokens = longest_carries(task)
    answers = task.oracle(tokens)
    assert task.chains(tokens).max() == digits - 1
    assert torch.equal(model(tokens, task.layout("trie"))[0].argmax(-1), answers)
    logits = model(tokens, task.layout("trie"))[0]
    assert (logits[..., 1] - logits[..., 0]).abs().min() > 0.45


def test_the_written_adder_looks_by_worth():
    model, task = adder(6)
    tokens, _ = task.sample(1, "trie", drawn(0))
    seen = model.read(tokens, task.layout("trie"), sites=["pattern"]).pattern[0, 0, 0, 0, 3]
    assert torch.allclose(seen, torch.tensor([1, 2, 4, 8, 0, 0]).double() / 15, atol=1e-12)


@pytest.mark.parametrize("digits", [1, 41])
def test_adders_that_cannot_be_exact_are_refused(digits):
    with pytest.raises(ValueError, match=f"expected 2 to 40 digits, got {digits}"):
        adder(digits)


def test_tasks_and_rows_that_there_are_not_are_refused(unchecked):
    with pytest.raises(ValueError, match="expected digits to be an integer of at least 2, got 1"):
        AdditionTask(digits=1)
    with pytest.raises(ValueError, match="one of trie, flat, got 'tree'"):
        TASK.layout("tree")
    with pytest.raises(ValueError, match="expected 4 columns, got 3"):
        TASK.tokens(torch.zeros(1, 4, dtype=torch.long), torch.zeros(1, 3, dtype=torch.long))
    with pytest.raises(ValueError, match="expected 4 columns, got 8"):
        TASK.oracle(torch.zeros(1, 8, dtype=torch.long))
