"""How often an answer follows the flip that it should: exact on models written by hand."""

from deref.constructions.pointer import pointer
from deref.probes.base.memories import probe_memories
from deref.probes.pointer.flip import flip_test
from deref.probes.pointer.passed import passed_rate


def test_a_pointer_passes_every_flip():
    model, task = pointer(8)
    assert passed_rate(flip_test(model, task, probe_memories(task))).tolist() == [1.0]


def test_every_wrong_answer_to_a_flip_counts_once():
    model, task = pointer(4)
    found = flip_test(model, task, probe_memories(task)[:1])
    for cell, address in ((0, 0), (0, 3)):  # one that no longer follows, one that no longer ignores
        found.changed[0, 0, cell, address] ^= True
    assert passed_rate(found).tolist() == [1 - 2 / 16]
