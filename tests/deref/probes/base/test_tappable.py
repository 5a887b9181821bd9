"""The probes on a model of another family: rotated positions, shared keys and values, a gated MLP, RMSNorm."""

import pytest
import torch

from deref.lm.gguf_file import Contents, Shape
from deref.lm.model import LanguageModel, causal_layout
from deref.model.taps import Site, patch
from deref.probes.base.pairs import Pairs
from deref.probes.base.patching import patch_at
from deref.probes.base.tappable import Head, Tappable, heads_of, layers_of
from deref.probes.interventions.ablation import ablate
from deref.probes.interventions.ablation_targets import Edge
from deref.probes.interventions.activation_patches import patch_heads, patch_stream
from deref.probes.interventions.erasure import erase
from deref.probes.interventions.path_patching import components, path_patch

SHAPE = Shape(layers=3, width=12, heads=6, kv_heads=2, mlp=16, vocab=20, theta=100.0, epsilon=1e-5)


@pytest.fixture(scope="module")
def model():
    """A language model of random weights."""
    generator = torch.Generator().manual_seed(0)

    def draw(*size):
        return torch.randn(*size, generator=generator, dtype=torch.float64) * 0.6

    width, inner, mlp = SHAPE.width, SHAPE.heads * SHAPE.size, SHAPE.mlp
    shared = SHAPE.kv_heads * SHAPE.size
    blocks = tuple({"q": draw(inner, width), "k": draw(shared, width), "v": draw(shared, width),
                    "o": draw(width, inner),
                    "gate": draw(mlp, width), "up": draw(mlp, width), "down": draw(width, mlp),
                    "attn_gain": 1 + draw(width), "mlp_gain": 1 + draw(width)} for _ in range(SHAPE.layers))
    return LanguageModel(Contents(shape=SHAPE, embedding=draw(SHAPE.vocab, width) * 3, final_gain=1 + draw(width),
                                  blocks=blocks, tokens=tuple("abcdefghijklmnopqrst"), merges=()))


@pytest.fixture(scope="module")
def pairs():
    """Random texts, the corrupted ones with another token in two places, read at the end."""
    clean = torch.randint(0, 20, (6, 7), generator=torch.Generator().manual_seed(1))
    corrupted = clean.clone()
    corrupted[:, [2, 6]] = (corrupted[:, [2, 6]] + 5) % 20
    answers = torch.arange(6)
    return Pairs(layout=causal_layout(7, [6]), clean=clean, corrupted=corrupted, answers=answers, others=answers + 7)


def recovery(model, pairs, tap):
    """Of the corrupted run under a tap, in so many words."""
    clean, corrupted, patched = (pairs.margin(model(tokens, pairs.layout, tap=some)) for tokens, some in
                                 ((pairs.clean, None), (pairs.corrupted, None), (pairs.corrupted, tap)))
    return (patched - corrupted) / (clean - corrupted)


def seen(model, tokens, layout):
    found = {}
    model(tokens, layout, tap=lambda site, x: found.update({site: x}))
    return found


def test_it_is_tappable(model, pairs):
    assert isinstance(model, Tappable)
    assert (layers_of(model), heads_of(model, pairs.clean[:1], pairs.layout)) == (3, 6)
    assert len(components(model, 6)) == 1 + 3 * (6 + 1)


def test_streams_add_up_as_probes_rely_on(model, pairs):
    found = seen(model, pairs.clean, pairs.layout)
    for i in range(3):
        assert found[Site("k", i)].shape == found[Site("q", i)].shape == found[Site("z", i)].shape
        added = found[Site("head_out", i)].sum(2)
        assert torch.allclose(added, found[Site("attn_out", i)], atol=1e-12)
        assert torch.allclose(found[Site("resid_pre", i)] + added, found[Site("resid_mid", i)], atol=1e-12)
        total = found[Site("resid_mid", i)] + found[Site("mlp_out", i)]
        assert torch.allclose(total, found[Site("resid_post", i)], atol=1e-12)


