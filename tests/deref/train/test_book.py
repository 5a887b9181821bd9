"""Training as another book trains: its losses, its optimiser, and runs that go on where they stopped."""

from dataclasses import replace

import pytest
import torch
import torch.nn.functional as F
from resumed import resumed

from deref.model.config import ModelConfig
from deref.model.starts import Started
from deref.model.table_mlp import TableMlp, TableMlpConfig
from deref.tasks.pointer import PointerTask
from deref.tasks.supervision import SupervisedPointer
from deref.train.book import BookConfig, MlpConfig
from deref.train.config import TrainConfig
from evidence.config import from_json, to_json
from evidence.runs import Store

TASK = PointerTask(M=4)


def recipe(task=TASK, **changed):
    shape = ModelConfig(length=task.length, vocab=task.vocab, layers=2, heads=1, width=8, mlp=16)
    return TrainConfig(task=task, model=shape, steps=6, batch=4, form="flat", warmup=0, fixed_examples=20, eval_every=2,
                       eval_memories=4, **changed)


BOOK = BookConfig(train=recipe(), start="numpy", gelu="tanh")
MLP = MlpConfig(task=TASK, model=TableMlpConfig(length=TASK.length, hidden=8), steps=6, batch=4, form="flat", warmup=0,
                fixed_examples=20, eval_every=2, eval_memories=4)


@pytest.mark.parametrize("config", [
    BOOK, replace(BOOK, start="encoder", gelu="exact"), replace(BOOK, eps=1e-3, token_scale=2.0), MLP,
    *(replace(BOOK, train=recipe(SupervisedPointer(M=4, kind=kind)), last_weight=10.0)
      for kind in ("every", "query", "both"))])
def test_an_interrupted_training_goes_on_bit_for_bit(config):
    trainer, started = resumed(config, (0, 3), steps=6, at=3)
    assert not torch.equal(trainer.model.token, started["token"])


def test_the_last_readout_can_weigh_more():
    config = replace(BOOK, train=recipe(SupervisedPointer(M=4, kind="every")), last_weight=10.0)
    trainer = config.trainer((0, 1))
    tokens, targets = trainer._batches.draw()
    logits = trainer.model(tokens, trainer._batches.layout)
    each = F.cross_entropy(logits.permute(0, 1, 3, 2).flatten(0, 1), targets.flatten(0, 1), reduction="none")
    each = each.view(targets.shape)
    expected = (each[..., :-1].sum(-1) + 10 * each[..., -1]).mean(1) / (5 + 10)
    assert torch.allclose(trainer._mean_loss(tokens, targets), expected, atol=1e-6)
    plain = replace(config, last_weight=1.0).trainer((0, 1))
    assert torch.allclose(plain._mean_loss(tokens, targets), each.mean((1, 2)), atol=1e-6)


def test_a_large_eps_shortens_the_first_step():
    def moved(eps):
        trainer = replace(BOOK, eps=eps).trainer((0,))
        before = trainer.model.unembedding.weight.clone()
        trainer.advance()
        return (trainer.model.unembedding.weight - before).abs()

    usual, damped = moved(1e-8), moved(1.0)
    assert usual.max().item() == pytest.approx(1e-3, rel=0.01)  # Adam's first step is as long as its rate
    assert damped.max() < 0.5 * usual.max()


@pytest.mark.parametrize(("config", "kind"), [(BOOK, Started), (MLP, TableMlp)])
def test_the_store_gives_a_run_back(tmp_path, config, kind):
    assert from_json(to_json(config)) == config
    made, again = (Store(tmp_path, device="cpu").run(config, (0, 1)) for _ in range(2))
    assert isinstance(again.model, kind)
    tokens, layout = TASK.trie_tokens(torch.tensor([[0, 1, 1, 0]])), TASK.layout("trie")
    assert torch.equal(again.model(tokens, layout), made.model(tokens, layout))


def test_numbers_and_names_that_cannot_be_are_refused():
    with pytest.raises(ValueError, match="expected eps to be a number above 0, got 0"):
        replace(BOOK, eps=0)
    with pytest.raises(ValueError, match=r"expected start to be one of numpy, .*, got 'nowhere'"):
        replace(BOOK, start="nowhere")
