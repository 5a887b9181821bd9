"""The model: equal to torch's own parts, to its own trie form, and, an ensemble, to its members."""

import dataclasses
import math
import subprocess
import sys

import pytest
import torch
import torch.nn.functional as F
from draws import drawn
from torch import nn

from deref.model.attention import TABLE_FROM, attention, fused_attention, trained_attention
from deref.model.config import ModelConfig
from deref.model.parts import Linear, Norm, Normed, sinusoids
from deref.model.transformer import Transformer
from deref.tasks.layout import Layout
from deref.tasks.pointer import PointerTask
from evidence.config import from_json, to_json

TASK = PointerTask(M=5)
CONFIG = ModelConfig(length=TASK.T, layers=2, heads=2, width=8, mlp=12, position_std=0.5, token_std=0.5)
VARIANTS = {
    "full": {},
    "attention only": {"mlp": 0},
    "no final norm": {"final_norm": False},
    "no norms": {"final_norm": False, "block_norm": False},
    "sinusoidal": {"positions": "sinusoidal"},
    "small heads": {"head_size": 3},
    "odd width": {"width": 7, "head_size": 2, "positions": "sinusoidal"},
    "one layer": {"layers": 1},
}
TIGHT = {torch.float64: 1e-10, torch.float32: 1e-5}


def variant(name: str) -> ModelConfig:
    return dataclasses.replace(CONFIG, **VARIANTS[name])


def lively(model: Transformer) -> Transformer:
    """Give biases and LayerNorms, which start at 0 and 1, values that make a difference; float64."""
    generator = drawn(9)
    with torch.no_grad():
        for parameter in model.double().parameters():
            parameter += 0.2 * torch.randn(parameter.shape, generator=generator, dtype=parameter.dtype)
    return model


def gradients(model: Transformer) -> dict[str, torch.Tensor]:
    found = {name: parameter.grad.clone() for name, parameter in model.named_parameters()}
    model.zero_grad()
    return found


@pytest.mark.parametrize("rows", [slice(None), slice(2, 5), torch.tensor([0, 4])])
def test_a_map_that_takes_in_a_layernorm_gives_the_same_values_and_gradients(rows):
    norm, one = Norm(3, 8).double(), Linear(3, 8, 5).double()
    for i, parameter in enumerate([*norm.parameters(), *one.parameters()]):
        parameter.data.copy_(torch.randn(parameter.shape, generator=drawn(i), dtype=torch.float64))
    x = torch.randn(3, 2, 6, 8, generator=drawn(9), dtype=torch.float64, requires_grad=True)
    wanted = [x, *norm.parameters(), *one.parameters()]
    ways = [Normed(norm, x).through(one, rows), one(norm(x)[:, :, rows])]
    (ours, *gradients), (theirs, *expected) = [
        (y, *torch.autograd.grad((y * torch.randn(y.shape, generator=drawn(8), dtype=y.dtype)).sum(), wanted))
        for y in ways]
    for found, right in zip([ours, *gradients], [theirs, *expected], strict=True):
        torch.testing.assert_close(found, right, rtol=1e-12, atol=1e-12)


def test_modules_in_place_of_a_layernorm_or_of_a_map_are_called():
    x = torch.randn(2, 3, 4, 8, generator=drawn(0))
    norm, one = Norm(2, 8), Linear(2, 8, 5)
    norm.weight.data.fill_(2)
    assert torch.equal(Normed(nn.Identity(), x).through(one), one(x))
    assert torch.equal(Normed(norm, x).through(nn.Identity()), norm(x))


