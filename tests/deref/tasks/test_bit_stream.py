"""The stream that points back into itself: what is drawn can be parsed, and pointers repeat what they point at."""

import pytest
import torch

from deref.tasks.bit_stream import BitStreamTask, gamma, parsed
from deref.tasks.task import Task
from evidence.config import from_json, to_json

TASK = BitStreamTask()


def test_the_worked_example():
    assert parsed([1, 0, 0, 1, 1, 0, 1, 0, 1, 0]) == [1, 0, 1]
    assert [gamma(number) for number in (1, 2, 3, 4)] == [[1], [0, 1, 0], [0, 1, 1], [0, 0, 1, 0, 0]]


def test_what_is_drawn_can_be_parsed():
    generator = torch.Generator().manual_seed(0)
    for _ in range(200):
        bits, told = TASK.stream(generator)
        assert len(bits) == len(told) == TASK.length + 1
        assert len(parsed(bits)) > 5


def test_pointers_are_as_frequent_as_they_are_to_be_and_repeat_what_they_point_at():
    generator = torch.Generator().manual_seed(1)
    pairs = [TASK.stream(generator) for _ in range(400)]
    pointers = sum(map(sum, (told for _, told in pairs)))
    instructions = sum(len(parsed(bits)) for bits, _ in pairs)
    assert pointers / instructions == pytest.approx(0.2, abs=0.02)
    bits, told = next(pair for pair in pairs if sum(pair[1]) > 1)
    place = told.index(True)
    wrong = [*bits[:place], 1 - bits[place], 0, 0, 0, 0]
    with pytest.raises(ValueError, match="to repeat"):
        parsed(wrong)


def test_a_pointer_before_the_beginning_is_refused():
    with pytest.raises(ValueError, match="expected a pointer to one of 1 instructions at bit 1, got 2"):
        parsed([0, 1, 1, 0, 1, 0, 0])


def test_every_position_is_asked_for_the_bit_behind_it():
    assert isinstance(TASK, Task)
    assert from_json(to_json(TASK)) == TASK
    tokens, targets = TASK.sample(8, "flat", torch.Generator().manual_seed(2))
    assert torch.equal(tokens[:, 1:], targets[:, :-1])
    assert TASK.layout("flat").mask.sum() == 64 * 65 // 2
    for wrong, message in (({"length": 0}, "a length of at least 1, got 0"), ({"pointers": 2}, "from 0 to 1, got 2"),
                           ({"offset": 0.5}, "a mean offset of at least 1, got 0.5")):
        with pytest.raises(ValueError, match=message):
            BitStreamTask(**wrong)
    with pytest.raises(ValueError, match="expected the form flat, got 'trie'"):
        TASK.layout("trie")
