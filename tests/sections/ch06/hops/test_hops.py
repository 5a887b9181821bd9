"""The hops task: paths in plain Python, one cycle in every memory, layouts that agree, and a history by hops."""

import numpy as np
import pytest
import torch
from draws import drawn
from hypothesis import given
from hypothesis import strategies as st
from resumed import resumed

from deref.model.config import ModelConfig
from deref.model.transformer import Transformer
from deref.probes.measures.reach import influence
from deref.sections.ch06.hops import hops as section
from deref.tasks.hops import MASKS, HopsTask
from deref.tasks.pointer import PointerTask
from deref.train.config import TrainConfig
from deref.train.hops import HopsConfig, HopsHistory

TASK = HopsTask(M=5, hops=(1, 2, 4))
seeds = st.integers(0, 2**32 - 1)


def walk(memory, start, hops):
    for _ in range(hops):
        start = memory[start]
    return start


def recipe(**changes):
    model = ModelConfig(length=TASK.length, vocab=5, outputs=5, layers=1, heads=1, width=8)
    return HopsConfig(train=TrainConfig(**{"task": TASK, "model": model, "steps": 6, "batch": 2, "eval_every": 2,
                                           "eval_memories": 3, **changes}))


def model_of(task, layers=2):
    config = ModelConfig(length=task.length, vocab=task.vocab, outputs=task.outputs, layers=layers, heads=2, width=8,
                         mlp=8, position_std=1.0, token_std=1.0)
    return Transformer(config, seeds=(0, 1)).double()


def test_the_worked_example():
    memory = torch.tensor([[3, 4, 1, 2, 0]])
    found = HopsTask(M=5, hops=(1, 2, 3, 4)).oracle(memory).view(4, 5)
    assert found[:, 0].tolist() == [3, 2, 1, 4]


@given(M=st.integers(3, 12), data=st.data(), seed=seeds)
def test_answers_are_where_the_pointers_lead(M, data, seed):
    hops = tuple(sorted(data.draw(st.sets(st.integers(1, M - 1), min_size=1, max_size=4))))
    task = HopsTask(M=M, hops=hops)
    tokens, answers = task.sample(3, "trie", drawn(seed))
    for row, told in zip(tokens.tolist(), answers.tolist(), strict=True):
        assert told == [walk(row[:M], start, k) for k in hops for start in range(M)]
        assert row[M:] == list(range(M)) * len(hops)


@given(M=st.integers(3, 12), seed=seeds)
def test_a_flat_sample_asks_for_the_largest_number_of_hops(M, seed):
    task = HopsTask(M=M, hops=(1, 2))
    tokens, answers = task.sample(4, "flat", drawn(seed))
    assert [walk(row[:M], row[M], 2) for row in tokens.tolist()] == answers[:, 0].tolist()


@given(M=st.integers(3, 20), seed=seeds)
def test_every_memory_is_one_cycle(M, seed):
    memory = HopsTask(M=M, hops=(1,)).sample_memory(1, drawn(seed))[0].tolist()
    assert {walk(memory, 0, k) for k in range(M)} == set(range(M))


def test_all_cycles_are_drawn_equally_often():
    memory = HopsTask(M=4, hops=(1,)).sample_memory(6_000, drawn(0))
    _, counts = memory.unique(dim=0, return_counts=True)
    assert len(counts) == 6
    assert counts.min() > 850  # a thousand expected, with a standard deviation of 29


@pytest.mark.parametrize("mask", MASKS)
def test_all_questions_at_once_equal_one_question_a_sequence(mask):
    task = HopsTask(M=5, hops=(1, 2, 4), mask=mask)
    model, memory = model_of(task), task.sample_memory(2, drawn(1))
    together = model(task.trie_tokens(memory), task.layout("trie")).unflatten(2, (3, 5))
    for place, k in enumerate(task.hops):
        for start in range(5):
            alone = torch.cat([memory, torch.full((2, 1), start)], dim=1)
            logits = model(alone, task.layout("flat", hops=k))[:, :, 0]
            assert torch.allclose(logits, together[:, :, place, start], atol=1e-12)


@pytest.mark.parametrize("mask", MASKS)
def test_who_sees_whom(mask):
    seen = HopsTask(M=5, hops=(1, 2), mask=mask).layout("trie").mask
    assert torch.equal(seen[5:, 5:], torch.eye(10, dtype=torch.bool))
    assert seen[5:, :5].all()
    assert not seen[:5, 5:].any()
    assert torch.equal(seen[:5, :5], torch.ones(5, 5).bool().tril() if mask == "causal" else torch.ones(5, 5).bool())


