"""Patching heads and nodes of the stream: known heads of the hand-built pointer, and identities on any model."""

import pytest
import torch
from random_models import SHAPES, memories, random_model

from deref.constructions.pointer import pointer
from deref.model.taps import Site, chain
from deref.probes.base.pairs import Pairs, pointer_pairs
from deref.probes.base.patching import patch_at
from deref.probes.base.recovery import DIRECTIONS, Recovered
from deref.probes.base.tappable import every_head, read_on
from deref.probes.interventions.activation_patches import patch_heads, patch_stream
from deref.probes.pointer.trace import causal_trace
from deref.tasks.pointer import PointerTask


def subject():
    task = PointerTask(M=5)
    return random_model(task, **SHAPES["three layers"]), pointer_pairs(task, memories(task, 1)), task


def address_pairs(task, memory, bit):
    """Every address of one memory beside the address with one bit flipped, where the two cells differ."""
    addresses = torch.arange(task.M)
    named = addresses ^ (1 << (task.A - 1 - bit))
    differ = memory[addresses] != memory[named]
    rows = memory.expand(int(differ.sum()), -1)
    return Pairs(layout=task.layout("flat"), clean=task.tokens(rows, addresses[differ]),
                 corrupted=task.tokens(rows, named[differ]), answers=memory[addresses[differ]],
                 others=memory[named[differ]])


@pytest.mark.parametrize("direction", DIRECTIONS)
def test_the_bit_travels_through_the_fetching_head_alone(direction):
    model, task = pointer(8)
    found = patch_heads(model, pointer_pairs(task, memories(task, 3)), direction=direction)
    expected = torch.zeros(1, 2, 3)
    expected[0, 1, 0] = 1
    assert found.kept.all()
    assert torch.allclose(found.mean(), expected, atol=1e-5)


@pytest.mark.parametrize("bit", [0, 1, 2])
def test_an_address_bit_travels_through_its_own_gathering_head(bit):
    model, task = pointer(8)
    pairs = address_pairs(task, torch.tensor([0, 1, 1, 0, 1, 0, 0, 1]), bit)
    found = patch_heads(model, pairs)
    expected = torch.zeros(1, 2, 3)
    expected[0, 0, bit] = expected[0, 1, 0] = 1
    assert len(pairs) == 8
    assert torch.allclose(found.mean(), expected, atol=1e-5)
    # What the fetching head asks for differs between the runs, and so does where it looks; what it is offered does not.
    for site, moved in {"q": 1.0, "pattern": 1.0, "k": 0.0, "v": 0.0}.items():
        assert patch_heads(model, pairs, site=site).mean()[0, 1, 0].item() == pytest.approx(moved, abs=1e-5)


@pytest.mark.parametrize("site", ["q", "k", "v", "scores", "pattern", "z", "head_out"])
def test_clean_into_clean_changes_nothing(site):
    model, pairs, _ = subject()
    same = Pairs(layout=pairs.layout, clean=pairs.clean, corrupted=pairs.clean, answers=pairs.answers,
                 others=pairs.others)
    source = model.read(pairs.clean, pairs.layout)
    for layer in range(3):
        for head in range(2):
            tap = patch_at(Site(site, layer), getattr(source, site)[layer], heads=[head])
            assert torch.allclose(model(pairs.clean, pairs.layout, tap=tap), source.logits, atol=1e-12)
    assert patch_heads(model, same, site=site).recovery.isnan().all()


@pytest.mark.parametrize("direction", DIRECTIONS)
def test_equals_one_patched_run_a_head(direction):
    model, pairs, _ = subject()
    base, source = (pairs.corrupted, pairs.clean) if direction == "denoise" else (pairs.clean, pairs.corrupted)
    seen = model.read(source, pairs.layout)
    before = pairs.margin(model(base, pairs.layout))
    found = patch_heads(model, pairs, direction=direction, nodes=[4, 7], threshold=0.0, batch=3)
    with torch.no_grad():
        for layer, head in every_head(3, 2):
            tap = patch_at(Site("z", layer), seen.z[layer], heads=[head], nodes=[4, 7])
            moved = pairs.margin(model(base, pairs.layout, tap=tap)) - before
            share = moved / (pairs.margin(seen.logits) - before)
            assert torch.allclose(found.recovery[..., layer, head][found.kept], share[found.kept], atol=1e-9)
    assert found.recovery[~found.kept].isnan().all() and not found.kept.all()
    assert found.recovery[found.kept].abs().max() > 0.01


