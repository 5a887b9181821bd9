"""Questions that are never asked: which they are, and that training has no gradient from them."""

import pytest
import torch

from deref.model.config import ModelConfig
from deref.tasks.held_out import UNASKED, HeldOutTask
from deref.tasks.pointer import PointerTask
from deref.train.trainer import mean_loss

WITHOUT = HeldOutTask(M=4, never=(2,))


def test_both_forms_have_the_pointers_questions_and_one_of_them_all_answers():
    for form, hidden in (("trie", False), ("asked", True)):
        tokens, answers = WITHOUT.sample(5, form, torch.Generator().manual_seed(0))
        expected, memory = PointerTask(M=4).sample(5, "trie", torch.Generator().manual_seed(0))
        assert torch.equal(tokens, expected)
        assert (answers[:, 2] == UNASKED).all() if hidden else torch.equal(answers, memory)
        assert torch.equal(answers[:, [0, 1, 3]], memory[:, [0, 1, 3]])
    assert WITHOUT.layout("asked") is WITHOUT.layout("trie")


def test_questions_that_are_not_asked_have_no_gradient():
    model = ModelConfig(length=WITHOUT.length, layers=1, heads=1, width=8).build((0,))
    tokens, answers = WITHOUT.sample(5, "asked", torch.Generator().manual_seed(0))
    logits = model(tokens, WITHOUT.layout("asked"))
    gradient, = torch.autograd.grad(mean_loss(logits, answers[None]).sum(), logits)
    assert (gradient.abs().sum((0, 1, 3)) > 0).tolist() == [True, True, False, True]


def test_pairs_that_are_held_out_are_always_the_same_and_about_as_many_as_told():
    memory = torch.cartesian_prod(*[torch.arange(2)] * 8)
    asked = HeldOutTask(M=8, pairs=25).asked(memory)
    assert torch.equal(asked, HeldOutTask(M=8, pairs=25).asked(memory))
    share = 1 - asked.double().mean().item()
    assert abs(share - 0.25) < 4 * (0.25 * 0.75 / 2048) ** 0.5
    more = HeldOutTask(M=8, pairs=40).asked(memory)
    assert (asked | ~more).all() and (asked & ~more).any()
    order = torch.randperm(256, generator=torch.Generator().manual_seed(0))
    assert torch.equal(HeldOutTask(M=8, pairs=25).asked(memory[order]), asked[order])


@pytest.mark.parametrize(("changes", "message"), [
    ({"never": (4,)}, "expected increasing addresses below 4"), ({"never": (2, 1)}, "expected increasing addresses"),
    ({"never": (0, 1, 2, 3)}, "not all of them"), ({"pairs": 100}, "expected from 0 to 99 of a hundred pairs, got 100"),
    ({"M": 32, "pairs": 5}, "expected at most 16 cells where pairs are held out, got 32"),
    ({"M": 1}, "expected M, the number of memory cells")])
def test_tasks_that_there_are_not_are_refused(changes, message):
    with pytest.raises(ValueError, match=message):
        HeldOutTask(**{"M": 4, **changes})


def test_other_forms_are_refused():
    with pytest.raises(ValueError, match="expected a form of the task, one of asked, trie, got 'flat'"):
        WITHOUT.sample(1, "flat", torch.Generator())