class TestAttention:
    shape = (2, 3, 2, 7, 8)
    mask = torch.ones(7, 7, dtype=torch.bool).tril()

    def inputs(self, dtype: torch.dtype) -> list[torch.Tensor]:
        return [torch.randn(self.shape, generator=drawn(i), dtype=dtype).requires_grad_() for i in range(3)]

    @pytest.mark.parametrize(("dtype", "tolerance"), [(torch.float64, 1e-12), (torch.float32, 1e-5)])
    def test_equals_torch_in_values_and_gradients(self, dtype, tolerance):
        weights = torch.randn(self.shape, generator=drawn(3), dtype=dtype)
        results = []
        for way in (
            lambda q, k, v: attention(q, k, v, self.mask)[0],
            lambda q, k, v: fused_attention(q, k, v, self.mask),
            lambda q, k, v: trained_attention(q, k, v, self.mask),
            lambda q, k, v: F.scaled_dot_product_attention(q, k, v, attn_mask=self.mask),
        ):
            inputs = self.inputs(dtype)
            z = way(*inputs)
            results.append((z, *torch.autograd.grad((z * weights).sum(), inputs)))
        for other in results[1:]:
            for ours, theirs in zip(results[0], other, strict=True):
                assert (ours - theirs).abs().max() < tolerance

    def test_training_keeps_a_table_where_one_is_fast(self, monkeypatch):
        q, k, v = self.inputs(torch.float32)
        assert "_Table" in type(trained_attention(q, k, v, self.mask).grad_fn.next_functions[0][0]).__name__
        narrow = [x[..., : TABLE_FROM - 1] for x in (q, k, v)]
        monkeypatch.setattr("deref.model.attention.TABLE_TO", q.shape[:-1].numel() * k.shape[-2] - 1)
        for inputs in (narrow, (q, k, v)):
            assert torch.equal(trained_attention(*inputs, self.mask), fused_attention(*inputs, self.mask))

    def test_pattern_weighs_only_what_may_be_seen(self):
        _, pattern = attention(*self.inputs(torch.float64), self.mask)
        assert torch.equal(pattern > 0, self.mask.expand_as(pattern))
        assert (pattern.sum(-1) - 1).abs().max() < 1e-15

    def test_a_sharp_query_fetches_the_value_of_the_key_it_matches(self):
        keys, values = torch.eye(4), torch.tensor([[3.0, 1.0], [4.0, 1.0], [5.0, 9.0], [2.0, 6.0]])
        query, everything = torch.tensor([[0.0, 0.0, 1.0, 0.0]]), torch.ones(1, 4, dtype=torch.bool)
        z, pattern = attention(1000 * query, keys, values, everything)
        assert torch.equal(pattern, query)
        assert z.tolist() == [[5.0, 9.0]]
        z, pattern = attention(0 * query, keys, values, everything)
        assert pattern.tolist() == [[0.25] * 4]
        assert z.tolist() == [[3.5, 4.25]]

    def test_see_can_replace_scores_and_pattern(self):
        q, k, v = (x[0, 0, 0].detach() for x in self.inputs(torch.float64))
        first = torch.zeros(7, 7, dtype=torch.float64)
        first[:, 0] = 1
        z, pattern = attention(q, k, v, self.mask, lambda name, x: first if name == "pattern" else x)
        assert torch.equal(pattern, first)
        assert torch.equal(z, v[:1].expand(7, -1))
        blind = attention(q, k, v, self.mask, lambda name, x: first * 1e9 if name == "scores" else x)[0]
        assert torch.equal(blind, z)


