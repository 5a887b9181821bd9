"""Taps: looking changes nothing, replacing changes exactly what follows."""

import dataclasses

import pytest
import torch

from deref.model.config import ModelConfig
from deref.model.taps import LAYER_SITES, MODEL_SITES, SITE_NAMES, Site, chain, patch, read
from deref.model.transformer import Transformer
from deref.tasks.pointer import PointerTask

TASK = PointerTask(M=5)
LAYOUT = TASK.layout("trie")
CONFIG = ModelConfig(length=TASK.T, layers=2, heads=2, width=8, mlp=12, position_std=1.0, token_std=1.0)
ATTENTION_ONLY = dataclasses.replace(CONFIG, mlp=0)
SITES = [Site("embed"), *(Site(name, layer) for layer in range(2) for name in LAYER_SITES), Site("final"),
         Site("logits")]
# Reading these asks for tensors that the short way does not make: the numbers agree, the last bits need not.
DETOURS = {site for site in SITES if site.name in ("scores", "pattern", "head_out")
           or (site.layer == 1 and site.name not in ("resid_pre", "k", "v"))}


@pytest.fixture(scope="module")
def model():
    return Transformer(CONFIG, (0, 1)).double()


@pytest.fixture(scope="module")
def clean():
    return TASK.sample(3, "trie", torch.Generator().manual_seed(0))[0]


@pytest.fixture(scope="module")
def corrupted():
    return TASK.sample(3, "trie", torch.Generator().manual_seed(1))[0]


def found(model, tokens, sites=SITES):
    into = {}
    model(tokens, LAYOUT, tap=read(sites, into=into))
    return into


class TestLooking:
    @pytest.mark.parametrize("site", SITES, ids=str)
    def test_putting_a_tensor_back_changes_nothing(self, model, clean, site):
        untouched = model(clean, LAYOUT)
        looked = model(clean, LAYOUT, tap=read([site], into={}))
        same = model(clean, LAYOUT, tap=patch(site, lambda x: x))
        copy = model(clean, LAYOUT, tap=patch(site, torch.clone))
        assert torch.equal(looked, same)
        assert torch.equal(looked, copy)
        assert (looked - untouched).abs().max() < 1e-12
        if site not in DETOURS:
            assert torch.equal(looked, untouched)

    def test_putting_everything_back_changes_nothing(self, model, clean):
        looked = model(clean, LAYOUT, tap=lambda site, x: None)
        assert torch.equal(looked, model(clean, LAYOUT, tap=lambda site, x: x.clone()))
        assert torch.equal(looked, model.read(clean, LAYOUT).logits)

    def test_patching_clean_into_clean_changes_nothing(self, model, clean):
        seen = found(model, clean)
        for site, tensor in seen.items():
            patched = model(clean, LAYOUT, tap=patch(site, tensor))
            assert (patched - seen[Site("logits")]).abs().max() < 1e-12, site

    def test_a_function_is_shown_every_site_in_order(self, model, clean):
        shown = []
        model(clean, LAYOUT, tap=lambda site, x: shown.append(site))
        assert shown == SITES

    def test_shapes_are_those_that_are_documented(self, model, clean):
        sizes = {"S": 2, "B": 3, "N": LAYOUT.size, "R": 5, "V": 2, "H": 2, "K": 4, "D": 8, "U": 12}
        axes = {**LAYER_SITES, **MODEL_SITES}
        assert axes.keys() == set(SITE_NAMES)
        for site, tensor in found(model, clean).items():
            assert tensor.shape == tuple(sizes[axis] for axis in axes[site.name].split()), site

    def test_a_short_look_is_the_long_look(self, model, clean):
        everything = found(model, clean)
        for site in SITES:
            assert (found(model, clean, [site])[site] - everything[site]).nan_to_num().abs().max() < 1e-12, site


