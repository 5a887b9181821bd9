"""The notes task: answers can be read off the context, questions do not see each other, facts never change."""

import pytest
import torch
from draws import drawn
from hypothesis import given
from hypothesis import strategies as st

from deref.tasks.context_recall import NotesTask

TASK = NotesTask(context=6, notes=2, keys=3, values=4, facts=8, noise=5)


def looked_up(task, tokens):
    """Answer every question about a note by searching the context, token by token."""
    first = task.noise + task.keys * task.values
    answers = []
    for row in tokens.tolist():
        stored = {(t - task.noise) // task.values: (t - task.noise) % task.values
                  for t in row[: task.context] if t >= task.noise}
        answers.append([stored[q - first] for q in row[task.context : task.context + task.notes]])
    return torch.tensor(answers)


@given(notes=st.integers(1, 5), spare=st.integers(0, 4), noise=st.integers(0, 6), values=st.integers(2, 5),
       seed=st.integers(0, 2**32 - 1))
def test_answers_are_what_the_context_says(notes, spare, noise, values, seed):
    task = NotesTask(context=notes + noise, notes=notes, keys=notes + spare, values=values, facts=3)
    tokens, answers, where = task.draw(4, drawn(seed))
    assert torch.equal(answers[:, :notes], looked_up(task, tokens))
    assert torch.equal(answers[:, notes:], task.fact_answers().expand(4, -1))
    assert (tokens[:, : task.context] >= task.noise).sum(1).tolist() == [notes] * 4
    asked = (tokens[:, task.context : task.context + notes] - task.noise - task.keys * values)
    assert torch.equal((tokens.gather(1, where) - task.noise) // values, asked)
    assert int(tokens.max()) < task.vocab


def test_facts_are_fixed_and_use_every_value_equally():
    assert torch.equal(TASK.fact_answers(), TASK.fact_answers())
    assert TASK.fact_answers().bincount().tolist() == [2, 2, 2, 2]


def test_a_question_sees_the_context_and_itself():
    layout = TASK.layout("placed")
    assert layout.positions.tolist() == [0, 1, 2, 3, 4, 5] + [6] * 10
    assert layout.readouts.tolist() == list(range(6, 16))
    assert torch.equal(layout.mask[:6, :6], torch.ones(6, 6, dtype=torch.bool).tril())
    assert layout.mask[6:, :6].all()
    assert torch.equal(layout.mask[6:, 6:], torch.eye(10, dtype=torch.bool))
    assert not layout.mask[:6, 6:].any()


def test_a_bag_has_one_position_and_the_same_mask():
    placed, bag = (TASK.layout(form) for form in TASK.forms)
    assert bag.positions.tolist() == [0] * 16
    assert torch.equal(placed.mask, bag.mask)


def test_a_window_counts_the_token_itself():
    mask = NotesTask(context=6, notes=1, keys=1, values=2, window=3).layout("placed").mask
    assert mask.sum(1).tolist() == [1, 2, 3, 3, 3, 3, 3]
    assert mask[6].tolist() == [False] * 4 + [True] * 3


@pytest.mark.parametrize(("changes", "message"), [
    ({"context": 0}, "expected context to be an integer of at least 1, got 0"),
    ({"values": 1}, "expected values to be an integer of at least 2, got 1"),
    ({"facts": -1}, "expected facts to be an integer of at least 0, got -1"),
    ({"window": 1}, "expected window to be an integer of at least 2, got 1"),
    ({"notes": 4}, "expected at most as many notes as tokens of context and as keys, got 4 notes, 6 tokens and 3 keys"),
    ({"notes": 7, "keys": 9}, "got 7 notes, 6 tokens and 9 keys"),
])
def test_impossible_sizes_are_refused(changes, message):
    fields = {"context": 6, "notes": 2, "keys": 3, "values": 4, **changes}
    with pytest.raises(ValueError, match=message):
        NotesTask(**fields)