def test_a_block_stack_equals_torchs_encoder():
    config = dataclasses.replace(CONFIG, final_norm=False)
    model = lively(Transformer(config, (0, 1)))
    tokens, _ = TASK.sample(4, "flat", drawn(0))
    layout = TASK.layout("flat")
    resid = model.read(tokens, layout, ["embed", "resid_post"])
    for seed in range(2):
        one = {name: value[seed] for name, value in model.state_dict().items()}
        x = resid.embed[seed]
        for layer in range(config.layers):
            theirs = nn.TransformerEncoderLayer(config.width, config.heads, config.mlp, dropout=0, activation="gelu",
                                                norm_first=True, batch_first=True, dtype=torch.float64)
            part = {name.removeprefix(f"layers.{layer}."): value for name, value in one.items()
                    if name.startswith(f"layers.{layer}.")}
            theirs.load_state_dict({
                "self_attn.in_proj_weight": torch.cat([part[f"{n}.weight"].T for n in "qkv"]),
                "self_attn.in_proj_bias": torch.cat([part[f"{n}.bias"] for n in "qkv"]),
                "self_attn.out_proj.weight": part["o.weight"].T, "self_attn.out_proj.bias": part["o.bias"],
                "linear1.weight": part["mlp_in.weight"].T, "linear1.bias": part["mlp_in.bias"],
                "linear2.weight": part["mlp_out.weight"].T, "linear2.bias": part["mlp_out.bias"],
                "norm1.weight": part["attn_norm.weight"], "norm1.bias": part["attn_norm.bias"],
                "norm2.weight": part["mlp_norm.weight"], "norm2.bias": part["mlp_norm.bias"],
            })
            x = theirs(x, src_mask=~layout.mask)
        assert (x - resid.resid_post[-1, seed]).abs().max() < 1e-12


class TestTrie:
    @pytest.mark.parametrize("dtype", TIGHT)
    @pytest.mark.parametrize("M", [2, 3, 5, 8, 13])
    @pytest.mark.parametrize("name", ["full", "attention only", "sinusoidal"])
    def test_equals_the_flat_form_in_values_and_gradients(self, name, M, dtype):
        task = PointerTask(M=M)
        model = lively(Transformer(dataclasses.replace(variant(name), length=task.T), (0, 1))).to(dtype)
        memory = task.sample_memory(4, drawn(M))
        flat = task.tokens(memory.repeat_interleave(M, 0), torch.arange(M).repeat(4))
        runs = []
        for tokens, form in ((task.trie_tokens(memory), "trie"), (flat, "flat")):
            logits = model(tokens, task.layout(form)).view(2, 4, M, 2)
            F.cross_entropy(logits.flatten(0, 2), memory.expand(2, -1, -1).flatten()).backward()
            runs.append((logits.detach(), gradients(model)))
        (trie_logits, trie_gradients), (flat_logits, flat_gradients) = runs
        assert (trie_logits - flat_logits).abs().max() < TIGHT[dtype]
        for parameter, gradient in trie_gradients.items():
            assert (gradient - flat_gradients[parameter]).abs().max() < TIGHT[dtype], parameter


class TestReadouts:
    """Skipping what no readout needs is an optimisation: the numbers are those of the whole computation."""

    @pytest.mark.parametrize("name", VARIANTS)
    @pytest.mark.parametrize("form", ["trie", "flat"])
    def test_short_last_layer_equals_the_whole_one(self, name, form):
        model, layout = lively(Transformer(variant(name), (0, 1))), TASK.layout(form)
        tokens, _ = TASK.sample(3, form, drawn(0))
        seen = model.read(tokens, layout)
        assert seen.resid_post.shape[3] == layout.size
        assert (model(tokens, layout) - seen.logits).abs().max() < 1e-12
        assert (model.unembed(seen.resid_post[-1])[:, :, layout.rows] - seen.logits).abs().max() < 1e-12

    def test_readouts_need_not_be_together(self):
        model, whole = lively(Transformer(CONFIG, (0,))), TASK.layout("trie")
        apart = torch.tensor([1, 2, 6, whole.size - 1])
        layout = Layout(positions=whole.positions, mask=whole.mask, readouts=apart)
        tokens, _ = TASK.sample(3, "trie", drawn(0))
        assert (model(tokens, layout) - model.read(tokens, layout).logits).abs().max() < 1e-12
        every = Layout(positions=whole.positions, mask=whole.mask, readouts=torch.arange(whole.size))
        assert (model(tokens, layout) - model(tokens, every)[:, :, apart]).abs().max() < 1e-12

    @pytest.mark.parametrize("name", ["full", "no norms", "one layer"])
    def test_any_layer_can_be_the_first(self, name):
        model, layout = lively(Transformer(variant(name), (0, 1))), TASK.layout("trie")
        tokens, _ = TASK.sample(3, "trie", drawn(0))
        seen, layers = model.read(tokens, layout), model.config.layers
        for layer in range(layers):
            assert (model.from_layer(layer, seen.resid_pre[layer], layout) - seen.logits).abs().max() < 1e-12
        assert torch.equal(model.from_layer(layers, seen.resid_post[-1], layout), seen.logits)


