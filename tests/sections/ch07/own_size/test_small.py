"""The counts behind shuffled addresses, one question at a time."""

from itertools import permutations, product

import pytest

from deref.sections.ch07.own_size.small import reader
from evidence.results import registry
from evidence.runs import Store


def counted(ones=None):
    right = asked = 0
    for memory in product((0, 1), repeat=8):
        if ones is None or sum(memory) == ones:
            for bits in product((0, 1), repeat=3):
                for order in permutations(range(3)):
                    shown = int("".join(str(bits[place]) for place in order), 2)
                    right += memory[shown] == memory[int("".join(map(str, bits)), 2)]
                    asked += 1
    return right / asked


def test_a_perfect_reader_of_shuffled_addresses():
    assert reader() == pytest.approx(counted()) == 0.75
    assert reader(4) == pytest.approx(counted(4)) == pytest.approx(5 / 7)
    assert reader(0) == 1


def test_a_majority_says_less():
    def value(rid):
        return registry.get(rid).function(Store("nowhere", device="cpu")).value

    assert value("shuffle.majority") < value("shuffle.reader-tied") < value("shuffle.reader")
