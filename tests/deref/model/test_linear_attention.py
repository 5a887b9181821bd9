"""Linear attention: a plain loop with a fixed state gives its mixtures, and an ensemble is its members."""

import math

import pytest
import torch
from draws import drawn

from deref.model.config import ModelConfig
from deref.model.linear_attention import LinearTransformer, features, linear_attention
from deref.model.taps import Site, read
from deref.tasks.associative_recall import AssociativeRecallTask
from deref.train.config import TrainConfig
from deref.train.linear_attention import LinearAttentionConfig
from evidence.config import from_json, to_json

TASK = AssociativeRecallTask(pairs=3, vocab=8)
SHAPE = ModelConfig(vocab=8, outputs=4, length=9, layers=2, heads=2, width=8, mlp=12, token_std=1.0, position_std=1.0)


def feature(x: float) -> float:
    return x + 1 if x > 0 else math.exp(x)


def test_features_are_those_of_the_formula():
    x = torch.tensor([-2.0, -0.5, 0.0, 0.5, 3.0])
    assert torch.allclose(features(x), torch.tensor([feature(one) for one in x.tolist()]))


def test_mixtures_are_those_of_a_loop_that_keeps_two_sums():
    q, k, v = torch.randn(3, 7, 4, generator=drawn(0), dtype=torch.float64)
    z, weights = linear_attention(q, k, v, torch.ones(7, 7, dtype=torch.bool).tril())
    products, total = [[0.0] * 4 for _ in range(4)], [0.0] * 4  # all that is kept of the tokens so far
    for at in range(7):
        asked, key = ([feature(x) for x in one[at].tolist()] for one in (q, k))
        for i in range(4):
            total[i] += key[i]
            for j in range(4):
                products[i][j] += key[i] * v[at, j].item()
        norm = sum(a * b for a, b in zip(asked, total, strict=True))
        expected = [sum(asked[i] * products[i][j] for i in range(4)) / norm for j in range(4)]
        assert z[at].tolist() == pytest.approx(expected)
    assert torch.allclose(weights.sum(-1), torch.ones(7, dtype=torch.float64))


@pytest.mark.parametrize("before", [False, True])
def test_an_ensemble_is_its_members(before):
    model = LinearTransformer(SHAPE, (3, 7), before)
    tokens, _ = TASK.sample(5, "flat", drawn(0))
    layout = TASK.layout("flat")
    both = model(tokens, layout)
    for i, seed in enumerate((3, 7)):
        assert torch.allclose(LinearTransformer(SHAPE, (seed,), before)(tokens, layout)[0], both[i], atol=1e-5)
        assert torch.allclose(model.member(i)(tokens, layout)[0], both[i], atol=1e-5)
    with pytest.raises(ValueError, match="expected a member from 0 to 1"):
        model.member(2)


def test_the_token_before_is_told_to_the_node_behind_it_alone():
    model = LinearTransformer(SHAPE, (0,), True)
    tokens, _ = TASK.sample(1, "flat", drawn(0))
    other = tokens.clone()
    other[0, 2] = (other[0, 2] + 1) % 4
    with torch.no_grad():
        differ = (model.embed(other, TASK.layout("flat")) != model.embed(tokens, TASK.layout("flat"))).any(-1)[0, 0]
        first = model.embed(tokens, TASK.layout("flat"))[0, 0, 0]
    assert differ.nonzero()[:, 0].tolist() == [2, 3]
    assert torch.equal(first, model.token[0, tokens[0, 0]] + model.position[0, 0])


def test_no_answer_depends_on_a_later_question():
    model = LinearTransformer(SHAPE, (0,), True)
    tokens, _ = TASK.sample(4, "flat", drawn(0))
    other = tokens.clone()
    other[:, 7:] = tokens[:, 7:].flip(1)
    before, after = model(tokens, TASK.layout("flat")), model(other, TASK.layout("flat"))
    assert torch.allclose(before[:, :, 0], after[:, :, 0], atol=1e-5)
    assert not torch.allclose(before[:, :, 1:], after[:, :, 1:], atol=1e-3)


def test_looking_changes_nothing_and_shows_the_weights():
    model, layout = LinearTransformer(SHAPE, (0,)), TASK.layout("flat")
    tokens, _ = TASK.sample(2, "flat", drawn(0))
    found = {}
    looked = model(tokens, layout, tap=read([Site("pattern", 0), Site("mlp_post", 1)], into=found))
    assert torch.allclose(looked, model(tokens, layout), atol=1e-5)
    pattern = found[Site("pattern", 0)]
    assert torch.allclose(pattern.sum(-1), torch.ones(1, 2, 2, 9)) and not pattern.triu(1).any()


def test_a_configuration_trains_and_comes_back_from_json():
    train = TrainConfig(task=TASK, model=SHAPE, steps=3, batch=2, form="flat", warmup=0, eval_every=3, eval_memories=4)
    config = LinearAttentionConfig(train=train, before=True)
    assert from_json(to_json(config)) == config and config.steps == 3 and config.stages == (train,)
    trainer = config.trainer((0, 1))
    start = {name: one.clone() for name, one in trainer.model.state_dict().items()}
    trainer.step_many(3)
    assert trainer.done and trainer.history.accuracy.shape == (2, 1)
    assert all(not torch.equal(one, start[name]) for name, one in trainer.model.state_dict().items()
               if name.split(".")[0] in ("token", "before", "unembedding"))
