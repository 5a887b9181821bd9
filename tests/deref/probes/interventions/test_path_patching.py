"""Path patching: the paths of the hand-built pointer, sums where everything is linear, and a plain frozen run."""

import dataclasses

import pytest
import torch
from random_models import SHAPES, memories, random_model

from deref.constructions.pointer import pointer
from deref.model.taps import Site, chain, patch
from deref.probes.base.pairs import Pairs, pointer_pairs
from deref.probes.base.patching import patch_at
from deref.probes.base.recovery import DIRECTIONS
from deref.probes.base.tappable import Head
from deref.probes.interventions.activation_patches import patch_heads
from deref.probes.interventions.path_patching import components, path_patch
from deref.probes.interventions.path_runs import EMBEDDING
from deref.tasks.pointer import PointerTask


def subject(shape="three layers"):
    """Pairs that differ in a cell and in the last token, so that the readout's own embedding has something to tell."""
    task = PointerTask(M=5)
    same = pointer_pairs(task, memories(task, 1))
    corrupted = torch.cat([same.corrupted[:, :-1], 1 - same.corrupted[:, -1:]], dim=1)
    return random_model(task, **SHAPES[shape]), dataclasses.replace(same, corrupted=corrupted)


def test_the_pointers_bit_goes_from_the_embedding_to_the_fetching_heads_values_to_the_logits():
    model, task = pointer(4)
    pairs = pointer_pairs(task, memories(task, 5))
    fetch = [Head(1, 0)]
    to_logits = path_patch(model, pairs)
    assert to_logits.names == ("embedding", "L0H0", "L0H1", "L1H0", "L1H1")
    assert torch.allclose(to_logits.mean(), torch.tensor([[0.0, 0.0, 0.0, 1.0, 0.0]]), atol=1e-5)
    for letter, moved in {"v": 1.0, "k": 0.0, "q": 0.0}.items():
        found = path_patch(model, pairs, into=letter, receivers=fetch)
        assert found.names == ("embedding", "L0H0", "L0H1")
        assert torch.allclose(found.mean(), torch.tensor([[moved, 0.0, 0.0]]), atol=1e-5)


@pytest.mark.parametrize("direction", DIRECTIONS)
def test_a_gathering_head_tells_the_fetching_heads_query(direction):
    model, task = pointer(4)
    clean, named = torch.tensor([[0, 1, 1, 0]] * 4), torch.tensor([2, 3, 0, 1])
    pairs = Pairs(layout=task.layout("flat"), clean=task.tokens(clean, torch.arange(4)),
                  corrupted=task.tokens(clean, named), answers=clean[0], others=clean[0, named])
    found = path_patch(model, pairs, into="q", receivers=[Head(1, 0)], direction=direction)
    assert torch.allclose(found.mean(), torch.tensor([[0.0, 1.0, 0.0]]), atol=1e-5)
    elsewhere = path_patch(model, pairs, into="q", receivers=[Head(1, 1)], direction=direction)
    assert (elsewhere.mean().abs() < 1e-5).all()
    last = path_patch(model, pairs, into="q", receivers=[Head(1, 0)], direction=direction, into_nodes=[task.T - 1])
    before = path_patch(model, pairs, into="q", receivers=[Head(1, 0)], direction=direction, nodes=[task.T - 2])
    assert torch.allclose(last.mean(), found.mean(), atol=1e-5)
    assert (before.mean().abs() < 1e-5).all()


@pytest.mark.parametrize("direction", DIRECTIONS)
def test_paths_into_linear_logits_add_up_to_the_whole_answer(direction):
    model, pairs = subject("attention only, bare")
    found = path_patch(model, pairs, direction=direction, threshold=0.0)
    assert len(found.senders) == 1 + 3 * 2
    total = found.recovery.sum(-1)[found.kept]
    assert torch.allclose(total, torch.ones_like(total), atol=1e-9)
    assert found.recovery[found.kept].abs().gt(1e-6).any(0).all()
    sublayers = [EMBEDDING, *(Site("attn_out", layer) for layer in range(3))]
    coarse = path_patch(model, pairs, senders=sublayers, direction=direction, threshold=0.0).recovery
    heads = found.recovery[..., 1:].unflatten(-1, (3, 2)).sum(-1)
    assert torch.allclose(coarse[..., 1:], heads, atol=1e-9, equal_nan=True)


def plain(model, pairs, sender, *, letter=None, receiver=None, through_mlps=False):
    """Path patching in so many words: freeze everything, patch the sender, note what the receiver hears; use it."""
    layout, layers = pairs.layout, model.config.layers
    base, source = model.read(pairs.corrupted, layout), model.read(pairs.clean, layout)
    frozen = [patch(Site("z", i), base.z[i]) for i in range(layers)]
    if not through_mlps:
        frozen += [patch(Site("mlp_out", i), base.mlp_out[i]) for i in range(layers)]
    if sender == EMBEDDING:
        frozen.append(patch(sender, source.resid_pre[0]))
    elif isinstance(sender, Head):
        frozen.append(patch_at(Site("z", sender.layer), source.z[sender.layer], heads=[sender.head]))
    else:
        frozen.append(patch(sender, getattr(source, sender.name)[sender.layer]))
    if letter is None:
        patched = model(pairs.corrupted, layout, tap=chain(*frozen))
    else:
        heard, site = {}, Site(letter, receiver.layer)
        model(pairs.corrupted, layout, tap=chain(*frozen, lambda at, x: heard.update({at: x})))
        patched = model(pairs.corrupted, layout, tap=patch_at(site, heard[site], heads=[receiver.head]))
    before = pairs.margin(base.logits)
    return (pairs.margin(patched) - before) / (pairs.margin(source.logits) - before)


