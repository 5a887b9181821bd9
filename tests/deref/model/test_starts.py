"""Starts of other code: each equals that code itself, run beside it on copied weights."""

import math
from dataclasses import replace

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from torch import nn

from deref.model.config import ModelConfig
from deref.model.starts import STARTS, Started
from deref.model.transformer import Transformer
from deref.tasks.pointer import PointerTask

TASK = PointerTask(M=8)
SHAPE = ModelConfig(length=TASK.length, layers=2, heads=2, width=16, mlp=32)
LAYOUT = TASK.layout("flat")
TOKENS, ANSWERS = TASK.sample(6, "flat", torch.Generator().manual_seed(1))


def written_out(model, tokens):
    """The network of the start `numpy`, written out for one sequence: logits at its last position."""
    weights = {name: value[0].detach().double().numpy() for name, value in model.state_dict().items()}
    length, heads = len(tokens), model.config.heads

    def norm(x, name):
        centred = x - x.mean(-1, keepdims=True)
        scaled = centred / np.sqrt(x.var(-1, keepdims=True) + 1e-5)
        return scaled * weights[f"{name}.weight"] + weights[f"{name}.bias"]

    def linear(x, name):
        return x @ weights[f"{name}.weight"] + weights[f"{name}.bias"]

    place, size = np.arange(length)[:, None], model.config.width
    wave = place / 10_000 ** (2 * (np.arange(size) // 2) / size)
    x = model.token_scale * weights["token"][tokens] + np.where(np.arange(size) % 2, np.cos(wave), np.sin(wave))
    for i in range(model.config.layers):
        h = norm(x, f"layers.{i}.attn_norm")
        q, k, v = (linear(h, f"layers.{i}.{part}").reshape(length, heads, -1).transpose(1, 0, 2) for part in "qkv")
        scores = q @ k.transpose(0, 2, 1) / math.sqrt(q.shape[-1])
        scores = np.where(np.tril(np.ones((length, length))), scores, -np.inf)
        pattern = np.exp(scores - scores.max(-1, keepdims=True))
        pattern /= pattern.sum(-1, keepdims=True)
        x = x + linear((pattern @ v).transpose(1, 0, 2).reshape(length, -1), f"layers.{i}.o")
        h = linear(norm(x, f"layers.{i}.mlp_norm"), f"layers.{i}.mlp_in")
        h = 0.5 * h * (1 + np.tanh(math.sqrt(2 / math.pi) * (h + 0.044715 * h**3)))
        x = x + linear(h, f"layers.{i}.mlp_out")
    return linear(norm(x, "final_norm"), "unembedding")[-1]


@pytest.mark.parametrize("scale", [1.0, 25.0])
def test_the_numpy_network_is_the_one_that_a_few_lines_of_numpy_write_out(scale):
    shape = replace(SHAPE, positions="sinusoidal")
    model = Started(shape, (3,), start="numpy", gelu="tanh", token_scale=scale).double()
    found = model(TOKENS, LAYOUT)[0, :, 0].detach().numpy()
    assert np.abs(found - [written_out(model, tokens) for tokens in TOKENS.numpy()]).max() < 1e-6


def test_the_numpy_start_has_variance_one_over_its_inputs_and_no_biases():
    model = Started(replace(SHAPE, width=64, mlp=128, layers=3), range(8), start="numpy", gelu="tanh")
    for name, value in model.named_parameters():
        if name.endswith("bias"):
            assert not value.any()
        elif name.startswith("layers") and "norm" not in name:
            assert value.std().item() == pytest.approx(value.shape[1] ** -0.5, rel=0.05)
    assert model.token.std().item() == pytest.approx(0.02, rel=0.1)
    assert model.position.std().item() == pytest.approx(0.02, rel=0.05)


class Encoder(nn.Module):
    """torch's own encoder with the embeddings and the map to answers around it."""

    def __init__(self, shape):
        super().__init__()
        layer = nn.TransformerEncoderLayer(shape.width, shape.heads, shape.mlp, dropout=0.0, activation="gelu",
                                           batch_first=True, norm_first=True)
        self.token, self.position = nn.Embedding(2, shape.width), nn.Embedding(shape.length, shape.width)
        nn.init.normal_(self.token.weight, std=0.02)
        nn.init.normal_(self.position.weight, std=0.02)
        self.encoder = nn.TransformerEncoder(layer, shape.layers, enable_nested_tensor=False)
        self.final_norm, self.unembedding = nn.LayerNorm(shape.width), nn.Linear(shape.width, 2)

    def forward(self, tokens):
        mask = nn.Transformer.generate_square_subsequent_mask(tokens.shape[1]).to(self.token.weight.dtype)
        x = self.token(tokens) + self.position(torch.arange(tokens.shape[1]))
        return self.unembedding(self.final_norm(self.encoder(x, mask=mask, is_causal=True)))[:, -1]


def as_ours(values):
    """Numbers of the encoder, parameters or gradients by its names, under this book's names and in its shapes."""
    ours = {"token": values["token.weight"], "position": values["position.weight"]}
    for name in ("final_norm", "unembedding"):
        ours |= {f"{name}.{kind}": values[f"{name}.{kind}"] for kind in ("weight", "bias")}
    names = {"self_attn.out_proj": "o", "linear1": "mlp_in", "linear2": "mlp_out", "norm1": "attn_norm",
             "norm2": "mlp_norm"}
    for i in range(SHAPE.layers):
        theirs = f"encoder.layers.{i}."
        for kind in ("weight", "bias"):
            joint = values[f"{theirs}self_attn.in_proj_{kind}"].chunk(3)
            ours |= {f"layers.{i}.{part}.{kind}": value for part, value in zip("qkv", joint, strict=True)}
            ours |= {f"layers.{i}.{mine}.{kind}": values[f"{theirs}{name}.{kind}"] for name, mine in names.items()}
    return {name: (value.T if name.endswith("weight") and value.ndim == 2 and name not in ("token", "position")
                   else value)[None] for name, value in ours.items()}


def test_the_encoder_start_is_torch_s_encoder_in_logits_and_gradients():
    torch.manual_seed(0)
    theirs = Encoder(SHAPE).double()
    with torch.no_grad():
        for value in theirs.parameters():  # so that biases, norms and differences of layers count
            value += 0.1 * torch.randn_like(value)
    ours = Started(SHAPE, (0,), start="encoder").double()
    ours.load_state_dict(as_ours(dict(theirs.named_parameters())))
    logits = theirs(TOKENS)
    found = ours(TOKENS, LAYOUT)[0, :, 0]
    assert torch.allclose(found, logits, atol=1e-12)
    for answer in (logits, found):
        F.cross_entropy(answer, ANSWERS[:, 0]).backward()
    expected = as_ours({name: value.grad for name, value in theirs.named_parameters()})
    for name, value in ours.named_parameters():
        assert torch.allclose(value.grad, expected[name], atol=1e-12), name
        assert expected[name].abs().max() > 0 or name.endswith("k.bias"), name


def extent(values):
    """The largest number of each parameter and its standard deviation, which tell a uniform distribution's bound."""
    return {name: (value.abs().max().item(), value.std(correction=0).item()) for name, value in values.items()}


def test_the_encoder_start_is_distributed_as_torch_s_and_both_start_their_layers_equal():
    shape = replace(SHAPE, width=64, mlp=128, heads=4)
    torch.manual_seed(0)
    theirs = extent(as_ours(dict(Encoder(shape).named_parameters())))
    ours = Started(shape, (0, 1), start="encoder")
    found = extent({name: value[:1] for name, value in ours.named_parameters()})
    assert found.keys() == theirs.keys()
    for name, (largest, spread) in theirs.items():
        few = 2 if name == "unembedding.bias" else len(ours.get_parameter(name).flatten()) // 2
        loose = 0.15 if few < 1_000 else 0.03
        if few > 2 and name not in ("token", "position"):
            assert found[name] == (pytest.approx(largest, rel=loose), pytest.approx(spread, rel=loose)), name
    equal = {name: value for name, value in ours.named_parameters() if name.startswith("layers.0.")}
    encoder = dict(Encoder(shape).named_parameters())
    assert torch.equal(encoder["encoder.layers.0.linear1.weight"], encoder["encoder.layers.1.linear1.weight"])
    for name, value in equal.items():
        assert torch.equal(value, ours.get_parameter(name.replace("layers.0.", "layers.1.")))
    assert not torch.equal(ours.layers[0].q.weight[0], ours.layers[0].q.weight[1])


def test_independent_layers_start_unequal_and_alike_in_distribution():
    shape = replace(SHAPE, width=64, mlp=128)
    equal, unequal = (Started(shape, (0,), start=start) for start in ("encoder", "independent"))
    assert torch.equal(equal.layers[0].q.weight, unequal.layers[0].q.weight)
    assert not torch.equal(unequal.layers[0].q.weight, unequal.layers[1].q.weight)
    for part in ("q", "o", "mlp_in", "mlp_out"):
        bounds = [getattr(layer, part).weight.abs().max().item() for layer in unequal.layers]
        assert bounds[0] == pytest.approx(bounds[1], rel=0.01)


def test_the_default_start_is_that_of_torch_s_linear_maps():
    torch.manual_seed(0)
    one = nn.Linear(64, 64)
    model = Started(replace(SHAPE, width=64, heads=4), (0,), start="default")
    for part in ("q", "k", "v", "o"):
        found = getattr(model.layers[1], part)
        assert found.weight.abs().max().item() == pytest.approx(one.weight.abs().max().item(), rel=0.01)
        assert found.bias.abs().max().item() == pytest.approx(one.bias.abs().max().item(), rel=0.1)


def test_the_xavier_start_is_the_book_s_own_bit_for_bit():
    ours, book = Started(SHAPE, (4, 5), start="xavier"), Transformer(SHAPE, (4, 5))
    assert all(torch.equal(value, ours.state_dict()[name]) for name, value in book.state_dict().items())
    assert torch.equal(ours(TOKENS, LAYOUT), book(TOKENS, LAYOUT))


def test_the_xavier_start_is_torch_s_xavier_uniform_with_biases_of_zero():
    model = Started(replace(SHAPE, width=64, mlp=128), range(4), start="xavier")
    for name, value in model.named_parameters():
        if name.startswith("layers.0.mlp_in.w"):
            assert value.abs().max().item() == pytest.approx(math.sqrt(6 / (64 + 128)), rel=0.001)
        assert not name.endswith("bias") or not value.any()


@pytest.mark.parametrize("start", STARTS)
def test_a_member_of_an_ensemble_is_its_seed_alone(start):
    both, alone = (Started(SHAPE, seeds, start=start, gelu="tanh", token_scale=2.0) for seeds in ((5, 7), (7,)))
    member = both.member(1)
    assert (member.start, member.gelu, member.token_scale, member.seeds) == (start, "tanh", 2.0, (7,))
    assert torch.equal(member(TOKENS, LAYOUT), alone(TOKENS, LAYOUT))
    with pytest.raises(ValueError, match="expected a member from 0 to 1, got 2"):
        both.member(2)


def test_taps_see_the_tanh_block_as_they_see_any_other():
    model = Started(SHAPE, (0,), start="numpy", gelu="tanh")
    seen = model.read(TOKENS, LAYOUT)
    assert torch.allclose(seen.logits[:, :, 0], model(TOKENS, LAYOUT)[:, :, 0], atol=1e-6)
    assert torch.equal(seen.mlp_post, F.gelu(seen.mlp_pre, approximate="tanh"))


def test_what_there_is_not_is_refused():
    with pytest.raises(ValueError, match=r"expected a start, one of numpy, .*, got 'other'"):
        Started(SHAPE, (0,), start="other")
    with pytest.raises(ValueError, match="expected a GELU, one of exact, tanh, got 'relu'"):
        Started(SHAPE, (0,), start="numpy", gelu="relu")
