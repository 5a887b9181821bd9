"""The causal trace: known tables on the hand-built pointer, equality with a plain loop on any model, honest edges."""

import plain_probes
import pytest
import torch
from random_models import SHAPES, memories, random_model

from deref.constructions.pointer import pointer
from deref.model.taps import Site
from deref.probes.base.node_run import node_run
from deref.probes.base.pairs import Pairs, pointer_pairs
from deref.probes.base.patching import patch_at
from deref.probes.pointer.trace import CLASSES, causal_trace, patched_margins, position_classes
from deref.tasks.layout import Layout
from deref.tasks.pointer import PointerTask

DIRECTIONS = ("denoise", "noise")


@pytest.mark.parametrize("direction", DIRECTIONS)
@pytest.mark.parametrize("M", [3, 8])
def test_the_hand_built_pointer_keeps_the_bit_in_its_cell_until_it_is_fetched(M, direction):
    model, task = pointer(M)
    trace = causal_trace(model, task, memories(task, 4), direction=direction)
    assert trace.rows == ("embedding", "after layer 1", "after layer 2")
    assert trace.kept.all()
    cell, earlier, later, bits, readout = (CLASSES.index(name) for name in CLASSES)
    expected = torch.zeros(3, 5)
    expected[:2, cell] = expected[2, readout] = 1
    assert torch.allclose(trace.by_class()[0], expected, atol=1e-5)
    assert (trace.by_class()[0, :, [earlier, later, bits]] == 0).all()


@pytest.mark.parametrize(("shape", "direction"), [*((shape, "denoise") for shape in SHAPES), ("three layers", "noise")])
def test_equals_the_plain_loop(shape, direction):
    task = PointerTask(M=5)
    model = random_model(task, **SHAPES[shape])
    trace = causal_trace(model, task, memories(task, 1), direction=direction, threshold=0.0)
    assert 0 < trace.kept.sum() < trace.kept.numel()
    recovery = plain_probes.causal_trace(model, task, memories(task, 1), direction=direction)
    assert torch.allclose(trace.recovery[trace.kept], recovery[trace.kept], atol=1e-9)
    assert trace.recovery[~trace.kept].isnan().all()


def test_totals_are_means_times_the_positions_of_a_class():
    task = PointerTask(M=5)
    model = random_model(task, **SHAPES["three layers"])
    trace = causal_trace(model, task, memories(task, 2), threshold=0.0)
    totals, means = trace.totals(), trace.by_class()
    cell, earlier, later, bits, readout = (CLASSES.index(name) for name in CLASSES)
    assert torch.allclose(totals[..., [cell, readout]], means[..., [cell, readout]])  # one position each
    assert torch.allclose(totals[..., bits], means[..., bits] * (task.A - 1))
    whole = trace.recovery.nansum((1, 2, 4)) / trace.kept.sum((1, 2))[:, None]
    assert torch.allclose(totals.sum(-1), whole)
    assert (totals[..., later] != 0).any() and (totals[..., earlier] == 0).all()


def test_equals_the_plain_loop_in_single_precision():
    task = PointerTask(M=5)
    model = random_model(task, dtype=torch.float32, **SHAPES["three layers"])
    trace = causal_trace(model, task, memories(task, 1), threshold=0.05)
    assert trace.kept.any()
    recovery = plain_probes.causal_trace(model, task, memories(task, 1))
    assert torch.allclose(trace.recovery[trace.kept], recovery[trace.kept], atol=1e-4)


def two_way_layout(size):
    """Every node sees every other: a patch reaches earlier nodes too."""
    return Layout(positions=torch.arange(size), mask=torch.ones(size, size, dtype=torch.bool),
                  readouts=torch.tensor([size - 2]))


@pytest.mark.parametrize("layout", [PointerTask(M=5).layout("flat"), two_way_layout(8)], ids=["causal", "two-way"])
def test_pairs_that_differ_in_many_tokens_equal_one_patched_run_each(layout):
    task = PointerTask(M=5)
    model = random_model(task, **SHAPES["three layers"])
    clean, corrupted = torch.randint(0, 2, (2, 6, 8), generator=torch.Generator().manual_seed(1))
    answers = torch.tensor([0, 1, 0, 1, 0, 1])
    pairs = Pairs(layout=layout, clean=clean, corrupted=corrupted, answers=answers, others=1 - answers)
    _, from_corrupted, patched = patched_margins(model, pairs)
    seen = model.read(clean, layout, ["resid_pre", "resid_post"])
    sites = [(Site("resid_pre", layer), seen.resid_pre[layer]) for layer in range(3)]
    with torch.no_grad():
        for row, (site, source) in enumerate([*sites, (Site("resid_post", 2), seen.resid_post[2])]):
            for node in range(8):
                logits = model(corrupted, layout, tap=patch_at(site, source, nodes=[node]))
                assert torch.allclose(patched[:, :, row, node], pairs.margin(logits), atol=1e-12)
    assert (patched - from_corrupted[..., None, None]).abs().amax((0, 1)).gt(0).any(1).all()


