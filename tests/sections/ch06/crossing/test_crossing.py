"""The crossing task: tokens, masks and answers, and what masks let through."""

import pytest
import torch
from random_models import random_model

from deref.model.config import ModelConfig
from deref.model.transformer import Transformer
from deref.probes.measures.reach import influence, reachable
from deref.sections.ch06.crossing.crossing import LAYOUTS, influences
from deref.tasks.cross_attention import ADDRESSES, SOURCES, CrossingTask
from deref.tasks.layout import Layout
from deref.tasks.pointer import PointerTask

TASKS = [CrossingTask(M=M, address=address, source=source)
         for M in (4, 6) for address in ADDRESSES for source in SOURCES]


def test_the_worked_example():
    memory = torch.tensor([[0, 1, 1, 0]])
    whole = CrossingTask(M=4, address="whole", source="self")
    assert whole.trie_tokens(memory).tolist() == [[0, 1, 1, 0, 2, 3, 4, 5]]
    spelled = CrossingTask(M=4, address="spelled", source="cross")
    assert spelled.trie_tokens(memory).tolist() == PointerTask(M=4).trie_tokens(memory).tolist()


@pytest.mark.parametrize("task", TASKS)
def test_answers_are_the_addressed_cells(task):
    tokens, answers = task.sample(5, "trie", torch.Generator().manual_seed(0))
    assert torch.equal(answers, tokens[:, : task.M])
    layout = task.layout("trie")
    assert tokens.shape[1] == layout.size
    assert layout.length == task.length
    assert int(tokens.max()) < task.vocab
    assert layout.addresses.tolist() == list(range(task.M))


@pytest.mark.parametrize("task", TASKS)
def test_cross_attention_sees_memory_alone_and_self_attention_itself_too(task):
    layout, cells = task.layout("trie"), task.M
    assert layout.mask[cells:, :cells].all()
    behind = layout.mask[cells:, cells:]
    assert bool(behind.any()) == (task.source == "self")
    if task.source == "self":
        assert behind.diagonal().all()


def test_spelled_self_attention_is_the_pointer_task():
    mine, theirs = CrossingTask(M=6, address="spelled", source="self").layout("trie"), PointerTask(M=6).layout("trie")
    assert torch.equal(mine.mask, theirs.mask)
    assert torch.equal(mine.positions, theirs.positions)


@pytest.mark.parametrize("layers", [1, 2, 3])
def test_without_the_other_address_tokens_only_the_last_bit_is_known_at_any_depth(layers):
    task = CrossingTask(M=8, address="spelled", source="cross")
    config = ModelConfig(length=task.length, vocab=task.vocab, layers=layers, heads=2, width=8, mlp=8)
    model = Transformer(config, seeds=(0, 1)).double()
    tokens, _ = task.sample(3, "trie", torch.Generator().manual_seed(0))
    logits = model(tokens, task.layout("trie"))
    assert torch.allclose(logits, logits[:, :, [0, 1] * 4], atol=1e-12)
    assert not torch.allclose(logits[:, :, 0], logits[:, :, 1], atol=1e-3)


@pytest.mark.parametrize(("name", "value"), [("M", 1), ("M", 2.0), ("address", "bits"), ("source", "both")])
def test_tasks_that_there_are_not_are_refused(unchecked, name, value):
    with pytest.raises(ValueError, match=f"expected {name}"):
        CrossingTask(**{"M": 4, "address": "whole", "source": "self", name: value})
    with pytest.raises(ValueError, match="which is trie, got 'flat'"):
        TASKS[0].layout("flat")
    with pytest.raises(ValueError, match="expected memories of M = 4 cells, got 5"):
        TASKS[0].trie_tokens(torch.zeros(1, 5, dtype=torch.long))


def test_reach_follows_chains():
    step = torch.eye(4, dtype=torch.bool).roll(1, 1)
    step[3, 0] = False  # 0 sees 1, 1 sees 2, 2 sees 3, and 3 nothing
    assert reachable(step, 0).tolist() == torch.eye(4, dtype=torch.bool).tolist()
    assert reachable(step, 2).int().tolist() == [[1, 1, 1, 0], [0, 1, 1, 1], [0, 0, 1, 1], [0, 0, 0, 1]]


def test_influence_is_exact_for_one_known_layer():
    """With block norms off and zero queries, attention averages, so derivatives follow by hand."""
    config = ModelConfig(length=3, layers=1, heads=1, width=4, block_norm=False)
    model = Transformer(config, seeds=(0,))
    with torch.no_grad():
        model.layers[0].q.weight.zero_()
        for part in (model.layers[0].v, model.layers[0].o):
            part.weight.copy_(torch.eye(4)[None])
    layout = Layout(positions=torch.arange(3), mask=torch.ones(3, 3, dtype=torch.bool).tril(),
                    readouts=torch.tensor([2]))
    found = influence(model, layout)[0]
    share = torch.tensor([[2, 0, 0], [1 / 2, 3 / 2, 0], [1 / 3, 1 / 3, 4 / 3]]).double()
    assert torch.allclose(found / found[0, 0] * 2, share, atol=1e-12)


def test_influence_keeps_seeds_apart():
    task = PointerTask(M=3)
    model = random_model(task, layers=2, heads=2, width=8, mlp=8, dtype=torch.float32)
    together = influence(model, task.layout("trie"))
    assert torch.allclose(together[1], influence(model.member(1), task.layout("trie"))[0], atol=1e-12)


@pytest.mark.parametrize("name", LAYOUTS)
def test_derivatives_and_masks_agree(name):
    assert torch.equal(influences(name, 2) > 0, reachable(LAYOUTS[name].mask, 2))