class TestMeaning:
    """What the sites hold, from what others hold."""

    @pytest.mark.parametrize("config", [CONFIG, ATTENTION_ONLY])
    def test_the_residual_stream_is_a_sum(self, config, clean):
        model = Transformer(config, (0, 1)).double()
        seen = model.read(clean, LAYOUT)
        assert torch.equal(seen.resid_pre[0], seen.embed)
        assert torch.equal(seen.resid_pre[1], seen.resid_post[0])
        assert torch.equal(seen.resid_mid, seen.resid_pre + seen.attn_out)
        if config.mlp:
            assert torch.equal(seen.resid_post, seen.resid_mid + seen.mlp_out)
        else:
            assert torch.equal(seen.resid_post, seen.resid_mid)
            assert seen.mlp_out is None
        bias = torch.stack([block.o.bias for block in model.layers])[:, :, None, None]
        assert (seen.head_out.sum(3) + bias - seen.attn_out).abs().max() < 1e-12
        assert (model.unembedding(seen.final) - seen.logits).abs().max() < 1e-12

    def test_patterns_are_weights_over_what_may_be_seen(self, model, clean):
        seen = model.read(clean, LAYOUT, ["scores", "pattern", "z", "v"])
        assert torch.equal(seen.scores == -torch.inf, ~LAYOUT.mask.expand_as(seen.scores))
        assert torch.equal(seen.pattern == 0, ~LAYOUT.mask.expand_as(seen.pattern))
        assert (seen.pattern.sum(-1) - 1).abs().max() < 1e-15
        assert torch.equal(seen.scores.softmax(-1), seen.pattern)
        assert torch.equal(seen.pattern @ seen.v, seen.z)
        assert seen.resid_pre is None and seen.embed is None

    def test_activations_carry_no_gradients_and_taps_do(self, model, clean):
        assert not model.read(clean, LAYOUT, ["z"]).z.requires_grad
        z = found(model, clean, [Site("z", 0)])[Site("z", 0)]
        assert z.requires_grad


class TestPatching:
    def test_everything_behind_the_last_block_restores_the_clean_logits(self, model, clean, corrupted):
        seen = model.read(clean, LAYOUT)
        site = Site("resid_post", 1)
        patched = model(corrupted, LAYOUT, tap=patch(site, seen.resid_post[1]))
        assert torch.equal(patched, seen.logits)
        assert not torch.isclose(model(corrupted, LAYOUT), seen.logits).all()

    @pytest.mark.parametrize("layer", [0, 1])
    @pytest.mark.parametrize("name", ["resid_pre", "resid_mid", "resid_post"])
    def test_the_whole_stream_restores_the_clean_logits_anywhere(self, model, clean, corrupted, name, layer):
        site = Site(name, layer)
        patched = model(corrupted, LAYOUT, tap=patch(site, found(model, clean, [site])[site]))
        assert (patched - model(clean, LAYOUT)).abs().max() < 1e-12

    def test_a_patch_reaches_only_the_nodes_that_see_it(self, model, clean):
        for node in range(LAYOUT.size):
            def push(x, node=node):
                there = torch.zeros(LAYOUT.size, 1, dtype=x.dtype)
                there[node, 0] = 1
                return x + there * torch.arange(8.0, dtype=x.dtype)

            seen, pushed = found(model, clean), {}
            model(clean, LAYOUT, tap=chain(patch(Site("embed"), push), read(SITES, into=pushed)))
            for layer in range(2):
                moved = (pushed[Site("resid_post", layer)] != seen[Site("resid_post", layer)]).any(-1)
                assert torch.equal(moved, LAYOUT.mask[:, node].expand_as(moved))

    def test_replacing_goes_on_from_the_replacement(self, model, clean):
        pushed = {}
        zero = patch(Site("attn_out", 0), torch.zeros_like)
        model(clean, LAYOUT, tap=chain(zero, read(SITES, into=pushed)))
        assert not pushed[Site("attn_out", 0)].any()
        assert torch.equal(pushed[Site("resid_mid", 0)], pushed[Site("resid_pre", 0)])

    def test_ablating_a_head_at_z_or_head_out_is_the_same(self, model, clean):
        def without_head_one(x):
            return x * torch.tensor([1.0, 0.0], dtype=x.dtype).view(1, 1, 2, 1, 1)

        ablated = [model(clean, LAYOUT, tap=patch(Site(name, 1), without_head_one)) for name in ("z", "head_out")]
        assert (ablated[0] - ablated[1]).abs().max() < 1e-12
        assert (ablated[0] - model(clean, LAYOUT)).abs().max() > 1e-3

    def test_an_edge_can_be_cut_in_the_scores(self, model, clean):
        def cut(scores):
            keep = torch.ones(LAYOUT.size, LAYOUT.size, dtype=torch.bool)
            keep[LAYOUT.readouts, 2] = False
            return scores.masked_fill(~keep, -torch.inf)

        seen = {}
        model(clean, LAYOUT, tap=chain(patch(Site("scores", 1), cut), read([Site("pattern", 1)], into=seen)))
        pattern = seen[Site("pattern", 1)][..., LAYOUT.readouts, :]
        assert not pattern[..., 2].any()
        assert (pattern.sum(-1) - 1).abs().max() < 1e-15

    def test_taps_work_from_any_layer(self, model, clean, corrupted):
        streams = found(model, corrupted)
        for layer in (0, 1):
            site = Site("mlp_out", 1)
            tap = patch(site, found(model, clean)[site])
            restarted = model.from_layer(layer, streams[Site("resid_pre", layer)], LAYOUT, tap)
            assert (restarted - model(corrupted, LAYOUT, tap=tap)).abs().max() < 1e-12

    def test_gradients_flow_through_a_patch(self, model, clean):
        value = torch.zeros(2, 3, LAYOUT.size, 8, dtype=torch.float64, requires_grad=True)
        model(clean, LAYOUT, tap=patch(Site("attn_out", 0), value)).sum().backward()
        assert value.grad.abs().max() > 0
        model.zero_grad()

    def test_interventions_leave_model_and_inputs_as_they_were(self, model, clean):
        before = {name: value.clone() for name, value in model.state_dict().items()}
        tokens, mask = clean.clone(), LAYOUT.mask.clone()
        logits = model(clean, LAYOUT)
        seen = model.read(clean, LAYOUT)
        kept = seen.resid_post.clone()
        for site in SITES:
            model(clean, LAYOUT, tap=patch(site, torch.zeros_like))
        for name, value in model.state_dict().items():
            assert torch.equal(value, before[name]), name
        assert torch.equal(clean, tokens) and torch.equal(LAYOUT.mask, mask)
        assert torch.equal(seen.resid_post, kept)
        assert torch.equal(model(clean, LAYOUT), logits)