class TestEnsemble:
    seeds = (3, 14, 15)

    @pytest.mark.parametrize("name", VARIANTS)
    def test_member_starts_as_its_seed_alone_would(self, name):
        together = Transformer(variant(name), self.seeds)
        for i, seed in enumerate(self.seeds):
            alone, member = Transformer(variant(name), (seed,)), together.member(i)
            assert member.seeds == alone.seeds == (seed,)
            assert member.state_dict().keys() == alone.state_dict().keys()
            for parameter, value in alone.state_dict().items():
                assert torch.equal(value, member.state_dict()[parameter]), parameter

    def test_seeds_differ_and_drawing_leaves_torchs_generator_alone(self):
        before = torch.get_rng_state()
        model = Transformer(CONFIG, (0, 1))
        assert torch.equal(torch.get_rng_state(), before)
        for name, parameter in model.named_parameters():
            if name.endswith("bias") or "norm" in name:
                assert torch.equal(parameter[0], parameter[1])
            else:
                assert not torch.isclose(parameter[0], parameter[1]).any(), name

    @pytest.mark.parametrize("name", ["full", "attention only", "no norms", "sinusoidal"])
    def test_forward_and_gradients_equal_the_members(self, name):
        model, layout = lively(Transformer(variant(name), self.seeds)), TASK.layout("trie")
        drawings = [TASK.sample(4, "trie", drawn(seed)) for seed in self.seeds]
        tokens, targets = (torch.stack(part) for part in zip(*drawings, strict=True))
        logits = model(tokens, layout)
        F.cross_entropy(logits.flatten(0, 2), targets.flatten(), reduction="sum").backward()
        together = gradients(model)
        for i in range(3):
            member = model.member(i)
            alone = member(tokens[i], layout)
            assert (alone[0] - logits[i]).abs().max() < 1e-12
            F.cross_entropy(alone[0].flatten(0, 1), targets[i].flatten(), reduction="sum").backward()
            for parameter, gradient in gradients(member).items():
                assert (gradient[0] - together[parameter][i]).abs().max() < 1e-12, parameter

    def test_seeds_share_nothing(self):
        model = Transformer(CONFIG, self.seeds)
        tokens, _ = TASK.sample(4, "trie", drawn(0))
        model(tokens, TASK.layout("trie"))[1].square().sum().backward()
        for name, gradient in gradients(model).items():
            assert not gradient[0].any() and not gradient[2].any(), name
        assert model.token.grad is None

    def test_tokens_without_a_seed_axis_are_everybodys(self):
        model, layout = Transformer(CONFIG, self.seeds), TASK.layout("flat")
        tokens, _ = TASK.sample(4, "flat", drawn(0))
        assert torch.equal(model(tokens, layout), model(tokens.expand(3, -1, -1), layout))

    def test_a_member_is_a_copy(self):
        model = Transformer(CONFIG, self.seeds)
        with torch.no_grad():
            model.member(1).token.zero_()
        assert model.token[1].all()