def test_clean_into_clean_changes_nothing():
    task = PointerTask(M=5)
    model = random_model(task, **SHAPES["three layers"])
    pairs = pointer_pairs(task, memories(task, 2))
    same = Pairs(layout=pairs.layout, clean=pairs.clean, corrupted=pairs.clean, answers=pairs.answers,
                 others=pairs.others)
    clean, corrupted, patched = patched_margins(model, same)
    assert torch.equal(clean, corrupted)
    assert torch.allclose(patched, clean[..., None, None].expand_as(patched), atol=1e-12)
    run = node_run(model, pairs.clean, pairs.layout)
    for layer in range(3):
        for node in range(task.T):
            again = run.rerun_at(layer, node, run.entering[layer].at(node))
            assert torch.allclose(again, run.logits, atol=1e-12)


def test_patching_every_position_restores_the_clean_run():
    task = PointerTask(M=5)
    model = random_model(task, **SHAPES["three layers"])
    pairs = pointer_pairs(task, memories(task, 2))
    clean = model.read(pairs.clean, pairs.layout)
    corrupted = model.read(pairs.corrupted, pairs.layout)
    assert not torch.allclose(clean.logits, corrupted.logits)
    with torch.no_grad():
        for layer in range(3):
            for name in ("resid_pre", "resid_post"):
                tap = patch_at(Site(name, layer), getattr(clean, name)[layer])
                assert torch.allclose(model(pairs.corrupted, pairs.layout, tap=tap), clean.logits, atol=1e-12)
                tap = patch_at(Site(name, layer), getattr(clean, name)[layer], nodes=range(task.T))
                assert torch.allclose(model(pairs.corrupted, pairs.layout, tap=tap), clean.logits, atol=1e-12)


def test_a_node_run_is_the_models_run():
    task = PointerTask(M=6)
    model = random_model(task, **SHAPES["three layers"])
    memory = memories(task, 3)
    for form, tokens in (("trie", task.trie_tokens(memory)), ("flat", pointer_pairs(task, memory).clean)):
        run, layout = node_run(model, tokens, task.layout(form)), task.layout(form)
        seen = model.read(tokens, layout, ["resid_pre", "k"])
        assert torch.allclose(run.logits, seen.logits, atol=1e-12)
        for layer, stream in enumerate(run.entering):
            assert torch.allclose(stream.resid, seen.resid_pre[layer], atol=1e-12)
            assert torch.allclose(stream.k, seen.k[layer].transpose(2, 3).flatten(-2), atol=1e-12)


def test_earlier_cells_recover_exactly_nothing_and_the_embedding_everything():
    task = PointerTask(M=7)
    model = random_model(task, dtype=torch.float32, **SHAPES["three layers"])
    trace = causal_trace(model, task, memories(task, 5), threshold=0.01)
    assert (trace.by_class()[..., CLASSES.index("earlier cells")] == 0).all()
    cells = trace.by_class()[:, 0]
    assert torch.allclose(cells[:, CLASSES.index("addressed cell")], torch.ones(3), atol=1e-4)
    assert (cells[:, 1:] == 0).all()
    assert (trace.by_class()[:, 1:-1, CLASSES.index("later cells")] != 0).all()


def test_only_pairs_with_a_gap_are_kept():
    task = PointerTask(M=5)
    model = random_model(task, **SHAPES["two layers"])
    everything = causal_trace(model, task, memories(task, 6), threshold=0.0)
    middle = float(everything.gap[everything.kept].median())
    trace = causal_trace(model, task, memories(task, 6), threshold=middle)
    assert torch.equal(trace.gap, everything.gap)
    assert 0 < trace.kept.sum() < everything.kept.sum()
    assert torch.equal(trace.kept, trace.gap > middle)
    assert torch.equal(trace.recovery[trace.kept], everything.recovery[trace.kept])


def test_class_means_count_every_kept_pair_and_position_once():
    task = PointerTask(M=5)
    trace = causal_trace(random_model(task, **SHAPES["three layers"]), task, memories(task, 4), threshold=0.0)
    classes = position_classes(task)
    for seed in range(2):
        for index in range(len(CLASSES)):
            found = [trace.recovery[seed, m, a, :, p]
                     for m in range(4) for a in range(5) for p in range(task.T)
                     if classes[a, p] == index and trace.kept[seed, m, a]]
            assert torch.allclose(trace.by_class()[seed, :, index], torch.stack(found).mean(0), atol=1e-12)
            last = [trace.recovery[seed, 3, a, :, p] for a in range(5) for p in range(task.T)
                    if classes[a, p] == index and trace.kept[seed, 3, a]]
            mean = torch.stack(last).mean(0) if last else torch.full((4,), torch.nan).double()
            assert torch.allclose(trace.by_class_and_memory()[seed, 3, :, index], mean, atol=1e-12, equal_nan=True)


