"""The best guesses of the stream: they are a distribution, that of the streams drawn, and use all that is known."""

import itertools
import math
from collections import Counter

import numpy as np
import pytest
import torch

from deref.sections.ch06.stream.oracle import instructions, losses, mean_losses
from deref.tasks.bit_stream import BitStreamTask

TASK = BitStreamTask(length=9)


@pytest.mark.parametrize("follows", [True, False])
@pytest.mark.parametrize("values", [[], [1], [0, 1, 1, 0, 1]])
def test_what_may_come_next_is_a_prefix_code_with_chances(values, follows):
    found = instructions(TASK, values, follows=follows)
    assert sum(one.chance for one in found) == pytest.approx(1)
    words = [one.bits for one in found]
    assert not any(one.startswith(other) for one, other in itertools.permutations(words, 2))


def test_a_stream_begins_with_a_literal_and_then_has_as_many_pointers_as_it_is_to():
    assert {one.bits: one.chance for one in instructions(TASK, [])} == {"0": 0.5, "10": 0.5}
    chances = {one.bits: one.chance for one in instructions(TASK, [1, 0])}
    # offset 1 has a quarter of the pointers, and all that is further back points at the first
    assert chances == pytest.approx({"0": 0.4, "10": 0.4, "1110": 0.05, "1101010": 0.15})


def test_every_string_of_bits_has_its_chance_and_they_sum_to_one():
    total = 0.0
    for bits in itertools.product((0, 1), repeat=9):
        try:
            total += math.exp(-losses(TASK, bits).sum())
        except ValueError:
            continue
    assert total == pytest.approx(1)


def test_the_chances_are_those_of_the_streams_that_are_drawn():
    generator = torch.Generator().manual_seed(3)
    n, length = 20_000, 7
    drawn = Counter(tuple(TASK.stream(generator)[0][:length]) for _ in range(n))
    for bits, times in drawn.most_common(12):
        chance = math.exp(-losses(TASK, bits).sum())
        assert times / n == pytest.approx(chance, abs=4 * math.sqrt(chance / n))


def test_the_worked_example():
    """1, 0 and a pointer two back: 10 0 11 010 10."""
    bits = [1, 0, 0, 1, 1, 0, 1, 0, 1, 0]
    known, guessed = losses(TASK, bits), losses(TASK, bits, follows=False)
    assert known[0] == guessed[0] == pytest.approx(math.log(2))
    assert known[[1, 8, 9]] == pytest.approx(0), "the end of a 10, and the bits that the pointer repeats"
    assert guessed[8] == pytest.approx(math.log(2)) and guessed[9] == pytest.approx(0)
    assert np.delete(known, 8) == pytest.approx(np.delete(guessed, 8))


def test_a_bit_that_no_stream_has_is_refused():
    with pytest.raises(ValueError, match=r"got 1 at bit 1, which none has there"):
        losses(TASK, [1, 1])


def test_the_first_bit_is_left_out_of_a_mean():
    assert mean_losses(TASK, np.array([[1, 0, 0]])) == pytest.approx([losses(TASK, [1, 0, 0])[1:].mean()])