class TestStart:
    def test_matrices_are_xavier_uniform_and_biases_zero(self):
        model = Transformer(ModelConfig(length=64, layers=1, heads=4, width=64, mlp=256, position_std=1.0), (0,))
        for name, parameter in model.layers.named_parameters():
            if name.endswith("bias"):
                assert not parameter.any()
            elif "norm" in name:
                assert (parameter == 1).all()
            else:
                bound = math.sqrt(6 / sum(parameter.shape[1:]))
                assert 0.99 * bound < parameter.abs().max() <= bound
                assert abs(parameter.std().item() / (bound / math.sqrt(3)) - 1) < 0.03
        assert abs(model.position.std().item() - 1) < 0.05
        assert abs(model.token.std().item() / 0.02 - 1) < 0.2

    def test_sinusoids(self):
        for width, rates in ((4, (1.0, 0.01)), (3, (1.0, 10_000 ** (-2 / 3)))):
            waves = [[f(place * rate) for rate in rates for f in (math.sin, math.cos)][:width] for place in range(5)]
            assert (sinusoids(5, width) - torch.tensor(waves)).abs().max() < 1e-7

    def test_the_embedding_is_token_plus_position(self):
        model, layout = Transformer(CONFIG, (0, 1)), TASK.layout("trie")
        tokens, _ = TASK.sample(2, "trie", drawn(0))
        embedded = model.embed(tokens, layout)
        for seed in range(2):
            expected = model.token[seed][tokens] + model.position[seed][layout.positions]
            assert torch.equal(embedded[seed], expected)


class TestState:
    def test_names_and_shapes(self):
        shapes = {name: tuple(value.shape) for name, value in Transformer(CONFIG, (0, 1, 2)).state_dict().items()}
        block = {"attn_norm.weight": (3, 8), "attn_norm.bias": (3, 8), "mlp_norm.weight": (3, 8),
                 "mlp_norm.bias": (3, 8), "mlp_in.weight": (3, 8, 12), "mlp_in.bias": (3, 12),
                 "mlp_out.weight": (3, 12, 8), "mlp_out.bias": (3, 8)}
        block |= {f"{name}.weight": (3, 8, 8) for name in "qkvo"} | {f"{name}.bias": (3, 8) for name in "qkvo"}
        expected = {"token": (3, 2, 8), "position": (3, 8, 8), "unembedding.weight": (3, 8, 2),
                    "unembedding.bias": (3, 2), "final_norm.weight": (3, 8), "final_norm.bias": (3, 8)}
        expected |= {f"layers.{i}.{name}": shape for i in range(2) for name, shape in block.items()}
        assert shapes == expected

    @pytest.mark.parametrize("name", VARIANTS)
    def test_round_trip(self, name):
        model = lively(Transformer(variant(name), (5, 6)))
        again = Transformer.from_state(from_json(to_json(variant(name))), (5, 6), model.state_dict())
        tokens, _ = TASK.sample(2, "flat", drawn(0))
        assert again.token.dtype == torch.float64
        assert torch.equal(again(tokens, TASK.layout("flat")), model(tokens, TASK.layout("flat")))

    def test_foreign_states_are_told_apart(self):
        state = Transformer(CONFIG, (0,)).state_dict()
        with pytest.raises(ValueError, match=r"token: expected \(2, 2, 8\), got \(1, 2, 8\)"):
            Transformer.from_state(CONFIG, (0, 1), state)
        del state["layers.1.q.bias"]
        state["extra"] = torch.zeros(1)
        with pytest.raises(ValueError) as error:
            Transformer.from_state(CONFIG, (0,), state)
        assert str(error.value) == ("expected the parameters of this model; extra: expected nothing, got (1,); "
                                    "layers.1.q.bias: expected (1, 8), got nothing")


@pytest.mark.slow
def test_the_forward_pass_can_be_compiled_whole():
    """Traced without a break, in a process whose annotations are not checked: the compiler cannot trace the checks.

    Run by torch's own interpreter, since not everybody has a C++ compiler.
    """
    program = """
import torch
from deref.model.config import ModelConfig
from deref.model.transformer import Transformer
from deref.tasks.pointer import PointerTask

task = PointerTask(M=5)
model = Transformer(ModelConfig(length=task.T, layers=2, heads=2, width=8, mlp=12), (0, 1))
tokens, _ = task.sample(2, "trie", torch.Generator().manual_seed(0))
compiled = torch.compile(model, backend="eager", fullgraph=True, dynamic=False)
assert torch.equal(compiled(tokens, task.layout("trie")), model(tokens, task.layout("trie")))
"""
    subprocess.run([sys.executable, "-c", program], check=True, timeout=300)