def test_z_and_head_out_are_the_same_patch():
    model, pairs, _ = subject()
    z, out = (patch_heads(model, pairs, site=site, threshold=0.0).recovery for site in ("z", "head_out"))
    assert torch.allclose(z, out, atol=1e-9, equal_nan=True)


def test_every_head_every_mlp_and_the_embedding_restore_the_clean_run():
    model, pairs, _ = subject()
    layout, corrupted = pairs.layout, 1 - pairs.clean  # differs everywhere, the readout's own token included
    clean = model.read(pairs.clean, layout)
    parts = [patch_at(Site(name, i), x) for name in ("z", "mlp_out") for i, x in enumerate(getattr(clean, name))]
    parts.append(patch_at(Site("embed"), clean.embed))
    assert torch.allclose(model(corrupted, layout, tap=chain(*parts)), clean.logits, atol=1e-12)
    assert not torch.allclose(model(corrupted, layout, tap=chain(*parts[:-1])), clean.logits)


@pytest.mark.parametrize("direction", DIRECTIONS)
def test_patching_the_stream_is_the_causal_trace(direction):
    model, pairs, task = subject()
    found = patch_stream(model, pairs, direction=direction, threshold=0.0, batch=4)
    trace = causal_trace(model, task, memories(task, 1), direction=direction, threshold=0.0)
    assert torch.allclose(found.recovery, trace.recovery.flatten(1, 2), atol=1e-9, equal_nan=True)
    some = patch_stream(model, pairs, direction=direction, nodes=[6, 2], threshold=0.0)
    assert some.nodes == (6, 2)
    assert torch.allclose(some.recovery, found.recovery[..., [6, 2]], atol=1e-9, equal_nan=True)


def test_means_are_over_kept_pairs():
    gap = torch.tensor([[2.0, 0.5, 3.0, 4.0]])
    recovery = torch.tensor([[1.0, torch.nan, 0.0, 0.5]])
    found = Recovered(direction="noise", threshold=1.0, gap=gap, recovery=recovery)
    assert found.kept.tolist() == [[True, False, True, True]]
    assert found.mean().tolist() == [0.5]


def test_reading_on_goes_no_further_than_it_must():
    model, pairs, _ = subject()
    seen = model.read(pairs.clean, pairs.layout)
    sites, reached = [Site("q", 1), Site("k", 1)], []

    def watch(site, _):
        reached.append(site)

    found = read_on(model, 1, seen.resid_pre[1], pairs.layout, sites, watch)
    assert torch.allclose(found[sites[0]], seen.q[1], atol=1e-12)
    assert torch.allclose(found[sites[1]], seen.k[1], atol=1e-12)
    assert reached == [Site("resid_pre", 1), Site("q", 1), Site("k", 1)]


@pytest.mark.parametrize("probe", [patch_heads, patch_stream])
def test_impossible_questions_are_refused(probe):
    model, pairs, _ = subject()
    with pytest.raises(ValueError, match="expected at least one pair, got none"):
        probe(model, pairs[:0])
    with pytest.raises(ValueError, match="expected direction to be one of denoise, noise, got 'both'"):
        probe(model, pairs, direction="both")
    with pytest.raises(ValueError, match="expected a threshold of at least 0, got -1"):
        probe(model, pairs, threshold=-1.0)
    with pytest.raises(ValueError, match="expected batches of at least 1 pair, got 0"):
        probe(model, pairs, batch=0)
    with pytest.raises(ValueError, match=r"expected nodes from 0 to 7, got \[8\]"):
        probe(model, pairs, nodes=[8])


def test_only_heads_have_heads():
    model, pairs, _ = subject()
    with pytest.raises(ValueError, match=r"expected a site of a head, one of q, k, v, .*, got 'mlp_out'"):
        patch_heads(model, pairs, site="mlp_out")
