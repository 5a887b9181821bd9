"""Networks without a lookup: what can reach their answers, exactly, and that they train like any other run."""

from dataclasses import replace

import pytest
import torch
from resumed import resumed
from torch import nn

from deref.model.baselines import KINDS, BaselineConfig, before
from deref.model.recurrent import GATES, RecurrentConfig, depths
from deref.sections.ch06.baselines.baselines import ARMS, BLIND, ceiling
from deref.sections.shared.solving import accuracies
from deref.tasks.layout import Layout
from deref.tasks.pointer import PointerTask
from deref.train.baselines import NetworkConfig
from evidence.config import from_json, to_json
from evidence.runs import Store

TASK = PointerTask(M=6)
TRIE, FLAT = TASK.layout("trie"), TASK.layout("flat")
FIT = {"vocab": 2, "outputs": 2, "length": TASK.length}
NETWORKS = {
    "bag": BaselineConfig(kind="bag", width=4, **FIT),
    "position": BaselineConfig(kind="position", width=4, hidden=2, **FIT),
    "convolution": BaselineConfig(kind="convolution", width=4, hidden=1, layers=2, kernel=3, **FIT),
    "whole": BaselineConfig(kind="whole", width=4, hidden=1, **FIT),
    **{cell: RecurrentConfig(cell=cell, embedding=3, width=4, keep=1.0, **FIT) for cell in GATES},
}


def recipe(name, **changes):
    return replace(NetworkConfig(task=TASK, model=NETWORKS[name], steps=6, batch=2, warmup=2, eval_every=2,
                                 eval_memories=4), **changes)


def reaching(model, layout):
    """Which of a layout's nodes have a gradient at the last readout, found at random embeddings."""
    tokens = torch.zeros(1, layout.size, dtype=torch.long)
    recurrent = isinstance(model.config, RecurrentConfig)
    shape = (model.embed(tokens) if recurrent else model.embed(tokens, layout)).shape
    stream = torch.randn(shape, dtype=torch.float64, generator=torch.Generator().manual_seed(0)).requires_grad_()
    direction = torch.randn(2, dtype=torch.float64, generator=torch.Generator().manual_seed(1))
    found, = torch.autograd.grad((model.answer(stream, layout)[:, :, -1] @ direction).sum(), stream)
    return found.abs().sum((0, 1, 3)) > 0


@pytest.mark.parametrize("name", NETWORKS)
def test_what_reaches_the_answer_is_settled_by_the_kind(name):
    model = NETWORKS[name].build(range(8)).double()
    for layout in (FLAT, TRIE):
        own = layout.mask[layout.readouts[-1]]
        if name == "position":
            expected = torch.arange(layout.size) == layout.readouts[-1]
        elif name == "convolution":  # five nodes: itself and four before it
            expected = own & (own.flip(0).cumsum(0).flip(0) <= NETWORKS[name].reach)
            assert int(expected.sum()) == 5
        else:
            expected = own
        assert torch.equal(reaching(model, layout), expected)


@pytest.mark.parametrize("name", NETWORKS)
def test_a_trie_gives_the_numbers_of_its_sequences(name):
    model = NETWORKS[name].build((0, 1)).double()
    memory = TASK.sample_memory(3, torch.Generator().manual_seed(0))
    together = model(TASK.trie_tokens(memory), TRIE)
    for address in range(TASK.M):
        alone = model(TASK.tokens(memory, torch.full((3,), address)), FLAT)
        assert torch.allclose(together[:, :, address], alone[:, :, 0], atol=1e-12)


def test_a_bag_cannot_tell_where_a_bit_stands_and_is_linear_in_counts():
    model = NETWORKS["bag"].build((0,)).double()
    ones = torch.tensor([[0] * (TASK.T - count) + [1] * count for count in range(TASK.T + 1)])
    logits = model(ones, FLAT)[0, :, 0]
    assert torch.allclose(model(ones.flip(1), FLAT)[0, :, 0], logits, atol=1e-12)
    assert torch.allclose(logits.diff(n=2, dim=0), torch.zeros(TASK.T - 1, 2).double(), atol=1e-12)


@pytest.mark.parametrize(("cell", "theirs"), [("rnn", nn.RNN), ("gru", nn.GRU), ("lstm", nn.LSTM)])
def test_cells_are_those_of_torch(cell, theirs):
    mine, other = NETWORKS[cell].build((0, 5)).double(), theirs(3, 4, batch_first=True).double()
    with torch.no_grad():
        for part in (mine.input, mine.recurrence):
            part.bias.normal_()
        for name, part in (("ih", mine.input), ("hh", mine.recurrence)):
            getattr(other, f"weight_{name}_l0").copy_(part.weight[1].T)
            getattr(other, f"bias_{name}_l0").copy_(part.bias[1])
    tokens = torch.randint(2, (3, TASK.T), generator=torch.Generator().manual_seed(0))
    states, _ = other(mine.embed(tokens)[1])
    expected = states[:, -1] @ mine.unembedding.weight[1] + mine.unembedding.bias[1]
    assert torch.allclose(mine(tokens, FLAT)[1, :, 0], expected, atol=1e-12)


