"""The tasks of another book: what they ask, worked out one question at a time."""

import pytest
import torch

from deref.tasks.fan_out import FanOutTask
from deref.tasks.pointer import PointerTask
from deref.tasks.supervision import QUERY, SupervisedPointer
from deref.tasks.task import Task
from deref.tasks.two_hop import TwoHopTask
from evidence.config import from_json, to_json

TASKS = (TwoHopTask(M=8), FanOutTask(M=32, asked=24, A=5), FanOutTask(M=24, asked=24, A=6),
         *(SupervisedPointer(M=8, kind=kind) for kind in ("every", "query", "both")))


def drawn(task, form="flat", n=64):
    return task.sample(n, form, torch.Generator().manual_seed(0))


@pytest.mark.parametrize("task", TASKS)
def test_every_form_fits_its_layout(task):
    assert isinstance(task, Task)
    assert from_json(to_json(task)) == task
    for form in task.forms:
        layout, (tokens, answers) = task.layout(form), drawn(task, form)
        assert tokens.shape == (64, layout.size)
        assert answers.shape == (64, len(layout.readouts))
        assert layout.length <= task.length
        assert int(tokens.max()) < task.vocab
    with pytest.raises(ValueError, match="got 'round'"):
        task.sample(1, "round", torch.Generator())


def test_a_pointer_is_followed_twice():
    task = TwoHopTask(M=8)
    tokens, answers = drawn(task)
    for row, answer in zip(tokens.tolist(), answers[:, 0].tolist(), strict=True):
        memory, (_, middle, low) = row[:8], row[8:]
        first = memory[int("".join(map(str, row[8:])), 2)]
        assert answer == memory[4 * first + 2 * middle + low]
    memories, every = drawn(task, "trie")
    flat = PointerTask(M=8).tokens(memories[:, :8].repeat_interleave(8, 0), torch.arange(8).repeat(64))
    for row, answer in zip(flat.tolist(), every.flatten().tolist(), strict=True):
        first = row[int("".join(map(str, row[8:])), 2)]
        assert answer == row[4 * first + 2 * row[9] + row[10]]


def test_the_second_lookup_is_an_and_or_an_or_of_two_cells():
    memory = (torch.arange(256)[:, None] >> torch.arange(8)) & 1
    answers = TwoHopTask(M=8).answers(memory)
    low, high = memory[:, :4], memory[:, 4:]
    assert torch.equal(answers, torch.cat([low & high, low | high], dim=1))
    guess = (torch.arange(8) >= 4).long()
    assert (answers == guess).double().mean().item() == 0.75


def test_a_fan_out_asks_for_some_cells_with_as_many_bits_as_it_says():
    for task in (FanOutTask(M=32, asked=24, A=5), FanOutTask(M=24, asked=24, A=6)):
        tokens, answers = drawn(task, n=2_000)
        address = (tokens[:, task.M:] << torch.arange(task.A - 1, -1, -1)).sum(1)
        assert address.unique().tolist() == list(range(24))
        assert torch.equal(tokens[:, : task.M].gather(1, address[:, None]), answers)
    with pytest.raises(ValueError, match="expected from 1 to 8 cells to be asked for, got 9"):
        FanOutTask(M=8, asked=9, A=4)
    with pytest.raises(ValueError, match="expected at least 3 address bits, got 2"):
        FanOutTask(M=8, asked=5, A=2)


def test_supervision_changes_what_is_told_and_nothing_else():
    every, query, both = (SupervisedPointer(M=8, kind=kind) for kind in ("every", "query", "both"))
    tokens, answers = drawn(PointerTask(M=8))
    told, targets = drawn(every)
    assert torch.equal(told, tokens)
    assert torch.equal(targets, torch.cat([tokens[:, 1:], answers], dim=1))
    asked, replies = drawn(query)
    assert torch.equal(asked[:, :-1], tokens) and (asked[:, -1] == QUERY).all() and torch.equal(replies, answers)
    assert all(map(torch.equal, drawn(both), (tokens, answers)))
    assert both.layout("flat").mask.all() and not every.layout("flat").mask.all()
    with pytest.raises(ValueError, match="expected a kind of supervision, one of every, query, both, got 'some'"):
        SupervisedPointer(M=8, kind="some")


def test_a_memory_that_cannot_be_halved_is_refused():
    with pytest.raises(ValueError, match="a power of two of at least 4, got 12"):
        TwoHopTask(M=12)