def test_with_one_layer_the_mask_over_the_memory_makes_no_difference():
    """So one run serves for both masks; with two layers there must be two."""
    causal, both = (HopsTask(M=5, hops=(1, 2), mask=mask) for mask in MASKS)
    tokens, _ = causal.sample(3, "trie", drawn(0))
    for layers, same in ((1, True), (2, False)):
        model = model_of(causal, layers)
        one, other = (model(tokens, task.layout("trie")) for task in (causal, both))
        assert torch.allclose(one, other, atol=1e-12) == same
    assert section.ARMS["both", 1] is section.ARMS["causal", 1]


def test_a_causal_cell_depends_on_no_later_one_at_any_depth():
    task = HopsTask(M=5, hops=(1,))
    found = influence(model_of(task, 3), task.layout("trie"))[0, :5, :5]
    assert found.triu(1).max() == 0
    assert (found.tril() > 0).sum() == 15


@pytest.mark.parametrize(("name", "value"), [("M", 2), ("M", 4.0), ("hops", ()), ("hops", (2, 1)), ("hops", (0,)),
                                             ("hops", (5,)), ("mask", "none")])
def test_tasks_that_there_are_not_are_refused(unchecked, name, value):
    with pytest.raises(ValueError, match=f"expected {name}"):
        HopsTask(**{"M": 5, "hops": (1, 2), name: value})


def test_questions_that_there_are_not_are_refused(unchecked):
    with pytest.raises(ValueError, match="one of trie, flat, got 'tree'"):
        TASK.layout("tree")
    with pytest.raises(ValueError, match="expected a number of hops among 1, 2, 4, got 3"):
        TASK.layout("flat", hops=3)
    with pytest.raises(ValueError, match="expected memories of M = 5 cells, got 4"):
        TASK.oracle(torch.zeros(1, 4, dtype=torch.long))
    with pytest.raises(ValueError, match="expected pointers from 0 to 4, got 5"):
        TASK.oracle(torch.full((1, 5), 5))


def test_a_training_is_measured_by_hops_and_goes_on_where_it_stopped():
    whole, _ = resumed(recipe(), (0, 1), steps=6, at=3)
    assert whole.history.by_hops.shape == (2, 3, 3)
    assert np.allclose(whole.history.by_hops.mean(1), whole.history.accuracy)
    assert HopsHistory.from_json(whole.history.to_json()).to_json() == whole.history.to_json()


def test_steps_to_solve_are_the_first_and_infinite_where_there_are_none():
    curves = np.array([[[0.2, 0.8, 0.7], [0.1, 0.2, 0.3]]])
    history = HopsHistory(seeds=(0,), step=np.array([5, 10, 15]), loss=np.ones((1, 3)), accuracy=np.ones((1, 3)),
                          by_hops=curves)
    assert history.hop_steps_to(0.7).tolist() == [[10, np.inf]]


def test_other_runs_are_refused():
    with pytest.raises(ValueError, match=r"expected by_hops of \(seed, hops, evaluation\)"):
        HopsHistory.from_json({"seeds": [0], "step": [1], "loss": [[1.0]], "accuracy": [[1.0]], "by_hops": [[1.0]]})
    with pytest.raises(ValueError, match="expected the hops task in the form trie, got HopsTask in the form flat"):
        recipe(form="flat")
    task = PointerTask(M=4)
    with pytest.raises(ValueError, match="expected the hops task in the form trie, got PointerTask"):
        recipe(task=task, model=ModelConfig(length=task.length, layers=1, heads=1, width=8))


def test_models_of_equal_size_have_equal_size():
    sizes = [sum(p.numel() for p in Transformer(arm.config.train.model, (0,)).parameters())
             for arm in section.EQUAL.values()]
    assert sizes[0] == min(sizes)
    assert max(sizes) < 1.02 * sizes[0]


def test_lookups_are_chained_only_without_a_gap():
    class Arm:
        def run(self, store):
            del store
            solved = np.array([[[1.0], [1.0], [0.5], [1.0]], [[0.5], [1.0], [1.0], [1.0]]])
            self.history = HopsHistory(seeds=(0, 1), step=np.array([5]), loss=np.ones((2, 1)),
                                       accuracy=np.ones((2, 1)), by_hops=solved)
            return self

    assert section.chained(Arm()).tolist() == [2, 0]
