"""Associative recall: answers looked up in plain Python, keys that are drawn once, and the only way to be right."""

import pytest
import torch
from draws import drawn
from hypothesis import given
from hypothesis import strategies as st

from deref.tasks.associative_recall import AssociativeRecallTask

TASK = AssociativeRecallTask(pairs=3, vocab=8)


def test_a_sequence_written_by_hand_is_answered():
    # keys 0 to 3, values 4 to 7: 1 has the value 2, 3 the value 0, 0 the value 2
    tokens = torch.tensor([[1, 6, 3, 4, 0, 6, 0, 1, 3]])
    assert TASK.oracle(tokens).tolist() == [[2, 2, 0]]
    layout = TASK.layout("flat")
    assert layout.readouts.tolist() == [6, 7, 8]
    assert torch.equal(layout.mask, torch.ones(9, 9).tril().bool())


@given(pairs=st.integers(1, 16), seed=st.integers(0, 2**32 - 1))
def test_what_is_drawn_has_each_key_once_in_both_parts_and_its_value_as_the_answer(pairs, seed):
    task = AssociativeRecallTask(pairs=pairs, vocab=32)
    tokens, answers = task.sample(5, "flat", drawn(seed))
    for row, right in zip(tokens.tolist(), answers.tolist(), strict=True):
        keys, values, questions = row[: 2 * pairs : 2], row[1 : 2 * pairs : 2], row[2 * pairs :]
        assert len(set(keys)) == pairs and max(keys) < 16 <= min(values)
        assert sorted(questions) == sorted(keys)
        of = dict(zip(keys, values, strict=True))
        assert right == [of[question] - 16 for question in questions]
    assert torch.equal(task.oracle(tokens), answers)


def test_keys_values_and_the_place_of_a_question_are_as_likely_as_each_other():
    tokens, answers = TASK.sample(20_000, "flat", drawn(0))
    for drawn_ones in (tokens[:, 0], answers[:, 0]):
        shares = torch.bincount(drawn_ones, minlength=4) / len(tokens)
        assert (shares - 1 / 4).abs().max() < 0.015  # five standard deviations
    place = (tokens[:, :6:2] == tokens[:, 6:7]).int().argmax(1)
    assert (torch.bincount(place) / len(tokens) - 1 / 3).abs().max() < 0.017


def test_sizes_that_no_task_can_have_are_refused():
    for sizes, message in (({"pairs": 0}, "expected pairs"), ({"pairs": 2, "vocab": 7}, "as many keys as values"),
                           ({"pairs": 5, "vocab": 8}, "at most as many pairs as keys")):
        with pytest.raises(ValueError, match=message):
            AssociativeRecallTask(**sizes)
    with pytest.raises(ValueError, match="exactly one of the keys"):
        TASK.oracle(torch.tensor([[1, 6, 3, 4, 0, 6, 2, 1, 3]]))