def test_means_by_position_can_be_of_one_address():
    model, task = pointer(4)
    trace = causal_trace(model, task, memories(task, 3))
    expected = torch.tensor([0.0, 0.0, 1.0, 0.0, 0.0, 0.0])
    assert torch.allclose(trace.by_position(2)[0, 1], expected, atol=1e-5)
    assert torch.allclose(trace.by_position()[0, 1], torch.tensor([0.25] * 4 + [0.0] * 2), atol=1e-5)
    for address in (-1, 4):
        with pytest.raises(ValueError, match=f"expected an address from 0 to 3, got {address}"):
            trace.by_position(address)


def test_position_classes_of_a_small_memory():
    cell, earlier, later, bit, readout = range(5)
    assert position_classes(PointerTask(M=3)).tolist() == [
        [cell, later, later, bit, readout],
        [earlier, cell, later, bit, readout],
        [earlier, earlier, cell, bit, readout],
    ]


def test_each_seed_is_traced_as_if_alone():
    task = PointerTask(M=4)
    model = random_model(task, seeds=(5, 6, 7), **SHAPES["three layers"])
    trace = causal_trace(model, task, memories(task, 2), threshold=0.0)
    for i in range(3):
        alone = causal_trace(model.member(i), task, memories(task, 2), threshold=0.0)
        assert torch.allclose(alone.recovery[0], trace.recovery[i], atol=1e-9, equal_nan=True)


def test_model_and_activations_stay_as_they_were():
    task = PointerTask(M=4)
    model = random_model(task, **SHAPES["three layers"])
    before = {name: value.clone() for name, value in model.state_dict().items()}
    pairs = pointer_pairs(task, memories(task, 2))
    run = node_run(model, pairs.corrupted, pairs.layout)
    kept = [[x.clone() for x in stream] for stream in run.entering]
    new = node_run(model, pairs.clean, pairs.layout).entering[1].at(task.T - 1)
    run.rerun_at(1, task.T - 1, new)
    causal_trace(model, task, memories(task, 2))
    for stream, old in zip(run.entering, kept, strict=True):
        assert all(torch.equal(x, y) for x, y in zip(stream, old, strict=True))
    assert all(torch.equal(value, before[name]) for name, value in model.state_dict().items())


def test_patch_at_reaches_the_chosen_heads_and_nodes_only():
    task = PointerTask(M=4)
    model = random_model(task, **SHAPES["three layers"])
    layout = task.layout("flat")
    tokens, other = pointer_pairs(task, memories(task, 1)).clean[:2, None]
    source = model.read(other, layout).z[1]
    found = {}

    def look(site, x):
        found[site.name, site.layer] = x

    with torch.no_grad():
        tap = patch_at(Site("z", 1), source, nodes=[2, 5], heads=[1])
        model(tokens, layout, tap=look)
        before = found["z", 1].clone()
        after = tap(Site("z", 1), before)
    differs = (after != before).any(-1)[:, 0]
    assert torch.equal(after[:, :, 1, [2, 5]], source[:, :, 1, [2, 5]])
    assert not differs[:, 0].any() and not differs[:, 1, [0, 1, 3, 4]].any()
    assert torch.equal(before, found["z", 1])


def test_what_does_not_exist_is_refused():
    task = PointerTask(M=4)
    model = random_model(task, **SHAPES["two layers"])
    layout = task.layout("flat")
    pairs = pointer_pairs(task, memories(task, 1))
    run = node_run(model, pairs.clean, layout)
    source = run.entering[1].resid
    with pytest.raises(ValueError, match="expected a layer from 0 to 1, got 2"):
        run.rerun_at(2, 0, run.entering[1].at(0))
    with pytest.raises(ValueError, match="expected a node from 0 to 5, got 6"):
        run.rerun_at(1, 6, run.entering[1].at(0))
    with pytest.raises(ValueError, match=r"expected nodes from 0 to 5, got \[6, -1\]"):
        patch_at(Site("resid_pre", 1), source, nodes=[0, 6, -1])
    with pytest.raises(ValueError, match="expected a site with one row a head, got resid_pre"):
        patch_at(Site("resid_pre", 1), source, heads=[0])
    with pytest.raises(ValueError, match="expected a tap on sites of this model"):
        model(pairs.clean, layout, tap=patch_at(Site("resid_pre", 2), source))
    with pytest.raises(ValueError, match="expected direction to be one of denoise, noise, got 'sideways'"):
        causal_trace(model, task, memories(task, 1), direction="sideways")
    with pytest.raises(ValueError, match="expected a threshold of at least 0, got -1"):
        causal_trace(model, task, memories(task, 1), threshold=-1.0)
    with pytest.raises(ValueError, match="expected at least one pair, got none"):
        patched_margins(model, pairs[:0])
    with pytest.raises(ValueError, match="expected at least one memory"):
        causal_trace(model, task, memories(task, 0))
    with pytest.raises(ValueError, match="expected a layout with one readout, got 4"):
        Pairs(layout=task.layout("trie"), clean=pairs.clean, corrupted=pairs.clean, answers=pairs.answers,
              others=pairs.others)
