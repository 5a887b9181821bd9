"""Positions that attention alone is told: against the formulas they stand for."""

import dataclasses
import math

import pytest
import torch

from deref.model.attention import attention
from deref.model.config import ModelConfig
from deref.model.relative_positions import KINDS, RelativePositions, slopes
from deref.model.transformer import Transformer
from deref.probes.pointer.flip import flip_test
from deref.tasks.pointer import PointerTask
from deref.train.config import TrainConfig
from deref.train.relative_positions import RelativePositionsConfig
from evidence.config import from_json, to_json
from evidence.runs import Store

TASK = PointerTask(M=4)
SHAPE = ModelConfig(length=TASK.length, layers=2, heads=2, width=8, positions="sinusoidal", token_std=1.0)
MEMORIES = TASK.sample_memory(3, torch.Generator().manual_seed(0))
TOKENS, TRIE = TASK.trie_tokens(MEMORIES), TASK.layout("trie")


def moved(layout, steps):
    """The same layout, all of it some positions further on."""
    return dataclasses.replace(layout, positions=layout.positions + steps)


def built(kind, length=TASK.length):
    return RelativePositions(dataclasses.replace(SHAPE, length=length), (0, 1), kind)


@pytest.mark.parametrize("kind", KINDS)
def test_what_counts_is_how_far_apart_tokens_stand(kind):
    model = built(kind, length=TASK.length + 5)
    assert torch.allclose(model(TOKENS, TRIE), model(TOKENS, moved(TRIE, 5)), rtol=1e-4, atol=1e-5)


def test_rotary_positions_and_biases_change_what_a_model_computes_and_none_change_nothing():
    plain = Transformer(SHAPE, (0, 1))
    plain.position.zero_()
    expected = plain(TOKENS, TRIE)
    assert torch.equal(built("none")(TOKENS, TRIE), expected)
    for kind in ("rotary", "alibi"):
        assert (built(kind)(TOKENS, TRIE) - expected).abs().max() > 1e-3


def test_biases_fall_with_the_distance_head_by_head():
    assert slopes(4).tolist() == [2**-2, 2**-4, 2**-6, 2**-8]
    model = built("alibi")
    block, layout = model.layers[0], TASK.layout("flat")
    resid = torch.randn(2, 3, layout.size, 8, generator=torch.Generator().manual_seed(1))
    q, k, v = (x.unflatten(-1, (2, 4)).transpose(2, 3) for x in block.project(resid))
    away = layout.positions[:, None] - layout.positions

    def lowered(name, x):
        return x - slopes(2)[:, None, None] * away if name == "scores" else x

    expected, _ = attention(q, k, v, layout.mask, lowered)
    q, k, v = (x.unflatten(-1, (2, -1)).transpose(2, 3) for x in block.told(resid, layout.positions))
    found = attention(q, k, v, layout.mask)[0]
    assert torch.allclose(found[..., :4], expected, rtol=1e-4, atol=1e-6) and not found[..., 4].any()


def test_a_rotated_query_and_key_meet_as_complex_numbers_do():
    model = RelativePositions(dataclasses.replace(SHAPE, heads=1, head_size=2), (0,), "rotary")
    resid = torch.randn(1, 1, 6, 8, generator=torch.Generator().manual_seed(1))
    positions = torch.tensor([0, 1, 2, 5, 7, 8])
    plain, turned = model.layers[0].project(resid)[:2], model.layers[0].told(resid, positions)[:2]
    q, k = (torch.view_as_complex(x[0, 0].contiguous()) for x in plain)
    angle = positions[:, None] - positions
    expected = (q[:, None] * k.conj() * torch.polar(torch.ones(6, 6), angle.float())).real
    assert torch.allclose(turned[0][0, 0] @ turned[1][0, 0].T, expected, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("kind", KINDS)
def test_both_forms_of_a_lookup_probes_and_members_agree(kind):
    model = built(kind)
    flat = torch.stack([model(TASK.tokens(MEMORIES, torch.full((3,), address)), TASK.layout("flat"))[:, :, 0]
                        for address in range(TASK.M)], 2)
    assert torch.allclose(model(TOKENS, TRIE), flat, rtol=1e-4, atol=1e-5)
    assert torch.allclose(model.member(1)(TOKENS, TRIE), model(TOKENS, TRIE)[1:], rtol=1e-4, atol=1e-6)
    flipped, changed = MEMORIES.clone(), flip_test(model, TASK, MEMORIES).changed
    flipped[:, 2] = 1 - flipped[:, 2]
    expected = model(TASK.trie_tokens(flipped), TRIE).argmax(-1) != model(TOKENS, TRIE).argmax(-1)
    assert torch.equal(changed[..., 2], expected)


@pytest.mark.parametrize("kind", KINDS)
def test_a_run_is_kept_and_read_again(kind, tmp_path):
    config = RelativePositionsConfig(kind=kind, train=TrainConfig(task=TASK, model=SHAPE, steps=2, batch=2, warmup=1))
    assert from_json(to_json(config)) == config
    made, found = (Store(tmp_path).run(config, (0, 3), progress=lambda _: None) for _ in range(2))
    assert torch.equal(found.model(TOKENS, TRIE), made.model(TOKENS, TRIE))
    assert math.isfinite(float(made.model(TOKENS, TRIE).sum()))


def test_what_it_cannot_have_is_refused():
    with pytest.raises(ValueError, match="of a kind among rotary, alibi, none, got 'relative'"):
        built("relative")
    with pytest.raises(ValueError, match="of a kind among rotary, alibi, none, got 'relative'"):
        RelativePositionsConfig(kind="relative", train=TrainConfig(task=TASK, model=SHAPE, steps=1, batch=1))
    learned = dataclasses.replace(SHAPE, positions="learned")
    with pytest.raises(ValueError, match="positions are not trained, got learned"):
        RelativePositions(learned, (0,), "rotary")
    with pytest.raises(ValueError, match="even size, whose components are turned in pairs, got 3"):
        RelativePositions(dataclasses.replace(SHAPE, head_size=3), (0,), "rotary")
    with pytest.raises(ValueError, match="expected a member from 0 to 1, got 2"):
        built("none").member(2)
    with pytest.raises(ValueError, match="expected the positions of the nodes"):
        built("rotary").project(0, torch.zeros(2, 1, TRIE.size, 8))
