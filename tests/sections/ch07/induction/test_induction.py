"""The induction task, its probes and an induction head written by hand, against plain Python and known patterns."""


import numpy as np
import pytest
import torch
from draws import drawn
from hypothesis import given
from hypothesis import strategies as st

from deref.constructions.induction_head import induction
from deref.model.config import ModelConfig
from deref.model.transformer import Transformer
from deref.probes.base.tappable import Head
from deref.probes.interventions.ablation import ablate
from deref.probes.interventions.path_patching import path_patch
from deref.probes.interventions.path_runs import EMBEDDING
from deref.probes.measures.induction import CHANGES, looks, questions
from deref.sections.ch07.induction.subjects import other_addresses
from deref.tasks.induction import InductionTask
from deref.tasks.pointer import PointerTask

TASK = InductionTask(first=8, passage=4, offsets=(0, 2, 3), vocab=11)
seeds = st.integers(0, 2**32 - 1)


@st.composite
def sizes(draw):
    passage = draw(st.integers(2, 6))
    first = draw(st.integers(passage, 12))
    offsets = draw(st.sets(st.integers(0, first - passage), min_size=1))
    return {"first": first, "passage": passage, "offsets": tuple(sorted(offsets)),
            "vocab": first + draw(st.integers(0, 5))}


def test_the_worked_example():
    task = InductionTask(first=6, passage=3, offsets=(0, 1, 2, 3), vocab=6)
    letters = torch.tensor([["abcdef".index(x) for x in "ebfadcfa"]])
    assert task.cells(letters).tolist() == [[3, 4]]
    assert ["abcdef"[x] for x in task.oracle(letters)[0]] == ["a", "d"]


@given(size=sizes(), seed=seeds)
def test_answers_are_what_followed_the_token_before(size, seed):
    task = InductionTask(**size)
    tokens, answers = task.sample(3, "all", drawn(seed))
    assert torch.equal(task.oracle(tokens), answers)
    for row, told in zip(tokens.tolist(), answers.tolist(), strict=True):
        first, repeat = row[: task.first], row[task.first :]
        assert told == [first[first.index(token) + 1] for token in repeat]
        assert len(set(first)) == task.first
        assert first.index(repeat[0]) in task.offsets
        assert repeat + told[-1:] == first[first.index(repeat[0]) :][: task.passage]


@given(size=sizes(), seed=seeds)
def test_the_last_form_asks_the_last_of_the_same_questions(size, seed):
    task = InductionTask(**size)
    (tokens, answers), (same, last) = (task.sample(3, form, drawn(seed)) for form in task.forms)
    assert torch.equal(tokens, same)
    assert torch.equal(answers[:, -1:], last)
    assert task.layout("last").readouts.tolist() == task.layout("all").readouts.tolist()[-1:] == [task.length - 1]


def test_every_offset_and_every_token_is_drawn_equally_often():
    tokens, _ = TASK.sample(6_000, "all", drawn(0))
    offset = (tokens[:, :8] == tokens[:, 8:9]).int().argmax(1)
    assert offset.unique(return_counts=True)[1].min() > 1_850  # 2,000 expected, with a standard deviation of 37
    assert tokens[:, 0].unique(return_counts=True)[1].min() > 450  # 545 expected, with a standard deviation of 22


@pytest.mark.parametrize(("change", "message"), [
    ({"passage": 1}, "expected passage to be an integer of at least 2, got 1"),
    ({"first": 3}, "expected first to be an integer of at least 4, got 3"),
    ({"vocab": 7}, "expected vocab to be an integer of at least 8, got 7"),
    ({"offsets": (2, 1)}, r"expected offsets to be increasing integers from 0 to 4, got \(2, 1\)"),
    ({"offsets": (5,)}, "from 0 to 4"),
    ({"offsets": ()}, "from 0 to 4"),
])
def test_sizes_that_no_task_has_are_refused(change, message):
    with pytest.raises(ValueError, match=message):
        InductionTask(**{"first": 8, "passage": 4, "offsets": (0,), "vocab": 11, **change})


def test_sequences_that_are_not_of_the_task_are_refused():
    tokens, _ = TASK.sample(2, "all", drawn(0))
    with pytest.raises(ValueError, match="expected sequences of 11 tokens, got 10"):
        TASK.cells(tokens[:, 1:])
    with pytest.raises(ValueError, match="expected every token of the repeat to stand once"):
        TASK.oracle(torch.arange(11)[None])
    with pytest.raises(ValueError, match="expected 8 first tokens a sequence, got 11"):
        TASK.tokens(tokens, torch.zeros(2).long())
    with pytest.raises(ValueError, match="expected offsets from 0 to 4, got 5"):
        TASK.tokens(tokens[:, :8], torch.tensor([0, 5]))
    with pytest.raises(ValueError, match="one of all, last, got 'trie'"):
        TASK.layout("trie")