def test_heads_and_streams_are_patched(model, pairs):
    clean = seen(model, pairs.clean, pairs.layout)
    for site in ("z", "v", "pattern"):
        found = patch_heads(model, pairs, site=site, threshold=0.0)
        where = Site(site, 1)
        expected = recovery(model, pairs, patch_at(where, clean[where], heads=[4]))
        assert torch.allclose(found.recovery[:, :, 1, 4][found.kept], expected[found.kept], atol=1e-9)
        assert found.recovery[found.kept].abs().max() > 0.01
    found = patch_stream(model, pairs, threshold=0.0)
    where = Site("resid_pre", 2)
    expected = recovery(model, pairs, patch_at(where, clean[where], nodes=[3]))
    assert torch.allclose(found.recovery[:, :, 2, 3][found.kept], expected[found.kept], atol=1e-9)
    assert torch.allclose(found.recovery[:, :, 3, 6][found.kept], torch.tensor(1.0).double())


def test_paths_of_the_last_heads_are_their_patches(model, pairs):
    last = [Head(2, head) for head in range(6)]
    paths = path_patch(model, pairs, senders=last, through_mlps=True, threshold=0.0)
    heads = patch_heads(model, pairs, threshold=0.0).recovery[:, :, 2]
    assert torch.allclose(paths.recovery, heads, atol=1e-9, equal_nan=True)


def test_a_path_into_one_of_the_heads_that_share_keys_leaves_the_others_alone(model, pairs):
    clean, base = (seen(model, tokens, pairs.layout) for tokens in (pairs.clean, pairs.corrupted))
    out, sender, receiver = Site("head_out", 0), Head(0, 5), Head(1, 2)
    change = (clean[out] - base[out])[:, :, sender.head]
    heard = {}
    model.from_layer(1, base[Site("resid_pre", 1)] + change, pairs.layout, lambda site, x: heard.update({site: x}))
    expected = recovery(model, pairs, patch_at(Site("k", 1), heard[Site("k", 1)], heads=[receiver.head]))
    found = path_patch(model, pairs, into="k", receivers=[receiver], senders=[sender], threshold=0.0)
    assert torch.allclose(found.recovery[..., 0][found.kept], expected[found.kept], atol=1e-9)
    assert expected.abs().max() > 1e-4


def test_heads_and_edges_are_ablated(model, pairs):
    targets = pairs.answers[:, None]
    found = ablate(model, pairs.clean, pairs.layout, targets, [[Head(1, 3)], []], pool="nodes", nodes=range(1, 7))
    z = Site("z", 1)
    mean = seen(model, pairs.clean, pairs.layout)[z][:, :, :, 1:].mean((1, 3), keepdim=True)
    tap = patch(z, lambda x: patch_at(z, mean.expand_as(x), heads=[3], nodes=range(1, 7))(z, x))
    loss = torch.nn.functional.cross_entropy(model(pairs.clean, pairs.layout, tap=tap)[0, :, 0], pairs.answers,
                                             reduction="none")
    assert torch.allclose(found.loss[0, 0, :, 0], loss, atol=1e-9)
    assert torch.equal(found.loss[1], found.loss_before) and not torch.allclose(found.loss[0], found.loss_before)
    found = ablate(model, pairs.clean, pairs.layout, targets, [[Edge(6, 2)], [Edge(2, 6)]], kind="zero")
    assert not torch.allclose(found.loss[0], found.loss_before)
    assert torch.allclose(found.loss[1], found.loss_before, atol=1e-9)  # what comes later is not seen anyway


def test_a_label_is_erased(model, pairs):
    site = Site("resid_post", 0)
    held = seen(model, pairs.clean, pairs.layout)[site]
    eraser = erase(held[:, :, 6], torch.tensor([0, 1, 0, 1, 1, 0]))
    after = model(pairs.clean, pairs.layout, tap=eraser.tap(site, [6]))
    assert not torch.allclose(after, model(pairs.clean, pairs.layout))
