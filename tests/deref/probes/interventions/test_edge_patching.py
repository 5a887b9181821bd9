"""Edge patching: against plain loops, against `ablate`, and against what it must not change."""

import pytest
import torch
from plain_edges import Counted, margins, streams_of
from random_models import SHAPES, memories, random_model

from deref.probes.base.pairs import Pairs, pointer_pairs
from deref.probes.interventions.ablation import ablate
from deref.probes.interventions.ablation_targets import Edge
from deref.probes.interventions.edge_patching import patch_edges
from deref.probes.interventions.edge_runs import HeadEdge, attention_edges
from deref.tasks.pointer import PointerTask

TASK = PointerTask(M=3)
PAIRS = pointer_pairs(TASK, memories(TASK, 2))
SHAPE = pytest.mark.parametrize("shape", SHAPES.values(), ids=SHAPES)


def other(pairs, given, model):
    """Keys and values that patched edges show, by the definition of each kind."""
    clean = streams_of(model, pairs.clean, pairs.layout)
    if given == "corrupted":
        return streams_of(model, pairs.corrupted, pairs.layout)
    if given == "resample":
        return {site: x.roll(1, 1) if site.name in "kv" else x for site, x in clean.items()}
    if given == "mean":
        return {site: x.mean(1, keepdim=True).expand_as(x) for site, x in clean.items()}
    found = {site: x.clone() for site, x in clean.items()}
    for node in range(pairs.layout.size):
        tokens = pairs.clean.clone()
        tokens[:, node] ^= 1
        for site, x in streams_of(model, tokens, pairs.layout).items():
            if site.name in "kv":
                found[site][..., node, :] = x[..., node, :]
    return found


@SHAPE
@pytest.mark.parametrize("given", ["flip", "corrupted", "mean", "resample"])
def test_each_edge_is_patched_as_in_plain_loops(shape, given):
    model = random_model(TASK, **shape)
    changed = 1 - PAIRS.clean if given == "flip" else None
    found = patch_edges(model, PAIRS, given, changed=changed)
    shown = other(PAIRS, given, model)
    before = margins(model, PAIRS, [], {}, {})
    for edge in found.edges[::7]:
        expected = before - margins(model, PAIRS, [edge], shown, shown)
        assert torch.allclose(found.scores[found.edges.index(edge)], expected, atol=1e-10)


def test_zero_is_the_zero_ablation_of_the_edge():
    model = random_model(TASK, **SHAPES["three layers"])
    found = patch_edges(model, PAIRS, "zero")
    removed = ablate(model, PAIRS.clean, PAIRS.layout, PAIRS.answers[:, None], [[Edge(*edge)] for edge in found.edges],
                     kind="zero", others=PAIRS.others[:, None])
    assert torch.allclose(found.scores, (removed.margin_before - removed.margin)[..., 0], atol=1e-10)


def test_an_edge_that_carries_its_own_changes_nothing():
    model = random_model(TASK, **SHAPES["two layers"])
    same = Pairs(layout=PAIRS.layout, clean=PAIRS.clean, corrupted=PAIRS.clean, answers=PAIRS.answers,
                 others=PAIRS.others)
    assert patch_edges(model, same, "corrupted").scores.abs().max() < 1e-12
    own = torch.arange(len(PAIRS))
    assert patch_edges(model, PAIRS, "resample", donors=own).scores.abs().max() < 1e-12


def test_edges_are_those_that_lead_on_to_the_readout():
    model, last = random_model(TASK, **SHAPES["two layers"]), TASK.T - 1
    found = attention_edges(model, PAIRS.clean, PAIRS.layout)
    assert {edge.query for edge in found if edge.layer == 1} == {last}
    assert len(found) == TASK.T * (TASK.T + 1) // 2 + TASK.T
    assert all(edge.key <= edge.query for edge in found)


def test_only_edges_into_the_readout_count_where_nothing_follows():
    model = random_model(TASK, **SHAPES["one layer"])
    idle = (HeadEdge(1, 0, 0, 0),)
    assert patch_edges(model, PAIRS, "corrupted", edges=idle).scores.abs().max() < 1e-12


@pytest.mark.parametrize("given", ["flip", "corrupted", "zero", "mean", "resample"])
def test_the_cost_is_what_the_model_was_run_on(given):
    model = Counted(random_model(TASK, **SHAPES["two layers"]))
    edges = attention_edges(model.model, PAIRS.clean, PAIRS.layout)
    found = patch_edges(model, PAIRS, given, edges=edges, changed=1 - PAIRS.clean if given == "flip" else None)
    assert found.passes == found.forward == model.sequences / len(PAIRS)


@pytest.mark.parametrize(("given", "changed", "message"), [
    ("half", None, "expected what edges carry"), ("flip", None, "expected changed tokens"),
    ("zero", PAIRS.clean, "expected changed tokens"), ("flip", PAIRS.clean[:1], "expected a changed token for each")])
def test_what_does_not_fit_is_refused(given, changed, message, unchecked):
    model = random_model(TASK, **SHAPES["one layer"])
    with pytest.raises(ValueError, match=message):
        patch_edges(model, PAIRS, given, changed=changed)


@pytest.mark.parametrize("edges", [[], [HeadEdge(0, 1, 0, 0)], [HeadEdge(0, 0, 1, 0)], [HeadEdge(9, 0, 0, 0)]])
def test_edges_that_there_are_not_are_refused(edges):
    model = random_model(TASK, **SHAPES["one layer"])
    with pytest.raises(ValueError, match="expected edges of 1 blocks and 5 nodes that the mask allows, got"):
        patch_edges(model, PAIRS, "corrupted", edges=edges)