@pytest.mark.parametrize("task", [TASK, InductionTask(first=16, passage=8, offsets=tuple(range(9)), vocab=24),
                                  InductionTask(first=3, passage=3, offsets=(0,), vocab=3)])
def test_the_head_written_by_hand_answers_every_question(task):
    tokens, answers = task.sample(300, "all", drawn(1))
    assert torch.equal(induction(task)(tokens, task.layout("all"))[0].argmax(-1), answers)


def test_its_heads_look_where_they_were_told_to():
    found = looks(induction(TASK), TASK, TASK.sample(20, "all", drawn(0))[0])
    assert found.previous[0, 0, 0] > 0.9999
    assert found.induction[1, 0, 0] > 0.9999
    assert found.induction[0, 0, 0] < 1e-6


def test_heads_that_look_at_everything_alike_score_what_even_weights_give():
    config = ModelConfig(vocab=11, outputs=11, length=11, layers=1, heads=2, width=8)
    model = Transformer(config, seeds=(0,))
    model.load_state_dict({name: torch.zeros_like(x) for name, x in model.state_dict().items()})
    found = looks(model, TASK, TASK.sample(20, "all", drawn(0))[0])
    even = torch.tensor([1 / (node + 1) for node in range(11)])
    assert torch.allclose(found.previous, even[1:8].mean().expand(1, 1, 2), atol=1e-6)
    assert torch.allclose(found.induction, even[8:].mean().expand(1, 1, 2), atol=1e-6)


@given(seed=seeds, change=st.sampled_from(CHANGES))
def test_pairs_part_in_one_thing_and_ask_for_what_they_say(seed, change):
    found = questions(TASK, 4, change, drawn(seed))
    pairs, differ = found.pairs, found.pairs.clean != found.pairs.corrupted
    for i, (cell, other) in enumerate(zip(found.cell.tolist(), found.other.tolist(), strict=True)):
        expected = {"content": {cell}, "label": {cell - 1, other - 1}, "question": {TASK.length - 1}}[change]
        clean, corrupted = pairs.clean[i].tolist(), pairs.corrupted[i].tolist()
        assert set(differ[i].nonzero()[:, 0].tolist()) == expected
        assert pairs.answers[i] == clean[clean.index(clean[-1]) + 1] == clean[cell]
        assert pairs.others[i] == corrupted[corrupted.index(corrupted[-1]) + 1] == corrupted[other]
        assert pairs.answers[i] != pairs.others[i]
        assert len(set(corrupted[:8])) == 8
        assert (other == cell) == (change == "content")


def test_pairs_that_cannot_be_drawn_are_refused():
    with pytest.raises(ValueError, match="one of content, label, question, got 'flip'"):
        questions(TASK, 2, "flip", drawn(0))
    full = InductionTask(first=8, passage=4, offsets=(0,), vocab=8)
    with pytest.raises(ValueError, match="expected a task with a token that no sequence has"):
        questions(full, 2, "content", drawn(0))


@pytest.mark.parametrize(("change", "into", "sender"), [
    ("content", "v", EMBEDDING), ("label", "k", Head(0, 0)), ("question", "q", EMBEDDING)])
def test_each_change_takes_one_path_through_the_head_written_by_hand(change, into, sender):
    model, pairs = induction(TASK), questions(TASK, 16, change, drawn(3)).pairs
    for name in ("q", "k", "v"):
        found = path_patch(model, pairs, into=name, receivers=[Head(1, 0)], senders=[EMBEDDING, Head(0, 0)],
                           threshold=0.5)
        expected = [float(name == into and one == sender) for one in found.senders]
        assert np.allclose(found.mean()[0], expected, atol=1e-4)


def test_its_first_layer_is_needed_at_the_first_tokens_alone():
    tokens, answers = TASK.sample(100, "all", drawn(2))
    for nodes, right in ((range(8), False), (range(8, 11), True)):
        found = ablate(induction(TASK), tokens, TASK.layout("all"), answers, [[Head(0, 0)]], nodes=nodes)
        assert found.accuracy_before().item() == 1
        assert (found.accuracy().item() == 1) == right


def test_addresses_of_a_pair_differ_in_one_bit_and_in_the_answer():
    task = PointerTask(M=8)
    pairs = other_addresses(task, task.sample_memory(5, drawn(0)))
    assert torch.equal(task.oracle(pairs.clean), pairs.answers)
    assert torch.equal(task.oracle(pairs.corrupted), pairs.others)
    assert (pairs.answers != pairs.others).all()
    differ = (pairs.clean != pairs.corrupted)[:, task.M :]
    assert (differ.sum(1) == 1).all()
    assert torch.equal(pairs.clean[:, : task.M], pairs.corrupted[:, : task.M])
    assert (differ.sum(0) > 0).all()