@pytest.mark.usefixtures("unchecked")
class TestBadInput:
    @pytest.mark.parametrize(
        ("changed", "complaint"),
        [
            ({"heads": 3}, "got heads=3 and width=8"),
            ({"heads": 0}, "heads to be an integer of at least 1, got 0"),
            ({"layers": 0}, "layers to be an integer of at least 1, got 0"),
            ({"width": 2.0}, "width to be an integer of at least 1, got 2.0"),
            ({"head_size": 0}, "head_size to be an integer of at least 1, got 0"),
            ({"mlp": -1}, "mlp to be an integer of at least 0, got -1"),
            ({"length": True}, "length to be an integer of at least 1, got True"),
            ({"vocab": None}, "vocab to be an integer of at least 1, got None"),
            ({"positions": "rotary"}, "one of learned, sinusoidal, got 'rotary'"),
            ({"position_std": -0.1}, "position_std to be a finite number of at least 0, got -0.1"),
            ({"token_std": math.nan}, "token_std to be a finite number of at least 0, got nan"),
            ({"token_std": "big"}, "token_std to be a finite number of at least 0, got 'big'"),
        ],
    )
    def test_impossible_configs(self, changed, complaint):
        with pytest.raises(ValueError) as error:
            dataclasses.replace(CONFIG, **changed)
        assert complaint in str(error.value)

    def test_heads_need_not_divide_the_width_when_their_size_is_given(self):
        assert dataclasses.replace(CONFIG, heads=3, head_size=5).K == 5
        assert CONFIG.K == 4

    def test_no_seeds(self):
        with pytest.raises(ValueError, match="at least one seed, got none"):
            Transformer(CONFIG, ())

    def test_members_that_do_not_exist(self):
        for i in (-1, 2):
            with pytest.raises(ValueError, match=f"member from 0 to 1, got {i}"):
                Transformer(CONFIG, (0, 1)).member(i)

    @pytest.mark.parametrize("shape", [(2, 7), (3, 2, 8), (2, 9), (8,)])
    def test_tokens_that_fit_neither_layout_nor_seeds(self, shape):
        with pytest.raises(ValueError, match=r"2 seeds \(or none\) and 8 nodes, got the shape"):
            Transformer(CONFIG, (0, 1))(torch.zeros(shape, dtype=torch.long), TASK.layout("flat"))

    @pytest.mark.parametrize("token", [2, -1])
    def test_tokens_outside_the_vocabulary(self, token):
        tokens = torch.zeros(2, 8, dtype=torch.long)
        tokens[1, 3] = token
        with pytest.raises(ValueError, match=f"tokens from 0 to 1, got {token}"):
            Transformer(CONFIG, (0, 1))(tokens, TASK.layout("flat"))

    @pytest.mark.parametrize("positions", ["learned", "sinusoidal"])
    def test_layouts_longer_than_the_model(self, positions):
        model = Transformer(dataclasses.replace(CONFIG, length=7, positions=positions), (0,))
        with pytest.raises(ValueError, match="at most 7 positions, got 8"):
            model(torch.zeros(1, 8, dtype=torch.long), TASK.layout("flat"))

    def test_streams_that_do_not_fit(self):
        model, layout = Transformer(CONFIG, (0, 1)), TASK.layout("flat")
        for layer in (-1, 3):
            with pytest.raises(ValueError, match=f"layer from 0 to 2, got {layer}"):
                model.from_layer(layer, torch.zeros(2, 1, 8, 8), layout)
        for shape in ((1, 1, 8, 8), (2, 1, 7, 8), (2, 1, 8, 9), (2, 8, 8)):
            with pytest.raises(ValueError, match="2 seeds, 8 nodes and width 8, got the shape"):
                model.from_layer(1, torch.zeros(shape), layout)
