"""The rest of the block: identities on random weights, exact answers, and controls that must not come out zero."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from deref.model.config import ModelConfig
from deref.model.mixing import TokenMixing
from deref.model.norms import FixedNorm, fix_norms, fold_norms
from deref.model.parts import Norm
from deref.model.taps import Site, read
from deref.model.transformer import Transformer
from deref.probes.measures.key_values import key_values, spanned
from deref.probes.measures.sublayers import between, sublayer
from deref.sections.ch07.block import memory, ov_maps
from deref.tasks.pointer import PointerTask

TASK = PointerTask(M=4)
SHAPE = ModelConfig(length=TASK.length, layers=2, heads=2, width=8, mlp=12, position_std=1.0, token_std=1.0)
TOKENS = TASK.trie_tokens(torch.tensor([[0, 1, 1, 0], [1, 1, 0, 1], [0, 0, 0, 1]]))
LAYOUT = TASK.layout("trie")


@pytest.fixture
def model():
    """Two seeds with random gains, shifts and biases, in double precision."""
    made = Transformer(SHAPE, (0, 1)).double().requires_grad_(False)
    generator = torch.Generator().manual_seed(3)
    for name, parameter in made.named_parameters():
        if "norm" in name or name.endswith("bias"):
            parameter += torch.randn(parameter.shape, generator=generator, dtype=torch.float64)
    return made


def start(model):
    return torch.randn(2, 1, LAYOUT.size, SHAPE.width, dtype=torch.float64, generator=torch.Generator().manual_seed(1))


@pytest.mark.parametrize("layer", [0, 1])
def test_an_mlp_moves_nothing_and_attention_moves_what_its_mask_allows(model, layer):
    own = torch.eye(LAYOUT.size, dtype=torch.bool)
    mlp = between(sublayer(model, LAYOUT, "mlp", layer), start(model))
    attention = between(sublayer(model, LAYOUT, "attention", layer), start(model))
    assert torch.equal(mlp > 0, own.expand(2, -1, -1))
    assert torch.equal(attention > 0, LAYOUT.mask.expand(2, -1, -1))


def test_an_mlp_that_mixes_tokens_is_seen_to_move_information(model):
    found = between(TokenMixing((0, 1), LAYOUT.size, 6).double(), start(model))
    assert (found > 0).all()


def test_a_derivative_between_nodes_is_that_of_the_function():
    matrix = torch.tensor([[1.0, 2.0, 0.0], [0.0, 1.0, 0.0], [0.0, -3.0, 0.0]], dtype=torch.float64)
    found = between(lambda x: matrix @ x, torch.zeros(1, 1, 3, 5, dtype=torch.float64))[0]
    assert torch.allclose(found / found[0, 0], matrix.abs())


def test_a_sublayer_that_does_not_exist_is_refused(model):
    with pytest.raises(ValueError, match="expected a kind of sublayer, one of attention, mlp, got 'norm'"):
        sublayer(model, LAYOUT, "norm", 0)
    with pytest.raises(ValueError, match="expected a sublayer of this model, got mlp in layer 0"):
        sublayer(Transformer(replace(SHAPE, mlp=0), (0,)), LAYOUT, "mlp", 0)


@pytest.mark.parametrize("layer", [0, 1])
def test_keys_and_values_recall_what_the_mlp_writes(model, layer):
    found = {}
    model(TOKENS, LAYOUT, tap=read([Site("resid_mid", layer), Site("mlp_out", layer)], into=found))
    stream, written = found[Site("resid_mid", layer)], found[Site("mlp_out", layer)]
    normed = model.layers[layer].mlp_norm(stream).flatten(1, 2)
    assert torch.allclose(key_values(model, layer).recalled(normed), written.flatten(1, 2), atol=1e-12)


def test_a_block_without_an_mlp_has_no_keys():
    with pytest.raises(ValueError, match="expected a block with an MLP, got layer 0, which has none"):
        key_values(Transformer(replace(SHAPE, mlp=0), (0,)), 0)


def test_active_keys_span_what_they_span():
    keys = torch.tensor([[1.0, 0, 0], [2, 0, 0], [0, 1, 0], [1, 1, 0]], dtype=torch.float64)
    active = torch.tensor([[True, True, False, False], [True, False, False, True], [True] * 4, [False] * 4])
    assert spanned(keys, active).tolist() == [1, 2, 2, 0]


def test_folding_leaves_logits_and_no_gain(model):
    folded = fold_norms(model)
    before = model(TOKENS, LAYOUT)
    assert torch.allclose(folded(TOKENS, LAYOUT), before, atol=1e-12)
    norms = [norm for norm in folded.modules() if isinstance(norm, Norm)]
    assert len(norms) == 5
    assert all((norm.weight == 1).all() and (norm.bias == 0).all() for norm in norms)
    assert torch.equal(model(TOKENS, LAYOUT), before)


def test_a_norm_that_divides_by_its_own_spread_is_the_norm(model):
    norm = model.layers[0].attn_norm
    x = torch.randn(2, 1, 5, SHAPE.width, dtype=torch.float64, generator=torch.Generator().manual_seed(1))
    spread = (x.var(-1, unbiased=False) + 1e-5).sqrt()[:, 0]
    assert torch.allclose(FixedNorm(norm, spread)(x), norm(x), atol=1e-12)
    assert not torch.allclose(FixedNorm(norm, 2 * spread)(x), norm(x), atol=1e-2)


def test_norms_are_fixed_where_asked_and_on_average_right(model):
    one = fix_norms(model, TOKENS[:1], LAYOUT)  # of one sequence the mean variance is the variance
    assert torch.allclose(one(TOKENS[:1], LAYOUT), model(TOKENS[:1], LAYOUT), atol=1e-10)
    final = fix_norms(model, TOKENS, LAYOUT, ("final_norm",), by_node=False)
    assert isinstance(final.final_norm, FixedNorm)
    assert isinstance(final.layers[0].attn_norm, Norm)
    assert final.final_norm.spread.shape == (2, 1)
    with pytest.raises(ValueError, match="expected LayerNorms among attn_norm, mlp_norm, final_norm, got norm"):
        fix_norms(model, TOKENS, LAYOUT, ("norm",))


def test_a_linear_map_tells_the_bits_that_are_there_and_no_others():
    generator = torch.Generator().manual_seed(0)
    memories = torch.randint(2, (memory.FITTED + memory.HELD, 3), generator=generator)
    noise = torch.randn(1, 1, len(memories), 2, generator=generator)
    told = memory.explained(torch.cat([memories[None, None, :, :2].float(), noise], -1), memories)[0, 0]
    assert told == pytest.approx([1, 1, 0], abs=0.02)


def test_cells_are_counted_apart_from_the_addressed_one():
    shares = np.zeros((1, 3, 1, len(memory.ADDRESSES), 32))
    shares[:, 0] = 0.5
    shares[:, 1, :, :, 0] = 0.25
    found = memory.Readable(explained=shares)
    assert found.addressed[0, :, 0] == pytest.approx([0.5, 0.25 / 8, 0])
    assert found.others[0, :, 0] == pytest.approx([15.5, 0.25 * 7 / 8, 0])
    assert found.left[0, 0] == pytest.approx(0.25 * 7 / 8 / 15.5)


def test_a_map_that_passes_on_the_bit_alone_is_told_from_one_that_passes_on_everything():
    task = PointerTask(M=8)
    shape = ModelConfig(length=task.length, layers=1, heads=1, width=16, block_norm=False, position_std=1.0)
    model = Transformer(shape, (0,)).requires_grad_(False)
    block_ = model.layers[0]
    model.token.zero_()
    model.token[0, 1, 0] = 1  # the bit is the first direction, which positions do not have
    model.position[..., 0] = 0
    block_.o.weight.copy_(torch.eye(16)[None])
    block_.v.weight.copy_(torch.eye(16)[None])
    alike = ov_maps.passed(model, task, 0)
    assert alike.gain == pytest.approx([1], abs=1e-5)
    assert alike.dimensions == pytest.approx([16], abs=1e-4)
    block_.v.weight[0, 1:] *= 0.1
    chosen = ov_maps.passed(model, task, 0)
    assert chosen.gain == pytest.approx([10], rel=1e-4)
    assert chosen.dimensions < 2