SENDERS = [EMBEDDING, Head(0, 1), Head(1, 0), Site("mlp_out", 0), Site("mlp_out", 1)]


@pytest.mark.parametrize("through_mlps", [False, True])
def test_equals_the_plain_frozen_run(through_mlps):
    model, pairs = subject()
    with torch.no_grad():
        for letter, receiver in [(None, None), ("q", Head(2, 1)), ("v", Head(2, 0))]:
            some = {} if letter is None else {"into": letter, "receivers": [receiver]}
            found = path_patch(model, pairs, senders=SENDERS, through_mlps=through_mlps, threshold=0.0, batch=3, **some)
            for i, sender in enumerate(SENDERS):
                expected = plain(model, pairs, sender, letter=letter, receiver=receiver, through_mlps=through_mlps)
                assert torch.allclose(found.recovery[..., i][found.kept], expected[found.kept], atol=1e-9)
                assert found.recovery[..., i][found.kept].abs().max() > 1e-6
            assert found.recovery[~found.kept].isnan().all()


def test_mlps_on_the_way_make_a_difference():
    model, pairs = subject()
    direct, through = (path_patch(model, pairs, senders=[Head(0, 0)], through_mlps=way, threshold=0.0).recovery
                       for way in (False, True))
    assert (direct - through).nan_to_num().abs().max() > 1e-3


def test_what_comes_after_its_receiver_has_no_path_to_it():
    model, pairs = subject()
    found = path_patch(model, pairs, into="q", receivers=[Head(1, 0)], threshold=0.0,
                       senders=[Head(1, 0), Head(1, 1), Head(2, 0), Site("mlp_out", 1), Head(0, 0)])
    assert (found.recovery[found.kept][:, :4] == 0).all()
    assert (found.recovery[found.kept][:, 4] != 0).any()


def test_all_paths_of_a_last_head_are_its_patch():
    """A head of the last layer reaches the logits directly and no other way, but for its own block's MLP."""
    model, pairs = subject("attention only, bare")
    whole = patch_heads(model, pairs, threshold=0.0).recovery[..., 2, :]
    paths = path_patch(model, pairs, senders=[Head(2, 0), Head(2, 1)], threshold=0.0).recovery
    assert torch.allclose(whole, paths, atol=1e-9, equal_nan=True)
    model, pairs = subject()
    whole = patch_heads(model, pairs, threshold=0.0).recovery[..., 2, :]
    paths = path_patch(model, pairs, senders=[Head(2, 0), Head(2, 1)], threshold=0.0, through_mlps=True).recovery
    assert torch.allclose(whole, paths, atol=1e-9, equal_nan=True)


def test_receivers_hear_together():
    model, pairs = subject()
    receivers = [Head(1, 0), Head(2, 1)]
    both = path_patch(model, pairs, into=("q", "k"), receivers=receivers, senders=[Head(0, 0)], threshold=0.0)
    assert (both.into, both.receivers) == (("q", "k"), tuple(receivers))
    one = path_patch(model, pairs, into=("q", "k"), receivers=receivers[:1], senders=[Head(0, 0)], threshold=0.0)
    assert not torch.allclose(both.recovery[both.kept], one.recovery[one.kept])


def test_components_are_what_adds_to_the_stream():
    model, pairs = subject()
    seen = model.read(pairs.clean, pairs.layout)
    total = 0
    for part in components(model, 2):
        if part == EMBEDDING:
            total = total + seen.embed
        elif isinstance(part, Head):
            total = total + seen.head_out[part.layer, :, :, part.head]
        else:
            total = total + seen.mlp_out[part.layer]
    biases = sum(block.o.bias for block in model.layers)[:, None, None]
    assert torch.allclose(total + biases, seen.resid_post[-1], atol=1e-12)


@pytest.mark.parametrize(("asked", "message"), [
    ({"into": "z", "receivers": [Head(1, 0)]}, "expected into to be logits, or some of q, k, v, got z"),
    ({"into": "q"}, "expected receiving heads for q, k and v, and none for the logits, got 0 for q"),
    ({"receivers": [Head(1, 0)]}, "got 1 for logits"),
    ({"into": "q", "receivers": [Head(3, 0)]}, "expected heads from L0H0 to L2H1, got L3H0"),
    ({"senders": [Head(0, 2)]}, "expected heads from L0H0 to L2H1, got L0H2"),
    ({"senders": [Site("resid_mid", 0)]}, "expected senders to be heads, sites attn_out or mlp_out, or the embedding"),
    ({"senders": [Site("mlp_out", 3)]}, "expected a tap on sites of this model"),
    ({"nodes": [9]}, r"expected nodes from 0 to 7, got \[9\]"),
    ({"into_nodes": [7]}, "expected into_nodes for receiving heads"),
    ({"direction": "up"}, "expected direction to be one of denoise, noise, got 'up'"),
    ({"batch": 0}, "expected batches of at least 1 pair, got 0"),
])
def test_impossible_questions_are_refused(asked, message):
    model, pairs = subject()
    with pytest.raises(ValueError, match=message):
        path_patch(model, pairs, **asked)