class TestChain:
    def test_each_tap_sees_what_the_ones_before_it_left(self, model, clean):
        site, before, after = Site("resid_pre", 1), {}, {}
        double = patch(site, lambda x: 2 * x)
        model(clean, LAYOUT, tap=chain(read([site], into=before), double, double, read([site], into=after)))
        assert torch.equal(4 * before[site], after[site])

    def test_it_looks_where_its_taps_look(self):
        first, second = (read([site], into={}) for site in SITES[:2])
        assert chain(first, second).sites == set(SITES[:2])
        assert not hasattr(chain(first, lambda site, x: None), "sites")
        assert chain().sites == set()

    def test_a_function_in_a_chain_is_shown_every_site(self, model, clean):
        shown = []
        model(clean, LAYOUT, tap=chain(read([Site("embed")], into={}), lambda site, x: shown.append(site)))
        assert shown == SITES


@pytest.mark.usefixtures("unchecked")
class TestBadInput:
    @pytest.mark.parametrize(
        ("name", "layer", "complaint"),
        [
            ("attn", 0, "got 'attn'"),
            ("z", None, "expected the site z to have a layer of at least 0, got None"),
            ("z", -1, "got -1"),
            ("z", "0", "got '0'"),
            ("embed", 0, "expected the site embed to have no layer, got layer 0"),
        ],
    )
    def test_sites_that_no_model_has(self, name, layer, complaint):
        with pytest.raises(ValueError) as error:
            Site(name, layer)
        assert complaint in str(error.value)

    @pytest.mark.parametrize("run", ["forward", "from_layer"])
    def test_sites_that_this_model_lacks(self, clean, run):
        model = Transformer(ATTENTION_ONLY, (0, 1))
        stream = model.embed(clean, LAYOUT)
        for site, complaint in ((Site("z", 2), "got z in layers 2"), (Site("mlp_out", 1), "got mlp_out in layers 1")):
            with pytest.raises(ValueError) as error:
                if run == "forward":
                    model(clean, LAYOUT, tap=read([Site("embed"), site], into={}))
                else:
                    model.from_layer(0, stream, LAYOUT, read([Site("embed"), site], into={}))
            assert str(error.value).endswith(complaint)
            assert "resid_mid in layers 0, 1" in str(error.value)

    def test_names_that_cannot_be_read(self, model, clean):
        with pytest.raises(ValueError, match=r"expected sites among embed, resid_pre, .*, got heads, patterns"):
            model.read(clean, LAYOUT, ["patterns", "z", "heads"])
        with pytest.raises(ValueError, match="got mlp_out"):
            Transformer(ATTENTION_ONLY, (0,)).read(clean, LAYOUT, ["mlp_out"])

    def test_replacements_of_another_shape(self, model, clean):
        with pytest.raises(ValueError, match=r"resid_pre.*to return the shape \(2, 3, 15, 8\), got \(2, 3, 15, 1\)"):
            model(clean, LAYOUT, tap=patch(Site("resid_pre", 1), lambda x: x[..., :1]))
