"""The recall task, and what distance does to a gradient: cases that can be worked out by hand."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from deref.model.config import ModelConfig
from deref.model.recurrent import RecurrentConfig
from deref.model.transformer import Transformer
from deref.sections.ch06.paths.gradients import fade, narrow_places, slopes
from deref.sections.ch06.paths.networks import ARMS, NETS, lengthened, recall
from deref.tasks.recall import RecallTask
from deref.tasks.task import Task
from evidence.runs import Store

TASK = RecallTask(context=64)


def test_the_worked_example():
    task = RecallTask(context=6, values=4, noise=3)
    tokens, said = task.draw(torch.tensor([4]), torch.Generator().manual_seed(0))
    assert tokens.shape == (1, 7)
    assert tokens[0, 2] == 3 + said[0, 0]
    assert tokens[0, 6] == task.vocab - 1 == 7
    assert (tokens[0, [0, 1, 3, 4, 5]] < 3).all()


@given(st.integers(1, 12), st.integers(2, 5), st.integers(1, 4), st.sampled_from(["placed", "bag"]), st.integers(0, 99))
def test_every_context_has_one_note_and_its_answer(context, values, noise, form, seed):
    task = RecallTask(context=context, values=values, noise=noise)
    assert isinstance(task, Task)
    tokens, answers = task.sample(5, form, torch.Generator().manual_seed(seed))
    layout = task.layout(form)
    assert tokens.shape == (5, layout.size) == (5, task.length)
    assert answers.shape == (5, len(layout.readouts))
    assert layout.length == (task.length if form == "placed" else 1)
    notes = (tokens >= noise) & (tokens < noise + values)
    assert (notes.sum(1) == 1).all()
    assert torch.equal(tokens[notes] - noise, answers[:, 0])
    assert (tokens[:, :-1] < task.vocab - 1).all()
    assert (tokens[:, -1] == task.vocab - 1).all()
    again, _ = task.sample(5, form, torch.Generator().manual_seed(seed))
    assert torch.equal(again, tokens)


def test_notes_stand_at_every_distance_alike():
    task = RecallTask(context=4)
    tokens, answers = task.sample(4_000, "placed", torch.Generator().manual_seed(0))
    place = ((tokens >= task.noise) & (tokens < task.vocab - 1)).float().argmax(1)
    assert (torch.bincount(place, minlength=4) / 4_000 - 1 / 4).abs().max() < 0.03
    assert (torch.bincount(answers[:, 0], minlength=8) / 4_000 - 1 / 8).abs().max() < 0.03


def test_tasks_that_there_are_not_are_refused(unchecked):
    for name, value in (("context", 0), ("values", 1), ("noise", 0), ("context", 2.0)):
        with pytest.raises(ValueError, match=f"expected {name} to be an integer of at least"):
            RecallTask(**{"context": 4, name: value})
    with pytest.raises(ValueError, match="expected a form of the recall task, one of placed, bag, got 'trie'"):
        TASK.layout("trie")
    for distance in (0, 65):
        with pytest.raises(ValueError, match=f"expected distances from 1 to 64, got {distance}"):
            TASK.draw(torch.tensor([3, distance]), torch.Generator())


def shift(keep):
    """An RNN whose state is kept at a rate at every step: small enough that tanh is straight."""
    fit = {"vocab": TASK.vocab, "outputs": TASK.outputs, "length": TASK.length}
    model = RecurrentConfig(cell="rnn", embedding=4, width=4, **fit).build((0, 1))
    with torch.no_grad():
        model.token.mul_(1e-4)
        model.recurrence.weight.copy_(keep * torch.eye(4).expand(2, 4, 4))
    return model.requires_grad_(False)


def test_the_gradient_of_a_linear_memory_is_a_power_of_what_it_keeps():
    assert slopes(shift(1.0), TASK, "placed") == pytest.approx(np.ones((2, 8)) * slopes(shift(1.0), TASK, "placed")
                                                               [:, :1], rel=1e-3)
    found = slopes(shift(0.9), TASK, "placed")
    expected = [0.9 ** (d - 1) for d in (1, 2, 4, 8, 16, 32, 48, 64)]
    assert found / found[:, :1] == pytest.approx(np.stack([expected, expected]), rel=1e-3)


def test_attention_without_positions_cannot_tell_distances_apart():
    assert np.abs(fade("no-positions", "untrained", None)).max() < 0.2


@pytest.mark.parametrize("net", NETS)
def test_a_recurrence_must_pass_through_every_token_and_attention_through_none(net):
    assert narrow_places(net, None, 8) == (7 if net in ("rnn", "gru", "lstm") else 0)


def test_a_longer_transformer_is_the_same_on_what_it_knew():
    config = ModelConfig(length=9, layers=1, heads=2, width=8, vocab=17, outputs=8, positions="sinusoidal")
    model = Transformer(config, (0, 1))
    short, long = RecallTask(context=8), RecallTask(context=32)
    longer = lengthened(model, long.length)
    tokens, _ = short.sample(4, "placed", torch.Generator().manual_seed(0))
    assert torch.equal(longer(tokens, short.layout("placed")), model(tokens, short.layout("placed")))
    assert longer(long.sample(4, "placed", torch.Generator())[0], long.layout("placed")).shape == (2, 4, 1, 8)
    assert lengthened(model, 9) is model


def test_recall_is_told_by_distance(tmp_path, monkeypatch):
    arm = ARMS["gru", 8]
    short = replace(arm, config=replace(arm.config, steps=2), seeds=(100, 101))
    monkeypatch.setitem(ARMS, ("gru", 8), short)
    store = Store(tmp_path)
    for factor in (1, 2):
        found = recall("gru", 8, store, factor)
        assert found.shape == (2, 8 * factor)
        assert 0 <= found.min() <= found.max() <= 1
    assert found.mean() < 0.5


def test_a_gradient_too_small_for_32_bits_still_has_a_size(monkeypatch):
    from deref.sections.ch06.paths import gradients

    found = np.array([[1e-2, 1e-5, 0.0], [1e-2, 1e-5, 1e-12]], dtype=np.float32)
    monkeypatch.setattr(gradients, "slopes_of", lambda run, when: found)
    arm = type("Arm", (), {"run": lambda self, store: None})()
    monkeypatch.setattr(gradients, "ARMS", {("rnn", gradients.LONGEST): arm})
    faded = gradients.fade("rnn", "trained")
    assert np.isfinite(faded).all()
    assert faded[0] == pytest.approx(np.log10(np.finfo(np.float32).tiny) + 2, abs=1e-4)
    assert faded[1] == pytest.approx(-10, abs=1e-4)