def test_recurrent_maps_start_orthogonal_and_the_keeping_gate_where_it_is_told():
    model = NETWORKS["lstm"].build((3,))
    for gate in model.recurrence.weight[0].split(4, dim=1):
        assert torch.allclose(gate @ gate.T, torch.eye(4), atol=1e-6)
    assert model.input.bias[0].tolist() == [0] * 4 + [1] * 4 + [0] * 8
    assert not NETWORKS["rnn"].build((3,)).input.bias.any()


def test_nodes_are_sorted_by_what_comes_before_them():
    levels, parents = depths(PointerTask(M=3).layout("trie"))
    assert levels == [[0], [1], [2], [3, 4], [5, 6, 7]]
    assert parents == [[0], [0], [0], [0, 0], [0, 0, 1]]
    assert before(PointerTask(M=3).layout("trie"), 3).tolist() == [
        [0, 8, 8], [1, 0, 8], [2, 1, 0], [3, 2, 1], [4, 2, 1], [5, 3, 2], [6, 3, 2], [7, 4, 2]]
    near = torch.ones(3, 3, dtype=torch.bool).tril().triu(-1)
    with pytest.raises(ValueError, match=r"got node 2, which sees the nodes \[1\]"):
        depths(Layout(positions=torch.arange(3), mask=near, readouts=torch.tensor([2])))


@pytest.mark.parametrize("name", NETWORKS)
def test_a_member_of_an_ensemble_is_its_seed_alone(name):
    together, alone = (recipe(name).trainer(seeds) for seeds in ((5, 7), (7,)))
    for trainer in (together, alone):
        trainer.step_many(6)
    ours = dict(together.model.named_parameters())
    for key, value in alone.model.named_parameters():
        assert torch.allclose(ours[key][1], value[0], atol=1e-6), key
    assert together.history.accuracy[1].tolist() == alone.history.accuracy[0].tolist()


@pytest.mark.parametrize("name", NETWORKS)
def test_an_interrupted_training_goes_on_bit_for_bit(name):
    resumed(recipe(name, clip=1.0), (0, 1), steps=6, at=3)


@pytest.mark.parametrize("name", ["whole", "lstm"])
def test_runs_are_stored_and_restored(tmp_path, name):
    config = recipe(name)
    assert from_json(to_json(config)) == config
    made = Store(tmp_path).run(config, (0, 1), progress=lambda _: None)
    found = Store(tmp_path).run(config, (0, 1), progress=lambda _: None)
    tokens = TASK.trie_tokens(TASK.sample_memory(2, torch.Generator().manual_seed(0)))
    assert found.path == made.path
    assert torch.equal(found.model(tokens, TRIE), made.model(tokens, TRIE))


@pytest.mark.parametrize(("kind", "changes", "message"), [
    ("set", {}, "expected the kind to be one of"), ("bag", {"hidden": 1}, "expected a bag without hidden layers"),
    ("convolution", {}, "expected convolutions in the kind"), ("whole", {"layers": 1}, "got 1 in the kind whole"),
    ("whole", {"width": 0}, "expected width to be an integer of at least 1, got 0")])
def test_networks_that_there_are_not_are_refused(kind, changes, message):
    with pytest.raises(ValueError, match=message):
        BaselineConfig(kind=kind, **{"width": 4, **FIT, **changes})


def test_cells_that_there_are_not_are_refused():
    with pytest.raises(ValueError, match="expected the cell to be one of rnn, gru, lstm, got 'qrnn'"):
        RecurrentConfig(cell="qrnn", embedding=3, width=4, **FIT)
    with pytest.raises(ValueError, match="expected embedding to be an integer of at least 1, got 0"):
        RecurrentConfig(cell="gru", embedding=0, width=4, **FIT)
    for build in (NETWORKS["bag"].build, NETWORKS["gru"].build):
        with pytest.raises(ValueError, match="expected at least one seed, got none"):
            build(())


def test_a_network_must_fit_its_task():
    with pytest.raises(ValueError, match="expected a model with the task's length, 9, got 8"):
        recipe("whole", model=replace(NETWORKS["whole"], length=8))


def test_ceilings_are_what_the_best_network_of_a_kind_can_have():
    task = PointerTask(M=3)
    every = torch.cartesian_prod(*[torch.arange(2)] * 3)
    ones = torch.cat([task.tokens(every, torch.full((8,), a)).sum(1) for a in range(3)])
    answers = every.T.flatten()
    best = max(((ones >= cut).long() == answers).double().mean().item() for cut in range(7))
    assert ceiling("bag", task) == pytest.approx(best, abs=1e-12)
    assert ceiling("position-wise", task) == 0.5
    assert ceiling("convolution", PointerTask(M=4)) == 1
    assert ceiling("convolution", PointerTask(M=16)) == (5 + 11 / 2) / 16  # nine tokens, four of them address


def test_accuracy_is_measured_over_every_memory_of_a_small_task(tmp_path):
    arm = replace(ARMS["bag", 8], config=replace(ARMS["bag", 8].config, steps=2), seeds=(100,))
    store = Store(tmp_path)
    found = accuracies(arm.run(store))
    assert (found * 2048 == (found * 2048).round()).all()  # 256 memories, eight addresses
    assert {kind for kind, _ in ARMS} >= set(BLIND)
    assert len(KINDS) == 4
